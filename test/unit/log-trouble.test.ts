import { describe, expect, it } from "vitest";
import { openLog, verifyLog } from "../../src/log/segment-log.ts";
import { seeded } from "../support/crash-images.ts";
import { type Call, createFakeDisk, type FakeDisk, type Fault } from "../support/fake-disk.ts";
import { appendBatch, bodiesOf, logOptions } from "../support/log-options.ts";

const numbered = (n: number, size = 100) => `record ${n} `.padEnd(size, ".");
const batchOf = (from: number, count: number) => Array.from({ length: count }, (_, n) => numbered(from + n));

/** Fails the calls that `fails` names, as long as it does. */
const failing = (disk: FakeDisk, fails: (call: Call) => Fault | undefined) => {
  disk.before = fails;
};
const heal = (disk: FakeDisk) => failing(disk, () => undefined);

async function openOn(disk = createFakeDisk(), own = {}) {
  const options = logOptions(disk, own);
  return { disk, options, log: await openLog(options) };
}

describe("a disk that takes less than it was given", () => {
  it("gets the rest until all is there", async () => {
    const random = seeded(3);
    const { disk, options, log } = await openOn(createFakeDisk(), { preallocate: false });
    failing(disk, ({ name }) => (name === "write" ? { atMost: 1 + random(30) } : undefined));
    for (let n = 1; n <= 40; n += 4) await appendBatch(log, batchOf(n, 4));
    expect(options.troubles).toEqual([]);
    expect(await bodiesOf(log.read(1))).toEqual(batchOf(1, 40));
    await log.close();
    expect(await verifyLog(options)).toMatchObject({ ok: true, records: 40 });
  });

  it("and takes nothing at all is full", async () => {
    const { disk, options, log } = await openOn();
    await appendBatch(log, ["a"]);
    let refused = 0;
    failing(disk, ({ name }) => (name === "write" && refused++ < 3 ? { atMost: 0 } : undefined));
    await appendBatch(log, ["b"]);
    expect(options.troubles).toEqual(["full", "full", "full"]);
    expect(await bodiesOf(log.read(1))).toEqual(["a", "b"]);
  });
});

describe("a disk that is full or read-only", () => {
  for (const code of ["ENOSPC", "EROFS", "EDQUOT"])
    it(`(${code}) makes the sync wait, keeps the order, and goes on when it is not`, async () => {
      const { disk, options, log } = await openOn();
      await appendBatch(log, batchOf(1, 2));
      failing(disk, ({ name }) => (name === "write" ? { code } : undefined));
      let resolved = false;
      const waiting = appendBatch(log, batchOf(3, 2)).then(() => {
        resolved = true;
      });
      const behind = appendBatch(log, batchOf(5, 2));
      while (options.troubles.length < 5) await new Promise((resolve) => setImmediate(resolve));
      expect(resolved).toBe(false);
      expect(log).toMatchObject({ head: 6, synced: 2 });
      expect(log.pendingBytes).toBeGreaterThan(0);
      expect(await bodiesOf(log.read(1))).toEqual(batchOf(1, 2));
      heal(disk);
      await Promise.all([waiting, behind]);
      expect(new Set(options.troubles)).toEqual(new Set(["full"]));
      expect(await bodiesOf(log.read(1))).toEqual(batchOf(1, 6));
      await log.close();
      expect(await verifyLog(options)).toMatchObject({ ok: true, records: 6 });
    });

  it("at the birth of a segment leaves no half segment behind", async () => {
    const { disk, options, log } = await openOn(createFakeDisk(), { segmentBytes: 600 });
    await appendBatch(log, batchOf(1, 3));
    for (const name of ["open", "write", "datasync", "rename", "syncDir"]) {
      let refused = 0;
      failing(disk, (call) => (call.name === name && refused++ < 4 ? { code: "ENOSPC" } : undefined));
      await appendBatch(log, batchOf(log.head + 1, 3));
    }
    expect(await bodiesOf(log.read(1))).toEqual(batchOf(1, 18));
    await log.close();
    expect(await verifyLog(options)).toMatchObject({ ok: true, records: 18 });
    expect(disk.paths().filter((path) => path.endsWith(".new"))).toEqual([]);
  });

  it("gets the ballast's room, and the ballast comes back when there is room again", async () => {
    const disk = createFakeDisk();
    disk.capacity = 100_000;
    const { options, log } = await openOn(disk, { ballastBytes: 20_000, segmentBytes: 8_192 });
    await appendBatch(log, ["first"]);
    while (!disk.paths().includes("/data/log/ballast")) await appendBatch(log, ["wait"]);
    await appendBatch(log, ["made"]);
    disk.capacity = disk.paths().reduce((sum, path) => sum + disk.bytes(path).length, 0) + 500;
    const before = log.head;
    while (!options.troubles.includes("full")) await appendBatch(log, [numbered(1, 400)]);
    expect(log.head).toBeGreaterThan(before);
    expect(disk.paths()).not.toContain("/data/log/ballast");
    const during = log.synced;
    await appendBatch(log, [numbered(2, 400)]);
    expect(log.synced).toBe(during + 1);
    disk.capacity = 10_000_000;
    options.time.now += 60_000;
    for (let n = 0; n < 100 && !disk.paths().includes("/data/log/ballast"); n++)
      await appendBatch(log, ["room"]);
    await log.close();
    expect(disk.paths()).toContain("/data/log/ballast");
  });

  it("keeps the ballast away while there is no room for it", async () => {
    const disk = createFakeDisk();
    disk.capacity = 15_000;
    const { log } = await openOn(disk, { ballastBytes: 20_000 });
    await appendBatch(log, ["a"]);
    await log.close();
    expect(disk.paths()).toEqual(["/data/log/00000000000000000001.spl"]);
  });
});

describe("a sync that fails", () => {
  it("is never tried again on that file: the batch goes to a new segment, nothing is lost", async () => {
    const { disk, options, log } = await openOn(createFakeDisk(seeded(1)), { chained: true });
    await appendBatch(log, batchOf(1, 3));
    let failed: number | null = null;
    const touched: string[] = [];
    failing(disk, ({ name, inode }) => {
      if (inode !== undefined && inode === failed && name !== "read") touched.push(name);
      if (name !== "datasync" || failed !== null) return undefined;
      failed = inode ?? 0;
      return { code: "EIO" };
    });
    await appendBatch(log, batchOf(4, 3));
    await appendBatch(log, batchOf(7, 3));
    expect(options.troubles).toEqual(["io"]);
    expect(new Set(touched)).toEqual(new Set(["close"]));
    expect(disk.paths().slice(0, 2)).toEqual([
      "/data/log/00000000000000000001.spl",
      "/data/log/00000000000000000004.spl",
    ]);
    expect(await bodiesOf(log.read(1))).toEqual(batchOf(1, 9));
    expect(await verifyLog(options)).toMatchObject({ ok: true, records: 9 });
    const again = await openLog({ ...options, disk: disk.crashed(() => 0) });
    expect(await bodiesOf(again.read(1))).toEqual(batchOf(1, 9));
  });

  it("again and again is tried again and again, in new files", async () => {
    const { disk, options, log } = await openOn(createFakeDisk(seeded(2)));
    await appendBatch(log, batchOf(1, 1));
    let left = 6;
    failing(disk, ({ name }) => (name === "datasync" && left-- > 0 ? { code: "EIO" } : undefined));
    await appendBatch(log, batchOf(2, 2));
    expect(options.troubles).toEqual(Array(6).fill("io"));
    expect(await bodiesOf(log.read(1))).toEqual(batchOf(1, 3));
    await log.close();
    expect(await verifyLog(options)).toMatchObject({ ok: true, records: 3 });
  });

  it("at the birth of the first segment loses nothing", async () => {
    const { disk, options, log } = await openOn(createFakeDisk(seeded(2)));
    let left = 2;
    failing(disk, ({ name }) => (name === "datasync" && left-- > 0 ? { code: "EIO" } : undefined));
    await appendBatch(log, batchOf(1, 2));
    expect(options.troubles).toEqual(["io", "io"]);
    expect(await bodiesOf(log.read(1))).toEqual(batchOf(1, 2));
  });

  it("because the disk took a part of a write counts the same: what was written through is not gone on with", async () => {
    const { disk, options, log } = await openOn();
    await appendBatch(log, batchOf(1, 1));
    let left = 1;
    failing(disk, ({ name }) => (name === "write" && left-- > 0 ? { atMost: 20 } : undefined));
    await appendBatch(log, batchOf(2, 1));
    expect(options.troubles).toEqual(["io"]);
    expect(disk.paths()).toHaveLength(2);
    expect(await bodiesOf(log.read(1))).toEqual(batchOf(1, 2));
  });

  it("because a write failed counts the same", async () => {
    const { disk, options, log } = await openOn();
    await appendBatch(log, batchOf(1, 1));
    let left = 1;
    failing(disk, ({ name }) => (name === "write" && left-- > 0 ? { code: "EIO" } : undefined));
    await appendBatch(log, batchOf(2, 1));
    expect(options.troubles).toEqual(["io"]);
    expect(disk.paths()).toHaveLength(2);
    expect(await bodiesOf(log.read(1))).toEqual(batchOf(1, 2));
  });
});

describe("a sync that takes long", () => {
  it("is said once, while it lasts, and resolves all the same", async () => {
    let due: (() => void) | null = null;
    const { disk, options, log } = await openOn(createFakeDisk(), {
      after: (ms: number, run: () => void) => {
        expect(ms).toBe(500);
        due = run;
        return () => {
          due = null;
        };
      },
    });
    await appendBatch(log, ["a"]);
    expect(due).toBeNull();
    let release = () => {};
    disk.before = ({ name }) =>
      name === "datasync" ? new Promise((resolve) => (release = () => resolve(undefined))) : undefined;
    const slow = appendBatch(log, ["b"]);
    while (due === null) await new Promise((resolve) => setImmediate(resolve));
    (due as () => void)();
    expect(options.troubles).toEqual(["slow"]);
    expect(log.synced).toBe(1);
    while (log.synced === 1) {
      release();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await slow;
    expect(options.troubles).toEqual(["slow"]);
    expect(due).toBeNull();
  });
});

describe("a wait between two tries", () => {
  it("is no slow sync", async () => {
    let watching = false;
    const waitedWhileWatching: boolean[] = [];
    const { disk, options, log } = await openOn(createFakeDisk(), {
      after: (ms: number, run: () => void) => {
        if (ms === 500) watching = true;
        else {
          waitedWhileWatching.push(watching);
          setImmediate(run);
        }
        return () => {
          if (ms === 500) watching = false;
        };
      },
    });
    let left = 3;
    failing(disk, ({ name }) => (name === "write" && left-- > 0 ? { code: "ENOSPC" } : undefined));
    await appendBatch(log, ["a"]);
    expect(options.troubles).toEqual(["full", "full", "full"]);
    expect(waitedWhileWatching).toEqual([false, false, false]);
  });
});

describe("closing", () => {
  it("writes what is pending first", async () => {
    const { options, log } = await openOn();
    for (const body of batchOf(1, 5)) log.append(1, Buffer.from(body));
    const synced = log.sync();
    await log.close();
    expect(await synced).toBe(5);
    expect(await bodiesOf((await openLog(options)).read(1))).toEqual(batchOf(1, 5));
  });

  it("gives up on a disk that takes nothing, and rejects who still waits", async () => {
    const { disk, options, log } = await openOn();
    await appendBatch(log, ["kept"]);
    failing(disk, ({ name }) => (name === "write" ? { code: "ENOSPC" } : undefined));
    const waiting = appendBatch(log, ["never"]);
    const rejected = expect(waiting).rejects.toThrow("closed");
    await log.close();
    await rejected;
    await expect(log.sync()).rejects.toThrow("closed");
    expect(() => log.append(1, Buffer.from("x"))).toThrow("must hold");
    heal(disk);
    expect(await bodiesOf((await openLog(options)).read(1))).toEqual(["kept"]);
  });

  it("twice is once", async () => {
    const { log } = await openOn();
    log.append(1, Buffer.from("last"));
    await Promise.all([log.close(), log.close()]);
    await log.close();
    expect(log.synced).toBe(1);
  });
});

describe("opening on a disk in trouble", () => {
  it("waits until what it found of the last batch is on disk again, and says why", async () => {
    const { disk, options, log } = await openOn();
    await appendBatch(log, batchOf(1, 2));
    const killed = disk.copy();
    let refused = 0;
    failing(killed, ({ name }) => (name === "write" && refused++ < 3 ? { code: "ENOSPC" } : undefined));
    const again = await openLog({ ...options, disk: killed });
    expect(options.troubles).toEqual(["full", "full", "full"]);
    expect(again.synced).toBe(2);
    expect(await bodiesOf(again.read(1))).toEqual(batchOf(1, 2));
  });

  it("does not need a disk that lets it tidy up", async () => {
    const { disk, options, log } = await openOn();
    await appendBatch(log, batchOf(1, 2));
    await appendBatch(log, batchOf(3, 2));
    const killed = disk.copy();
    failing(killed, ({ name }) => (name === "truncate" || name === "chmod" ? { code: "EROFS" } : undefined));
    const again = await openLog({ ...options, disk: killed });
    await appendBatch(again, batchOf(5, 1));
    expect(await bodiesOf(again.read(1))).toEqual(batchOf(1, 5));
    const third = await openLog({ ...options, disk: killed.copy() });
    expect(await bodiesOf(third.read(1))).toEqual(batchOf(1, 5));
  });
});
