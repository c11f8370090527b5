import { describe, expect, it } from "vitest";
import type { Disk } from "../../src/log/disk.ts";
import { openLog, type SegmentLog } from "../../src/log/segment-log.ts";
import { type CrashResult, crashEverywhere, seeded } from "../support/crash-images.ts";
import { createFakeDisk, type FakeDisk } from "../support/fake-disk.ts";

/*
 * The gateway's promise in small: an input is appended to the spool and synced, then the journal names its
 * seq and is synced, then it is acknowledged. Several are under way at once.
 */
type Order = "spool before journal" | "journal before spool" | "spool not synced" | "acknowledged before";

const open = (disk: Disk, name: "spool" | "journal") =>
  openLog({
    dir: `/data/${name}`,
    kind: name === "spool" ? 1 : 2,
    extension: name === "spool" ? "spl" : "jnl",
    disk,
    clock: { wall: () => 1_700_000_000_000, mono: () => 0 },
    epoch: "8f14e45f-ceea-467f-a0e6-8f14e45fceea",
    chained: name === "journal",
    segmentBytes: 2048,
    onTrouble: () => {},
    after: (ms, run) => {
      if (ms !== 500) setImmediate(run);
      return () => {};
    },
  });

/** Carries one input through both logs in the given order; `acknowledge` is the PUBACK. */
async function accept(
  order: Order,
  { spool, journal }: { spool: SegmentLog; journal: SegmentLog },
  input: Buffer,
  acknowledge: () => void,
): Promise<void> {
  const seq = spool.append(1, input);
  if (order === "acknowledged before") acknowledge();
  if (order === "spool before journal" || order === "acknowledged before") await spool.sync();
  journal.append(1, Buffer.from(JSON.stringify({ spoolSeq: seq })));
  await journal.sync();
  if (order === "journal before spool") await spool.sync();
  if (order !== "acknowledged before") acknowledge();
}

async function crashBoth(order: Order, seed: number): Promise<CrashResult> {
  const random = seeded(seed);
  const disk = createFakeDisk(seeded(seed + 1));
  let syncs = 3 + random(6);
  disk.before = ({ name }) => {
    if (name === "write" && random(3) === 0) return { atMost: 1 + random(600) };
    if (name === "datasync" && --syncs === 0) return { code: "EIO" };
    return undefined;
  };
  const acked: number[] = [];
  const input = (n: number) => Buffer.from(`input ${n} ${"x".repeat((n * 97) % 400)}`);
  return crashEverywhere({
    disk,
    seed,
    imagesPerCall: 8,
    promised: () => [...acked],
    check: (image, promised) => checkBoth(image, promised, input),
    async run() {
      const logs = { spool: await open(disk, "spool"), journal: await open(disk, "journal") };
      for (let n = 1; n <= 12; n += 3)
        await Promise.all([n, n + 1, n + 2].map((k) => accept(order, logs, input(k), () => acked.push(k))));
      await logs.spool.close();
      await logs.journal.close();
    },
  });
}

async function checkBoth(
  image: FakeDisk,
  acked: readonly number[],
  input: (n: number) => Buffer,
): Promise<string | null> {
  const spool = await open(image, "spool");
  const journal = await open(image, "journal");
  const named = new Set(
    (await bodies(journal)).map((body) => JSON.parse(body.toString()).spoolSeq as number),
  );
  const beyond = [...named].filter((seq) => seq > spool.head);
  if (beyond.length > 0) return `the journal names ${beyond}, the spool ends at ${spool.head}`;
  const inputs = await bodies(spool);
  const lost = acked.find((n) => !named.has(n) || !inputs[n - 1]?.equals(input(n)));
  return lost === undefined ? null : `input ${lost} was acknowledged and is not in both logs`;
}

async function bodies(log: SegmentLog): Promise<Buffer[]> {
  const all: Buffer[] = [];
  for await (const records of log.read(1)) all.push(...records.map(({ body }) => body));
  return all;
}

describe("spool and journal on a disk that loses power at every call", () => {
  it("never let the journal name what the spool lost, and keep what was acknowledged", async () => {
    let images = 0;
    for (let seed = 1; seed <= 4; seed++) {
      const result = await crashBoth("spool before journal", seed);
      expect(result.wrong).toEqual([]);
      images += result.images;
    }
    expect(images).toBeGreaterThan(1_000);
  });

  for (const order of ["journal before spool", "spool not synced", "acknowledged before"] as const)
    it(`are caught at another order: ${order}`, async () => {
      let wrong = 0;
      for (let seed = 1; seed <= 8 && wrong === 0; seed++)
        wrong += (await crashBoth(order, seed)).wrong.length;
      expect(wrong).toBeGreaterThan(0);
    });
});
