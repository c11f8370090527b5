import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { type GatewayProcess, startGateway } from "../support/gateway-process.ts";

const client = spawnSync("mosquitto_pub", ["--help"]).error === undefined;
if (!client)
  console.log("skipped: mosquitto_pub is not installed, so no client that we did not write can publish");

const MINE = "520523017311";

interface AlarmJson {
  id: string;
  point: string;
  level: string;
  rule: string;
  state: string;
  value: number;
  basis: string;
}

describe.skipIf(!client)("the main job: a publisher we did not write, an alarm on a county screen", () => {
  const data = mkdtempSync(join(tmpdir(), "davylamp-main-"));
  let gateway: GatewayProcess;
  let session: { cookie: string; csrf: string };
  let screen: Screen;

  beforeAll(async () => {
    gateway = await startGateway({ data, config: "config", command: "demo" });
    session = await signIn(gateway.http, "duty");
    screen = await openScreen(gateway.http, session);
    await tableArrived();
  }, 60_000);

  afterAll(async () => {
    screen?.close();
    await gateway?.kill("SIGTERM");
    rmSync(data, { recursive: true, force: true });
  });

  it("raises one orange alarm for 1.62, keeps it at 1.00, releases it at 0.99", async () => {
    await publish(1.62);
    const raised = await screen.event(
      (alarm) => alarm.point === "HAND-CH4" && alarm.state === "unacknowledged",
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
    const response = await fetch(`${gateway.http}/api/v1/points/${id}/series?${query}`, {
      headers: { cookie: session.cookie },
    });
    const { rows } = (await response.json()) as { rows: { v: number }[] };
    expect(rows.map(({ v }) => v)).toEqual([1.62, 1.0, 0.99]);
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

  async function openAlarms(): Promise<AlarmJson[]> {
    const response = await fetch(
      `${gateway.http}/api/v1/alarms?mine=${MINE}&q=HAND-CH4&state=unacknowledged,acknowledged,returned`,
      {
        headers: { cookie: session.cookie },
      },
    );
    return ((await response.json()) as { items: AlarmJson[] }).items;
  }

  /** The simulator publishes the point tables; a value before that would be of an unlisted point. */
  async function tableArrived(): Promise<void> {
    for (;;) {
      const response = await fetch(`${gateway.http}/api/v1/points?mine=${MINE}`, {
        headers: { cookie: session.cookie },
      });
      const { items } = (await response.json()) as { items: { id: string }[] };
      if (items.some(({ id }) => id.endsWith(":HAND-CH4"))) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
});

async function signIn(http: string, name: string): Promise<{ cookie: string; csrf: string }> {
  const response = await fetch(`${http}/api/v1/sessions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name, password: `demo-${name}` }),
  });
  expect(response.status).toBe(201);
  const { csrf } = (await response.json()) as { csrf: string };
  return { cookie: (response.headers.get("set-cookie") ?? "").split(";")[0] ?? "", csrf };
}

type Screen = Awaited<ReturnType<typeof openScreen>>;

/** A county screen in twenty lines: ticket, hello, and every event as it comes. */
async function openScreen(http: string, session: { cookie: string; csrf: string }) {
  const response = await fetch(`${http}/api/v1/tickets`, {
    method: "POST",
    headers: { cookie: session.cookie, "x-csrf-token": session.csrf },
  });
  const { ticket } = (await response.json()) as { ticket: string };
  const socket = new WebSocket(`${http.replace("http", "ws")}/ws/v1/alarms`, "davylamp.alarms.v1");
  const seen: AlarmJson[] = [];
  const waiting = new Set<() => void>();
  socket.on("message", (data) => {
    const message = JSON.parse(String(data)) as { type: string; seq: number; alarm: AlarmJson };
    if (message.type !== "event") return;
    seen.push(message.alarm);
    socket.send(JSON.stringify({ type: "ack", seq: message.seq }));
    for (const look of [...waiting]) look();
  });
  await once(socket, "open");
  socket.send(JSON.stringify({ type: "hello", v: 1, ticket, consumer: "test-screen", mines: ["*"] }));
  return {
    close: () => socket.close(),
    event: (wanted: (alarm: AlarmJson) => boolean) =>
      new Promise<AlarmJson>((resolve) => {
        const look = () => {
          const found = seen.find(wanted);
          if (found === undefined) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      }),
  };
}
