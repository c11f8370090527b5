import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openRefusedConnections, type RefusedConnections } from "../../src/app/refused-connections.ts";
import type { Refusal } from "../../src/mqtt/ports.ts";

const log = pino({ level: "silent" });
const T = 1_800_000_000_000;
const refusal = (at: number): Refusal => ({
  at,
  address: "10.1.2.3",
  clientId: "520523017399-a",
  claimed: "520523017399",
  reason: "wrong password",
});

let data = "";
let opened: RefusedConnections[] = [];
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), "davylamp-refused-"));
});
afterEach(async () => {
  for (const one of opened) await one.close();
  opened = [];
  await rm(data, { recursive: true });
});

async function open(now: number): Promise<RefusedConnections> {
  const one = await openRefusedConnections({ data, now, log });
  opened.push(one);
  return one;
}
const onDisk = async () =>
  JSON.parse(await readFile(join(data, "refused-connections.json"), "utf8")) as {
    from: number;
    refused: Refusal[];
  };

describe("Refused connections", () => {
  it("are known after an end, and none is missing since the first start", async () => {
    const before = await open(T);
    before.add(refusal(T + 1));
    before.add(refusal(T + 2));
    await before.close();
    const after = await open(T + 1000);
    expect(after.all()).toEqual([refusal(T + 1), refusal(T + 2)]);
    expect(after.from()).toBe(T);
  });

  it("are on disk without an end: a killed gateway knows them too", async () => {
    const killed = await open(T);
    killed.add(refusal(T + 1));
    await expect.poll(async () => (await onDisk()).refused, { timeout: 15_000 }).toEqual([refusal(T + 1)]);
    killed.add(refusal(T + 2));
    await expect.poll(async () => (await onDisk()).refused.length, { timeout: 15_000 }).toBe(2);
    expect((await open(T + 1000)).all()).toHaveLength(2);
  });

  it("are the last five hundred, and what is said to be known begins with them", async () => {
    const one = await open(T);
    for (let i = 1; i <= 501; i++) one.add(refusal(T + i));
    expect(one.all()).toHaveLength(500);
    expect(one.all()[0]?.at).toBe(T + 2);
    expect(one.from()).toBe(T + 1);
  });

  it("are not known where their file cannot be used, and are kept from then on", async () => {
    await writeFile(join(data, "refused-connections.json"), '{"from":1,"refused":[{"at":');
    const one = await open(T);
    expect([one.all(), one.from()]).toEqual([[], T]);
    one.add(refusal(T + 1));
    await one.close();
    expect(await onDisk()).toEqual({ from: T, refused: [refusal(T + 1)] });
  });
});
