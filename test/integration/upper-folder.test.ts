import { cp, mkdir, mkdtemp, readdir, readFile, rm, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import mqtt, { type MqttClient } from "mqtt";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { type GatewayProcess, startGateway } from "../support/gateway-process.ts";
import { signIn } from "../support/screen.ts";
import { aPlatform, filesIn, readAll, rowsOf } from "../support/upper-line.ts";

const MINE = "520523017311";
const CARD = "62082300920300001";
let dir: string;
let folder: string;
let gateway: GatewayProcess | null = null;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "davylamp-city-"));
  folder = join(dir, "city");
  await mkdir(folder);
});
afterEach(async () => {
  await gateway?.kill();
  await rm(dir, { recursive: true, force: true });
});

const platform = () => aPlatform(folder, { every: "2s", dialect: { encoding: "gb18030" } });

async function started(): Promise<MqttClient> {
  const config = join(dir, "config");
  await cp("config", config, { recursive: true });
  const path = join(config, "gateway.yaml");
  const settings = parse(await readFile(path, "utf8")) as object;
  const upper = [{ name: "city", folder, every: "2s", mines: [MINE], dialect: { encoding: "gb18030" } }];
  await writeFile(path, stringify({ ...settings, upper }));
  gateway = await startGateway({ data: join(dir, "data"), config });
  return mqtt.connectAsync(`mqtt://127.0.0.1:${gateway.mqttPort}`, {
    username: MINE,
    password: `demo-${MINE}`,
    clientId: `${MINE}-city`,
  });
}

const say = (client: MqttClient, kind: string, message: object, system = "safety") =>
  client.publishAsync(`mine/v1/${MINE}/${system}/${kind}`, JSON.stringify(message), { qos: 1 });

async function open(): Promise<string[]> {
  const { http } = gateway as GatewayProcess;
  const duty = await signIn(http, "duty");
  const asked = await fetch(`${http}/api/v1/alarms?class=gateway`, { headers: { cookie: duty.cookie } });
  const { items } = (await asked.json()) as { items: { rule: string; state: string; place: string }[] };
  return items.filter(({ state }) => state === "unacknowledged").map(({ rule, place }) => `${rule} ${place}`);
}

const readable = async () => readAll(await filesIn(folder), platform());
const seen = async (type: string, p: string) =>
  rowsOf(await readable(), type)
    .filter((row) => row.p === p)
    .map(({ v, t, s }) => [v, t, s]);

const events = async (type: string) =>
  (await readable()).flatMap(({ type: found, body }) =>
    found === type && body.kind === "events" ? [...body.events] : [],
  );

describe("a gateway below another platform", () => {
  it("writes what mines publish, waits for a folder that is away, and goes on where it was after a kill", async () => {
    let client = await started();
    const points = [
      { code: "CITY", type: "0001", kind: "analog", unit: "%CH4", place: "1101采煤工作面;T1", cycle: 0 },
    ];
    const begin = Math.floor(Date.now() / 1000) * 1000;
    await say(client, "points", { ts: begin, points });
    await say(client, "readings", { ts: begin, readings: [{ p: "CITY", v: 0.31, s: 0 }] });
    await say(
      client,
      "people",
      { ts: begin, people: [{ card: CARD, name: "龘三", job: "瓦检员", down: begin - 1000, sos: true }] },
      "person",
    );
    // The mine records that somebody stays too long, and nothing of the call for help that its list shows.
    const long = { id: "c-1", kind: "overtime", card: CARD, start: begin - 500_000 };
    await say(client, "events", { ts: begin, events: [long] }, "person");
    await expect.poll(() => seen("CDSS", "CITY"), { timeout: 60_000 }).toContainEqual([0.31, begin, 0]);
    await expect
      .poll(async () => (await readable()).find(({ type }) => type === "CDDY")?.body, { timeout: 60_000 })
      .toMatchObject({
        points: expect.arrayContaining([
          expect.objectContaining({ code: "CITY", place: "1101采煤工作面，T1" }),
        ]),
      });
    await expect
      .poll(async () => (await readable()).find(({ type }) => type === "RYSS")?.body, { timeout: 60_000 })
      .toMatchObject({ people: [{ card: CARD, name: "龘三", job: "瓦检员" }] });
    const { start } = long;
    const overtime = { kind: "overtime", card: CARD, start };
    await expect.poll(() => events("RYCS"), { timeout: 60_000 }).toEqual([overtime]);
    await expect
      .poll(() => events("RYQJ"), { timeout: 60_000 })
      .toEqual([{ kind: "sos", card: CARD, start: begin }]);

    // The share is gone; the gateway says so, goes on taking readings, and dies.
    await rm(folder, { recursive: true });
    await writeFile(folder, "no folder");
    const sent: number[] = [];
    for (let i = 1; i <= 3; i++) {
      const t = begin - i * 600_000;
      sent.push(t);
      await say(client, "backfill", { ts: t, readings: [{ p: "CITY", v: i / 100, t }] });
    }
    await expect
      .poll(open, { timeout: 60_000 })
      .toContainEqual(expect.stringMatching(/^GW-30 city .*ENOTDIR.* since /));
    const { http } = gateway as GatewayProcess;
    expect(await (await fetch(`${http}/metrics`)).text()).toMatch(/davylamp_upper_well\{platform="city"\} 0/);
    await say(client, "events", { ts: begin, events: [{ ...long, end: begin }] }, "person");
    await client.endAsync(true);
    await gateway?.kill();
    client = await started();
    const last = Math.floor(Date.now() / 1000) * 1000;
    await say(client, "readings", { ts: last, readings: [{ p: "CITY", v: 0.32, s: 1 }] });

    await unlink(folder);
    await mkdir(folder);
    await expect.poll(() => seen("CDSS", "CITY"), { timeout: 60_000 }).toContainEqual([0.32, last, 1]);
    const rows = await seen("CDSS", "CITY");
    for (const [i, t] of sent.entries()) expect(rows).toContainEqual([(i + 1) / 100, t, 0]);
    // What began in a file that was fetched ends in another.
    await expect.poll(() => events("RYCS"), { timeout: 60_000 }).toEqual([{ ...overtime, end: begin }]);
    expect(await events("RYQJ")).toEqual([]);
    await expect.poll(open, { timeout: 60_000 }).not.toContainEqual(expect.stringMatching(/^GW-30/));
    // One that is being written has another name until it is whole.
    const unfinished = async () => (await readdir(folder)).filter((name) => !name.endsWith(".txt"));
    await expect.poll(unfinished).toEqual([]);
    await client.endAsync(true);
  }, 300_000);
});
