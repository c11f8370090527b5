import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { array, assert, asyncProperty, boolean, integer, oneof, tuple, uint8Array } from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../src/lib/clock.ts";
import { nodeDisk } from "../../src/log/disk.ts";
import { openLog, readLog, verifyLog } from "../../src/log/segment-log.ts";
import { createFakeDisk } from "../support/fake-disk.ts";
import { appendBatch, bodiesOf, logOptions } from "../support/log-options.ts";

const numbered = (n: number, size = 20) => `record ${n} `.padEnd(size, ".");

describe("a log", () => {
  it("gives back any records in any batches over segments of any size, also after reopening", async () => {
    const body = oneof(
      uint8Array({ maxLength: 80 }),
      tuple(integer({ min: 0, max: 3_000 }), integer({ min: 0, max: 255 })).map(([size, value]) =>
        new Uint8Array(size).fill(value),
      ),
    );
    const batches = array(array(tuple(body, integer({ min: 0, max: 255 })), { maxLength: 12 }), {
      maxLength: 12,
    });
    await assert(
      asyncProperty(
        batches,
        integer({ min: 100, max: 6_000 }),
        boolean(),
        boolean(),
        boolean(),
        async (runs, segmentBytes, chained, preallocate, cleanly) => {
          const disk = createFakeDisk();
          const options = logOptions(disk, { segmentBytes, chained, preallocate });
          const log = await openLog(options);
          const expected: unknown[] = [];
          for (const run of runs) {
            for (const [bytes, type] of run) {
              const seq = log.append(type, [bytes.subarray(0, 7), bytes.subarray(7)], type % 2);
              expected.push({ seq, type, flags: type % 2, body: Buffer.from(bytes) });
            }
            await log.sync();
          }
          if (cleanly) await log.close();
          const again = await openLog({ ...options, disk: cleanly ? disk : disk.copy() });
          const found: unknown[] = [];
          for await (const records of again.read(1)) found.push(...records);
          expect(found).toEqual(expected);
          expect(again).toMatchObject({
            head: expected.length,
            synced: expected.length,
            first: 1,
            pendingBytes: 0,
          });
        },
      ),
      { numRuns: 30 },
    );
  });

  it("resolves a sync only when the bytes and the file's name are on disk", async () => {
    const disk = createFakeDisk();
    const calls: string[] = [];
    disk.before = ({ name }) => {
      calls.push(name);
      return undefined;
    };
    const log = await openLog(logOptions(disk));
    calls.length = 0;
    await appendBatch(log, ["a"]);
    expect(calls.slice(-4)).toEqual(["datasync", "open", "rename", "syncDir"]);
    calls.length = 0;
    await appendBatch(log, ["b", "c"]);
    expect(calls).toEqual(["write", "datasync"]);
  });

  it("gathers what is appended during a sync into one batch", async () => {
    const disk = createFakeDisk();
    const log = await openLog(logOptions(disk));
    let syncs = 0;
    disk.before = async ({ name }) => {
      if (name === "datasync") syncs += 1;
      await new Promise((resolve) => setImmediate(resolve));
      return undefined;
    };
    const first = appendBatch(log, ["a"]);
    await new Promise((resolve) => setImmediate(resolve));
    const others = Array.from({ length: 50 }, (_, n) => appendBatch(log, [numbered(n)]));
    await Promise.all([first, ...others]);
    expect(syncs).toBe(2);
  });

  it("writes what nobody syncs", async () => {
    const disk = createFakeDisk();
    const log = await openLog(logOptions(disk));
    const synced = new Promise<void>((resolve) => {
      disk.before = ({ name }) => {
        if (name === "syncDir") resolve();
        return undefined;
      };
    });
    log.append(1, Buffer.from("a"));
    await synced;
    expect(log.head).toBe(1);
  });

  it("waits for no segment in the making: a full one is followed by a short one", async () => {
    const disk = createFakeDisk();
    const log = await openLog(logOptions(disk, { segmentBytes: 2 ** 25 }));
    await appendBatch(log, ["a"]);
    let spare = false;
    disk.before = ({ path }) => {
      if (!path.includes("spare")) return undefined;
      spare = true;
      return new Promise(() => {});
    };
    const body = "b".repeat(1024 * 1024);
    for (let n = 0; n < 6; n++) await appendBatch(log, [body]);
    expect(spare).toBe(true);
    expect(log.synced).toBe(7);
    expect(disk.paths().filter((path) => path.endsWith(".spl"))).toHaveLength(2);
  });

  it("makes the segment after a short one at once, and a larger one", async () => {
    const disk = createFakeDisk();
    const log = await openLog(logOptions(disk, { segmentBytes: 2 ** 25 }));
    await appendBatch(log, ["a"]);
    await appendBatch(log, ["b"]);
    await expect
      .poll(() => disk.paths().map((path) => disk.bytes(path).length))
      .toContainEqual(16 * 1024 * 1024);
    for (let n = 0; n < 6; n++) await appendBatch(log, ["c".repeat(1024 * 1024)]);
    const segments = disk.paths().filter((path) => path.endsWith(".spl"));
    expect(segments.map((path) => disk.bytes(path).length).at(-1)).toBe(16 * 1024 * 1024);
  });

  it("splits what is too much for one batch, and keeps the order", async () => {
    const log = await openLog(logOptions(createFakeDisk(), { segmentBytes: 2 ** 24 }));
    for (let n = 1; n <= 12_001; n++) log.append(1, Buffer.from(numbered(n)));
    for (let n = 0; n < 3; n++) log.append(2, Buffer.alloc(2 * 1024 * 1024, n));
    expect(log.pendingBytes).toBeGreaterThan(6 * 1024 * 1024);
    expect(await log.sync()).toBe(12_004);
    expect(log.pendingBytes).toBe(0);
    const bodies = await bodiesOf(log.read(1));
    expect(bodies[12_000]).toBe(numbered(12_001));
    expect(bodies[12_003]?.length).toBe(2 * 1024 * 1024);
  });

  it("refuses a record that is too long as a fault of the program", async () => {
    const log = await openLog(logOptions(createFakeDisk()));
    expect(() => log.append(1, Buffer.alloc(2 * 1024 * 1024 + 1))).toThrow("must hold");
    expect(log.head).toBe(0);
  });

  it("is read from any record on", async () => {
    const log = await openLog(logOptions(createFakeDisk(), { segmentBytes: 2_000, chained: true }));
    const all = Array.from({ length: 120 }, (_, n) => numbered(n + 1, 10 + ((n * 37) % 150)));
    for (let at = 0; at < all.length; at += 7) await appendBatch(log, all.slice(at, at + 7));
    for (let from = 1; from <= 121; from++)
      expect(await bodiesOf(log.read(from), from)).toEqual(all.slice(from - 1));
    expect(await bodiesOf(log.read(0))).toEqual(all);
  });

  it("is read from the middle of a large segment without its beginning", async () => {
    const disk = createFakeDisk();
    const log = await openLog(logOptions(disk, { segmentBytes: 2 ** 24 }));
    for (let n = 0; n < 40; n++)
      await appendBatch(
        log,
        Array.from({ length: 50 }, (_, k) => numbered(n * 50 + k + 1, 1000)),
      );
    let read = 0;
    const { open } = disk;
    disk.open = async (path, how) => {
      const file = await open(path, how);
      return {
        ...file,
        async read(...args) {
          const bytes = await file.read(...args);
          read += bytes;
          return bytes;
        },
      };
    };
    expect((await bodiesOf(log.read(1990), 1990)).length).toBe(11);
    expect(read).toBeLessThan(512 * 1024);
  });
});

describe("readers of a log that is being written", () => {
  it("see every synced record once and in order, in the owner's thread and by the files alone", async () => {
    const disk = createFakeDisk();
    const options = logOptions(disk, { segmentBytes: 3_000 });
    const log = await openLog(options);
    const count = 900;
    let told = 0;
    const write = async () => {
      for (let n = 1; n <= count; n++) {
        log.append(1, Buffer.from(numbered(n)));
        if (n % 9 === 0) told = await log.sync();
      }
    };
    const follow = async (
      read: (from: number, to: number) => AsyncIterable<readonly { seq: number; body: Buffer }[]>,
    ) => {
      let next = 1;
      while (next <= count) {
        const to = told;
        const bodies = await bodiesOf(read(next, to), next);
        bodies.forEach((body, at) => {
          expect(body).toBe(numbered(next + at));
        });
        expect(next + bodies.length - 1).toBeGreaterThanOrEqual(to);
        next += bodies.length;
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const verify = async () => {
      while (told < count) {
        expect((await verifyLog(options)).ok).toBe(true);
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    await Promise.all([
      write(),
      follow((from) => log.read(from)),
      follow((from, to) => readLog(options, from, to)),
      verify(),
    ]);
  });

  it("may keep the records they were given", async () => {
    const log = await openLog(logOptions(createFakeDisk()));
    await appendBatch(log, ["kept"]);
    const kept: Buffer[] = [];
    for await (const records of log.read(1)) kept.push(...records.map(({ body }) => body));
    for (let n = 0; n < 50; n++) await appendBatch(log, [numbered(n, 200)]);
    await bodiesOf(log.read(1));
    expect(kept.map(String)).toEqual(["kept"]);
  });
});

describe("retention", () => {
  const HOUR = 3_600_000;

  /** Four segments of three records each, an hour apart, and an active fifth. */
  async function fiveSegments(own = {}) {
    const disk = createFakeDisk();
    const options = logOptions(disk, { segmentBytes: 400, ...own });
    const log = await openLog(options);
    for (let n = 0; n < 5; n++) {
      await appendBatch(
        log,
        [1, 2, 3].map((k) => numbered(n * 3 + k, 100)),
      );
      options.time.now += HOUR;
    }
    return { disk, options, log };
  }
  const everything = { keepFrom: Number.MAX_SAFE_INTEGER, olderThanMs: 0, maxBytes: Number.MAX_SAFE_INTEGER };

  it("drops whole segments below the cursor, oldest first, never the active one", async () => {
    const { log, disk } = await fiveSegments();
    const { dropped } = await log.retain({ ...everything, keepFrom: 9 });
    expect(dropped.map(({ from, to }) => [from, to])).toEqual([
      [1, 3],
      [4, 6],
    ]);
    expect(log.first).toBe(7);
    expect(await bodiesOf(log.read(1), 7)).toHaveLength(9);
    expect((await log.retain(everything)).dropped).toHaveLength(2);
    expect(disk.paths()).toHaveLength(1);
    await appendBatch(log, ["more"]);
    expect(await bodiesOf(log.read(1), 13)).toHaveLength(4);
  });

  it("keeps what is young, whoever has read it", async () => {
    const { log } = await fiveSegments();
    expect(
      (await log.retain({ ...everything, olderThanMs: 3.5 * HOUR })).dropped.map(({ from }) => from),
    ).toEqual([1]);
  });

  it("drops what nobody has read when the log is too large, and says what", async () => {
    const { log } = await fiveSegments();
    const { dropped } = await log.retain({
      keepFrom: 1,
      olderThanMs: 1e12,
      maxBytes: Math.floor(log.bytes / 2),
    });
    expect(dropped.map(({ from, to }) => [from, to])).toEqual([
      [1, 3],
      [4, 6],
      [7, 9],
    ]);
    expect(dropped[0]?.bytes).toBeGreaterThan(300);
  });

  it("syncs the folder after each unlink, so that a power loss leaves no hole", async () => {
    const { log, disk } = await fiveSegments();
    const calls: string[] = [];
    disk.before = ({ name }) => {
      if (name === "unlink" || name === "syncDir") calls.push(name);
      return undefined;
    };
    await log.retain({ ...everything, keepFrom: 7 });
    expect(calls).toEqual(["unlink", "syncDir", "unlink", "syncDir"]);
  });

  it("leaves a log that opens, verifies and goes on", async () => {
    const { log, options } = await fiveSegments({ chained: true });
    await log.retain({ ...everything, keepFrom: 8 });
    await log.close();
    const again = await openLog(options);
    expect(again.first).toBe(7);
    await appendBatch(again, ["more"]);
    expect(await bodiesOf(again.read(1), 7)).toHaveLength(10);
    expect(await verifyLog(options)).toMatchObject({ ok: true, records: 10 });
  });
});

describe("a log on a real disk", () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "davylamp-"));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const options = () =>
    logOptions(nodeDisk, {
      dir: join(dir, "log"),
      clock: systemClock,
      segmentBytes: 64 * 1024,
      chained: true,
    });

  it("changes the size of its file with none of its syncs, then cuts and locks it when it is closed", async () => {
    const log = await openLog(options());
    const files = () => readdirSync(join(dir, "log")).filter((name) => name.endsWith(".spl"));
    const sizes = new Set<number>();
    for (let n = 0; n < 20; n++) {
      await appendBatch(log, [numbered(n, 700)]);
      sizes.add(statSync(join(dir, "log", files()[0]!)).size);
    }
    expect([...sizes]).toEqual([64 * 1024]);
    await log.close();
    const { size, mode } = statSync(join(dir, "log", files()[0]!));
    expect(size).toBe(log.bytes);
    expect(mode & 0o777).toBe(0o400);
    expect(readdirSync(join(dir, "log"))).toEqual(files());
  });

  it("goes on over many segments and openings", async () => {
    const all: string[] = [];
    for (let run = 0; run < 4; run++) {
      const log = await openLog(options());
      expect(log.head).toBe(all.length);
      for (let n = 0; n < 12; n++) {
        const batch = [1, 2, 3].map((k) => numbered(all.length + k, 4_000));
        all.push(...batch);
        await appendBatch(log, batch);
      }
      expect(await bodiesOf(log.read(1))).toEqual(all);
      await log.close();
    }
    expect(await bodiesOf(readLog(options(), 1))).toEqual(all);
    expect(await verifyLog(options())).toMatchObject({ ok: true, records: all.length });
  });

  it("reads a disk that is not there as an empty log, and says other errors", async () => {
    expect(await bodiesOf(readLog(options(), 1))).toEqual([]);
    writeFileSync(join(dir, "file"), "");
    await expect(openLog({ ...options(), dir: join(dir, "file", "log") })).rejects.toThrow("ENOTDIR");
    expect(await nodeDisk.free(dir)).toMatchObject({ free: expect.any(Number), total: expect.any(Number) });
  });
});
