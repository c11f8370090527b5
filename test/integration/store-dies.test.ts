import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Worker } from "node:worker_threads";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type App, createApp } from "../../src/app.ts";
import { readConfigFiles } from "../../src/cli/config-files.ts";
import { dies } from "../support/dying-worker.ts";
import { createHandMine, HAND_MINE } from "../support/hand-mine.ts";
import { type Session, signIn } from "../support/screen.ts";

const HAND = `${HAND_MINE}:safety:HAND-CH4`;
let dir: string;
let app: App;
let http: string;
let mqttPort: number;
const workers: Worker[] = [];
const said: string[] = [];
const seen = (worker: Worker) => workers.push(worker);

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "davylamp-store-dies-"));
  process.on("worker", seen);
  app = createApp({
    files: await readConfigFiles("config"),
    secrets: () => undefined,
    data: dir,
    httpPort: 0,
    mqttPort: 0,
    dev: true,
    version: "test",
    log: pino({ level: "warn" }, { write: (line) => void said.push(line) }),
  });
  const addresses = await app.start();
  http = addresses.http;
  mqttPort = Number(new URL(addresses.mqtt[0] ?? "").port);
});
afterEach(async () => {
  process.off("worker", seen);
  await app.stop();
  await rm(dir, { recursive: true });
});

const get = (session: Session, path: string) =>
  fetch(`${http}/api/v1/${path}`, { headers: { cookie: session.cookie } });

async function until<T>(ask: () => Promise<T | null | false>): Promise<T> {
  for (;;) {
    const answer = await ask().catch(() => null);
    if (answer) return answer;
    await wait(50);
  }
}

describe("a gateway whose store dies", () => {
  it("goes on acknowledging and alarming, and has every sample in the series once the store is back", async () => {
    const seat = await signIn(http, "duty");
    const mine = await createHandMine(() => mqttPort);
    await mine.methane(0.31);

    const died = new Promise((resolve) => workers[0]?.once("exit", resolve));
    await dies(workers[0]);
    await died;
    // P1 holds without it: the answer is the broker's PUBACK, after both logs.
    await mine.methane(1.62);
    const alarms = await get(seat, "alarms?state=open");
    const raised = ((await alarms.json()) as { items: { subject: { id: string } }[] }).items;
    expect(raised.map(({ subject }) => subject.id)).toContain(HAND);

    const values = await until(async () => {
      const from = Date.now() - 600_000;
      const answer = await get(seat, `points/${HAND}/series?from=${from}&to=${Date.now() + 1_000}`);
      if (!answer.ok) return null;
      const { rows } = (await answer.json()) as { rows: { v: number }[] };
      return rows.length >= 2 ? rows.map(({ v }) => v) : null;
    });
    expect(values).toEqual([0.31, 1.62]);
    await expect.poll(() => said.join("")).toMatch(/crashed[\s\S]*recovered/);
    expect(await Promise.race([app.failed, wait(0, "alive")])).toBe("alive");
    mine.close();
  });
});
