import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type GatewayProcess, startGateway } from "../support/gateway-process.ts";
import { createScreen, pointListed, type ScreenAlarm, type Session, signIn } from "../support/screen.ts";

const client = spawnSync("mosquitto_pub", ["--help"]).error === undefined;
if (!client)
  console.log("skipped: mosquitto_pub is not installed, so no client that we did not write can publish");

const MINE = "520523017311";

describe.skipIf(!client)("the main job: a publisher we did not write, an alarm on a county screen", () => {
  const data = mkdtempSync(join(tmpdir(), "davylamp-main-"));
  let gateway: GatewayProcess;
  let session: Session;
  const screen = createScreen("test-screen");

  beforeAll(async () => {
    gateway = await startGateway({ data, config: "config", command: "demo" });
    session = await signIn(gateway.http, "duty");
    await screen.connect(gateway.http, session);
    // The simulator publishes the point tables.
    await pointListed(gateway.http, session, `${MINE}:safety:HAND-CH4`);
  }, 60_000);

  afterAll(async () => {
    screen.cut();
    await gateway?.kill("SIGTERM");
    rmSync(data, { recursive: true, force: true });
  });

  it("raises one orange alarm for 1.62, keeps it at 1.00, releases it at 0.99", async () => {
    await publish(1.62);
    const raised = await screen.event(
      (alarm) => alarm.point === `${MINE}:safety:HAND-CH4` && alarm.state === "unacknowledged",
    );
    expect(raised).toMatchObject({ level: "orange", value: 1.62, ladder: "CH4" });
    expect(raised.basis).toContain("第536条");
    expect(await openAlarms()).toHaveLength(1);

    await publish(1.0);
    expect(await openAlarms()).toMatchObject([{ id: raised.id, state: "unacknowledged" }]);

    await publish(0.99);
    const returned = await screen.event((alarm) => alarm.id === raised.id && alarm.state === "returned");
    expect(returned.id).toBe(raised.id);
  });

  it("shows who acknowledged it to every screen, and ends it", async () => {
    const [alarm] = await openAlarms();
    const response = await fetch(`${gateway.http}/api/v1/alarms/${alarm?.id}/acknowledge`, {
      method: "POST",
      headers: {
        cookie: session.cookie,
        "x-csrf-token": session.csrf,
        "content-type": "application/json",
        "idempotency-key": crypto.randomUUID(),
      },
      body: JSON.stringify({ note: "已电话核实" }),
    });
    expect(response.status).toBe(200);
    const ended = await screen.event(({ id, state }) => id === alarm?.id && state === "normal");
    expect(ended).toMatchObject({ acknowledged: { by: "duty", note: "已电话核实" } });
    expect(await openAlarms()).toEqual([]);
  });

  it("gives the three values back from the series", async () => {
    const id = encodeURIComponent(`${MINE}:safety:HAND-CH4`);
    const from = new Date(Date.now() - 600_000).toISOString();
    const to = new Date(Date.now() + 60_000).toISOString();
    const query = new URLSearchParams({ from, to, step: "raw" });
    const values = async () => {
      const response = await fetch(`${gateway.http}/api/v1/points/${id}/series?${query}`, {
        headers: { cookie: session.cookie },
      });
      return ((await response.json()) as { rows: { v: number }[] }).rows.map(({ v }) => v);
    };
    await expect.poll(values).toEqual([1.62, 1.0, 0.99]);
  });

  it("refuses another mine's topic", async () => {
    const other = await mosquitto("mine/v1/520523017312/safety/readings", '{"ts":1,"readings":[]}');
    expect(other).not.toBe(0);
  });

  const publish = async (value: number) => {
    const body = JSON.stringify({ ts: Date.now(), readings: [{ p: "HAND-CH4", v: value }] });
    expect(await mosquitto(`mine/v1/${MINE}/safety/readings`, body)).toBe(0);
  };

  async function mosquitto(topic: string, payload: string): Promise<number | null> {
    const args = [
      "-p",
      String(gateway.mqttPort),
      "-u",
      MINE,
      "-P",
      `demo-${MINE}`,
      "-i",
      `${MINE}-hand`,
      "-q",
      "1",
      "-t",
      topic,
      "-m",
      payload,
    ];
    const process = spawn("mosquitto_pub", args, { stdio: "ignore" });
    const [code] = (await once(process, "exit")) as [number | null];
    return code;
  }

  async function openAlarms(): Promise<ScreenAlarm[]> {
    const response = await fetch(
      `${gateway.http}/api/v1/alarms?mine=${MINE}&q=HAND-CH4&state=unacknowledged,acknowledged,returned`,
      {
        headers: { cookie: session.cookie },
      },
    );
    return ((await response.json()) as { items: ScreenAlarm[] }).items;
  }
});
