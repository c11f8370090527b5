import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectAsync, type IClientOptions, type MqttClient } from "mqtt";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mineCheck } from "../../src/cli/mine/check.ts";
import { type GatewayProcess, startGateway } from "../support/gateway-process.ts";
import { encodeGb18030 } from "../support/gb18030.ts";
import { signIn } from "../support/screen.ts";
import type { Json } from "../support/web-client.ts";

const MINE = "520523017312";
const TOPIC = `mine/v1/${MINE}/safety`;

const POINTS = [
  { code: "N1", type: "0001", kind: "analog", unit: "%CH4", place: "2103综采工作面回风隅角T0", cutHigh: 1.5 },
  { code: "N2", type: "0004", kind: "analog", unit: "毫克", place: "2103工作面回风巷" },
  { code: "K1", type: "1009", kind: "switch", place: "2103断电器" },
  { code: "M1", type: "1004", kind: "switch", place: "2103采煤机开停", onText: "转", offText: "不转" },
  // The county's file says this place; the mine's own limit is looser than that place's.
  { code: "1101-T0", type: "0001", kind: "analog", unit: "%CH4", place: "1101上隅角", alarmHigh: 1.4 },
];

let dir: string;
let gateway: GatewayProcess;
const clients: MqttClient[] = [];
const notices: Json[] = [];

async function client(id: string, options: IClientOptions = {}): Promise<MqttClient> {
  const made = await connectAsync(`mqtt://127.0.0.1:${gateway.mqttPort}`, {
    clientId: `${MINE}-${id}`,
    username: MINE,
    password: `demo-${MINE}`,
    reconnectPeriod: 20,
    ...options,
  });
  made.on("error", () => {});
  clients.push(made);
  return made;
}

/** Everything a new integrator does wrong, at once. */
async function beWrong(): Promise<void> {
  const mine = await client("pc");
  mine.on("message", (topic, payload) => {
    if (topic.endsWith("/notices")) notices.push(JSON.parse(payload.toString()) as Json);
  });
  await mine.subscribeAsync(`mine/v1/${MINE}/out/#`, { qos: 1 });
  const send = (kind: string, body: Buffer | object) =>
    mine.publishAsync(`${TOPIC}/${kind}`, Buffer.isBuffer(body) ? body : JSON.stringify(body), { qos: 1 });
  const now = Date.now();
  await send("points", { ts: now, points: POINTS });
  const gbk = encodeGb18030(JSON.stringify({ ts: now, points: POINTS }));
  await send("points", Buffer.from(gbk));
  await send("readings", { ts: Math.floor(now / 1_000), readings: [{ p: "N1", v: 0.3 }] });
  await send("readings", {
    ts: now,
    readings: [
      { p: "N1", v: "断线" },
      { p: "N2", v: 3 },
    ],
  });
  await expect(client("x", { password: "123456", reconnectPeriod: 0 })).rejects.toThrow();
}

/** Two programs of one client id, each of which comes back when the other has cast it out. */
async function beTwo(): Promise<void> {
  const told = new Promise<void>((resolve) => {
    const poll = setInterval(() => {
      if (!notices.some(({ code }) => code === "client-id-twice")) return;
      clearInterval(poll);
      resolve();
    }, 20);
  });
  await Promise.all([client("upload"), client("upload")]);
  await told;
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "davylamp-bad-"));
  gateway = await startGateway({ data: join(dir, "data"), config: "config" });
  await beWrong();
  await beTwo();
});
afterAll(async () => {
  for (const one of clients) one.end(true);
  await gateway?.kill("SIGTERM");
  await rm(dir, { recursive: true, force: true });
});

const checked = async (options: { json: boolean; html?: string }) => {
  const lines: string[] = [];
  const asked = { url: gateway.http, user: "auditor", hours: 24, ...options };
  const code = await mineCheck(MINE, asked, (line) => lines.push(line));
  return { code, text: lines.join("\n") };
};

describe("a mine that does everything wrong", () => {
  it("is told so by the check, every fault by its name, and the command ends with 1", async () => {
    const { code, text } = await checked({ json: false });
    expect(code).toBe(1);
    for (const named of [
      /报文不是 UTF-8 编码（多半是 GBK）/,
      /时间像是秒，应为毫秒/,
      /乘以 1000/,
      /数值不是数字/,
      /safety:N1 2103综采工作面回风隅角T0/,
      /safety:1101-T0 1101上隅角 1\.4/,
      /safety:N2 2103工作面回风巷/,
      /safety:M1 2103采煤机开停/,
      /断电器无馈电测点：safety:K1/,
      /有断电值，未写 cuts：safety:N1/,
      /客户端号 520523017312-upload 十分钟内互相顶替 \d+ 次，来自 127\.0\.0\.1/,
      /wrong password × 1/,
      /person：从未收到数据/,
      /发布 person\/people/,
    ])
      expect(text).toMatch(named);
  });

  it("gets the same as data, each item with its state", async () => {
    const { code, text } = await checked({ json: true });
    const { state, items } = JSON.parse(text) as Json;
    expect([code, state]).toEqual([1, "bad"]);
    const states = Object.fromEntries(items.map(({ check, state: of }: Json) => [check, of]));
    expect(states).toMatchObject({
      connected: "warn",
      credential: "ok",
      "one-client": "bad",
      refused: "warn",
      table: "ok",
      locations: "warn",
      limits: "bad",
      words: "warn",
      rejects: "bad",
      events: "unknown",
      feeds: "warn",
      people: "bad",
      silence: "bad",
    });
  });

  it("gets a sheet to print and sign, with nothing of its own words as markup", async () => {
    const html = join(dir, "sheet.html");
    await checked({ json: false, html });
    const page = await readFile(html, "utf8");
    for (const word of [
      "联网验收单",
      MINE,
      "auditor",
      "矿山企业",
      "系统集成单位",
      "县级监管部门",
      "签字",
      "整改",
    ])
      expect(page).toContain(word);
    expect(page).not.toMatch(/<script|http/);
  });

  it("is told that two of its programs share a client id, on out/notices", () => {
    const notice = notices.find(({ code }) => code === "client-id-twice");
    expect(notice?.detail).toMatch(/520523017312-upload took the place of itself \d+ times/);
  });

  it("has its refused connections listed with the code they claimed and the reason", async () => {
    const { cookie } = await signIn(gateway.http, "lead");
    const answer = await fetch(`${gateway.http}/api/v1/connections/refused`, { headers: { cookie } });
    const { items } = (await answer.json()) as Json;
    expect(items).toContainEqual(
      expect.objectContaining({ claimed: MINE, clientId: `${MINE}-x`, reason: "wrong password" }),
    );
  });
});

describe("mine check", () => {
  it("says what to do when no gateway answers, and when there is no such mine", async () => {
    const ask = (url: string, code: string) =>
      mineCheck(code, { url, user: "viewer", hours: 1, json: true }, () => {});
    await expect(ask("http://127.0.0.1:9", MINE)).rejects.toThrow(/no gateway answers at .*--url/);
    await expect(ask(gateway.http, "999999999999")).rejects.toThrow(/no such mine/);
  });
});
