import { setTimeout as wait } from "node:timers/promises";
import mqtt from "mqtt";
import type { GatewayProcess } from "../support/gateway-process.ts";
import { createScreen, signIn } from "../support/screen.ts";
import { runLoadApart } from "./load.ts";
import { quantile } from "./median.ts";

const MINE = "520523017311";
const ALARMS = 300;

/** From PUBLISH of a value over its limit to the event on a WebSocket, while the gateway carries `load` messages/s. */
export async function alarmLatency(gateway: GatewayProcess, load: number) {
  const screen = createScreen("bench-screen");
  await screen.connect(gateway.http, await signIn(gateway.http, "viewer"));
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${gateway.mqttPort}`, {
    username: MINE,
    password: `demo-${MINE}`,
    clientId: `${MINE}-probe`,
    clean: true,
  });
  const points = [
    {
      code: "PROBE",
      type: "0001",
      kind: "analog",
      unit: "%CH4",
      place: "探针",
      loc: "CF_CORNER",
      alarmHigh: 1,
      cutHigh: 1.5,
      cycle: 0,
    },
  ];
  const running = runLoadApart({
    port: gateway.mqttPort,
    readings: 64,
    rate: load,
    warmMs: 2_000,
    measureMs: 15_000,
    mines: ["520523017312", "520523017313"],
  });
  await wait(2_000);
  await client.publishAsync(`mine/v1/${MINE}/safety/points`, JSON.stringify({ ts: Date.now(), points }), {
    qos: 1,
  });
  const took: number[] = [];
  for (let i = 0; i < ALARMS; i++) {
    const before = performance.now();
    const value = i % 2 === 0 ? 1.62 : 0.5;
    const seen = screen.events.length;
    client.publish(
      `mine/v1/${MINE}/safety/readings`,
      JSON.stringify({ ts: Date.now(), readings: [{ p: "PROBE", v: value }] }),
      { qos: 1 },
    );
    await screen.next(seen);
    took.push(performance.now() - before);
    await wait(30);
  }
  screen.cut();
  await client.endAsync();
  const { messagesPerSecond } = await running;
  return { load: messagesPerSecond, n: took.length, p50: quantile(took, 0.5), p99: quantile(took, 0.99) };
}
