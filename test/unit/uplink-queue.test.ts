import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openQueue, type Queue } from "../../src/cli/uplink/queue.ts";
import { systemClock } from "../../src/lib/clock.ts";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "davylamp-queue-"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const open = (): Promise<Queue> => openQueue(dir, systemClock, () => {});
const message = (n: number) => ({
  system: "safety",
  kind: "readings" as const,
  payload: Buffer.from(`${n}`),
});
const put = (queue: Queue, of: number) => queue.put(Array.from({ length: of }, (_, i) => message(i + 1)));

async function rest(queue: Queue): Promise<string[]> {
  const all: string[] = [];
  for await (const { payload } of queue.read(queue.sent + 1)) all.push(payload.toString());
  return all;
}

/** What is left of it after a kill. */
const placeOnDisk = async (): Promise<number> =>
  JSON.parse(await readFile(join(dir, "sent.json"), "utf8").catch(() => '{"sent":0}')).sent;

describe("the queue of an uplink", () => {
  it("has after a restart what was not acknowledged, in its order", async () => {
    const queue = await open();
    await put(queue, 5);
    for (const seq of [2, 1, 4]) queue.acknowledged(seq);
    await queue.tidy(2 ** 30);
    await queue.close();
    const again = await open();
    expect([again.sent, again.waiting, await rest(again)]).toEqual([2, 3, ["3", "4", "5"]]);
    await again.close();
  });

  it("knows on disk how far it got without being told to tidy, so that a kill repeats less than the core recognises", async () => {
    const queue = await open();
    await put(queue, 2_000);
    for (let seq = 1; seq <= 1_500; seq++) queue.acknowledged(seq);
    await expect.poll(placeOnDisk).toBe(1_500);
    for (let seq = 1_501; seq <= 1_700; seq++) queue.acknowledged(seq);
    await queue.close();
    expect(1_700 - (await placeOnDisk())).toBeLessThan(256);
  });

  it("counts on from what it has where nothing tells how far it got", async () => {
    const large = { ...message(1), payload: Buffer.alloc(1_000_000) };
    const queue = await open();
    for (let n = 0; n < 20; n++) await queue.put([large]);
    for (let seq = 1; seq <= 12; seq++) queue.acknowledged(seq);
    await queue.tidy(2 ** 30);
    await queue.close();
    await writeFile(join(dir, "sent.json"), "");
    const again = await open();
    expect(again.sent).toBeGreaterThan(0);
    for (let seq = again.sent + 1; seq <= 20; seq++) again.acknowledged(seq);
    expect(again.waiting).toBe(0);
    await again.close();
  });

  it("drops the oldest beyond its bound and says how many", async () => {
    const queue = await open();
    const large = { ...message(1), payload: Buffer.alloc(1_000_000) };
    for (let n = 0; n < 20; n++) await queue.put([large]);
    const lost = await queue.tidy(9 * 2 ** 20);
    expect(lost).toBeGreaterThan(0);
    expect([queue.sent, queue.waiting]).toEqual([lost, 20 - lost]);
    await queue.close();
  });
});
