import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import mqtt from "mqtt";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { type GatewayProcess, startGateway } from "../support/gateway-process.ts";
import { createScreen, pointListed, type Session, signIn } from "../support/screen.ts";
import { type Json, openSocket } from "../support/web-client.ts";

const MINE = "520523017311";

describe("the whole path of a running gateway", () => {
  let dir: string;
  let gateway: GatewayProcess;
  let duty: Session;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "davylamp-path-"));
    await cp("config", join(dir, "config"), { recursive: true });
    const path = join(dir, "config", "gateway.yaml");
    const file = parse(await readFile(path, "utf8")) as Record<string, unknown>;
    await writeFile(path, stringify({ ...file, canary: "1s" }));
    gateway = await startGateway({ data: join(dir, "data"), config: join(dir, "config") });
    duty = await signIn(gateway.http, "duty");
  });
  afterAll(async () => {
    await gateway?.kill("SIGTERM");
    await rm(dir, { recursive: true, force: true });
  });

  const get = async (path: string): Promise<Json> => {
    const response = await fetch(`${gateway.http}/api/v1/${path}`, { headers: { cookie: duty.cookie } });
    return (await response.json()) as Json;
  };
  const classOf = (alarm: unknown) => (alarm as { class: string }).class;

  it("is tested by a canary that every screen is sent, and that is in no list, figure or log of what was sent", async () => {
    const screen = createScreen("wall");
    await screen.connect(gateway.http, duty);
    const canary = await screen.event((alarm) => classOf(alarm) === "test");
    expect(canary).toMatchObject({ rule: "GW-21", level: "none" });
    expect((await get("alarms?limit=1000")).items.filter((one: Json) => one.class === "test")).toEqual([]);
    const figures = await get("kpis");
    expect(figures.items.flatMap((one: Json) => one.topRules).map(({ rule }: Json) => rule)).not.toContain(
      "GW-21",
    );
    expect((await get("notifications")).items).toEqual([]);
    const metrics = await (await fetch(`${gateway.http}/metrics`)).text();
    expect(metrics).toContain('davylamp_open_alarms{level="none"} 0');
    await expect
      .poll(() => fetch(`${gateway.http}/metrics`).then((response) => response.text()))
      .toMatch(/davylamp_alarm_delay_seconds_count\{rung="pushed"\} [1-9]/);
    screen.cut();
  });

  it("tells of an alarm when it was on disk, on the screens, on a device and acknowledged, and counts it", async () => {
    const screen = createScreen("desk");
    await screen.connect(gateway.http, duty);
    const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${gateway.mqttPort}`, {
      username: MINE,
      password: `demo-${MINE}`,
      clientId: `${MINE}-path`,
    });
    const points = [
      { code: "P1", type: "0001", kind: "analog", unit: "%CH4", place: "x", loc: "CF_CORNER", cycle: 0 },
    ];
    await client.publishAsync(`mine/v1/${MINE}/safety/points`, JSON.stringify({ ts: Date.now(), points }), {
      qos: 1,
    });
    await pointListed(gateway.http, duty, `${MINE}:safety:P1`);
    const readings = [{ p: "P1", v: 1.62 }];
    await client.publishAsync(
      `mine/v1/${MINE}/safety/readings`,
      JSON.stringify({ ts: Date.now(), readings }),
      { qos: 1 },
    );
    const alarm = await screen.event(({ point }) => point === `${MINE}:safety:P1`);
    const headers = { cookie: duty.cookie, "x-csrf-token": duty.csrf, "content-type": "application/json" };
    const acted = await fetch(`${gateway.http}/api/v1/alarms/${alarm.id}/acknowledge`, {
      method: "POST",
      headers,
      body: "{}",
    });
    expect(acted.status).toBe(200);
    await expect
      .poll(() => get(`alarms/${alarm.id}`).then(({ receipts }) => receipts), { timeout: 30_000 })
      .toMatchObject({
        pushes: [{ n: 1, stored: expect.any(String), pushed: expect.any(String) }],
        people: [
          {
            person: "duty",
            devices: ["duty/desk"],
            delivered: expect.any(String),
            acknowledged: expect.any(String),
          },
        ],
      });
    const total = async () => (await get("kpis?by=officer")).total;
    await expect.poll(async () => (await total()).rings).toBeGreaterThan(0);
    await expect.poll(async () => (await total()).toAcknowledge.n).toBeGreaterThan(0);
    await client.endAsync();
    screen.cut();
  });

  it("keeps what a mine tells of five minutes, and gives it where no reading is, marked", async () => {
    const from = Math.floor(Date.now() / 300_000) * 300_000 - 7_200_000;
    const stat = {
      p: "HAND-CH4",
      from,
      to: from + 300_000,
      max: 0.9,
      maxAt: from + 1,
      min: 0.1,
      minAt: from,
      avg: 0.5,
    };
    const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${gateway.mqttPort}`, {
      username: MINE,
      password: `demo-${MINE}`,
      clientId: `${MINE}-told`,
    });
    await client.publishAsync(
      `mine/v1/${MINE}/safety/stats`,
      JSON.stringify({ ts: Date.now(), stats: [stat] }),
      {
        qos: 1,
      },
    );
    await client.endAsync();
    const asked = `points/${MINE}:safety:HAND-CH4/series?from=${from}&to=${from + 600_000}&step=5m`;
    await expect
      .poll(async () => (await get(asked)).rows)
      .toEqual([
        { t: from, n: 0, min: 0.1, minAt: from, max: 0.9, maxAt: from + 1, avg: 0.5, s: 0, source: "stats" },
      ]);
  });

  it("is broken by a screen that is connected and does not answer: an alarm names it and readiness is gone", async () => {
    const ready = async () => {
      const response = await fetch(`${gateway.http}/health/ready`);
      const { checks } = (await response.json()) as Json;
      return [response.status, checks.find(({ name }: Json) => name === "screens-answer").ok];
    };
    await expect.poll(ready).toEqual([200, true]);
    const headers = { cookie: duty.cookie, "x-csrf-token": duty.csrf };
    const { ticket } = (await (
      await fetch(`${gateway.http}/api/v1/tickets`, { method: "POST", headers })
    ).json()) as Json;
    const deaf = openSocket(`${gateway.http.replace("http", "ws")}/ws/v1/alarms`);
    await deaf.open();
    deaf.say({ type: "hello", v: 1, consumer: "deaf", ticket });
    const told = await deaf.until(() => deaf.of("event").find(({ alarm }) => alarm.rule === "GW-23"));
    expect(told.alarm).toMatchObject({ level: "orange", place: expect.stringContaining("duty/deaf") });
    await expect.poll(ready).toEqual([503, false]);
    deaf.cut();
  });
});
