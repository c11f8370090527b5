import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Disk, nodeDisk } from "../../src/log/disk.ts";
import { createSnapshots, type Snapshots } from "../../src/log/snapshot.ts";

const HOUR = 3_600_000;

describe("world snapshots", () => {
  let dir: string;
  const skipped: string[] = [];
  const open: Snapshots[] = [];

  const snapshots = (engineVersion = "7", disk: Disk = nodeDisk): Snapshots => {
    const made = createSnapshots({
      dir: join(dir, "snapshots"),
      disk,
      engineVersion,
      onSkipped: (_file, why) => skipped.push(why),
    });
    open.push(made);
    return made;
  };
  const header = (spoolSeq: number, now = spoolSeq * 1_000) => ({
    spoolSeq,
    journalSeq: spoolSeq * 2,
    configHash: "abc",
    now,
  });

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "davylamp-"));
    skipped.length = 0;
  });
  afterEach(async () => {
    for (const one of open.splice(0)) await one.close();
    rmSync(dir, { recursive: true });
  });

  it("give back the image with typed columns, maps and odd numbers as they were", async () => {
    const image = {
      points: { t: Float64Array.of(1.5, Number.NaN, -0), s: new Uint32Array(5) },
      alarms: new Map([["a", { level: "red", since: 3 }]]),
      limits: [Number.POSITIVE_INFINITY, undefined, null],
    };
    const before = structuredClone(image);
    const all = snapshots();
    await all.write(header(10), image);
    expect(await all.newest()).toEqual({ header: header(10), image: before });
  });

  it("move the columns out of the image instead of copying them", async () => {
    const image = { columns: { v: new Float64Array(1000) } };
    await snapshots().write(header(1), image);
    expect(image.columns.v.length).toBe(0);
  });

  it("refuse an image whose columns were given away before, and take the next one", async () => {
    const image = { columns: { v: new Float64Array(1000) } };
    const all = snapshots();
    await all.write(header(1), image);
    await expect(all.write(header(2), image)).rejects.toThrow();
    await all.write(header(3), "whole");
    expect((await all.newest())?.image).toBe("whole");
  });

  it("are none in a folder that does not exist", async () => {
    expect(await snapshots().newest()).toBeNull();
  });

  it("fall back to the one before when any byte of the newest has changed", async () => {
    const all = snapshots();
    await all.write(header(10), { n: 1 });
    const path = await all.write(header(20), { n: 2 });
    const good = readFileSync(path);
    for (let at = 0; at < good.length; at++) {
      const bad = Buffer.from(good);
      bad[at]! ^= 1 << (at % 8);
      writeFileSync(path, bad);
      expect((await all.newest())?.image).toEqual({ n: 1 });
    }
    expect(skipped).toHaveLength(good.length);
    for (const length of [0, 5, 15, 16, good.length - 1]) {
      writeFileSync(path, good.subarray(0, length));
      expect((await all.newest())?.image).toEqual({ n: 1 });
    }
  });

  it("of another engine version are passed over, and said so", async () => {
    await snapshots("7").write(header(10), { n: 1 });
    await snapshots("8").write(header(20), { n: 2 });
    expect((await snapshots("7").newest())?.image).toEqual({ n: 1 });
    expect(skipped).toEqual(["written by engine version 8"]);
  });

  it("are kept: the two newest, and the last of each hour that the spool still reaches", async () => {
    const all = snapshots();
    for (const [seq, minutes] of [
      [10, 5],
      [20, 30],
      [30, 65],
      [40, 110],
      [50, 125],
      [60, 130],
      [70, 135],
      [80, 140],
    ] as const)
      await all.write(header(seq, minutes * 60_000 + 100 * HOUR), seq);
    await all.retain(22);
    expect((await all.list()).map(({ spoolSeq }) => spoolSeq)).toEqual([40, 70, 80]);
  });

  it("leave the older one the newest when the disk refuses, and go on when it takes them again", async () => {
    let refuse = false;
    const all = snapshots("7", {
      ...nodeDisk,
      async open(path, how) {
        const file = await nodeDisk.open(path, how);
        return {
          ...file,
          write: (buffer, offset, length, position) =>
            refuse ? Promise.resolve(0) : file.write(buffer, offset, Math.ceil(length / 2), position),
        };
      },
    });
    await all.write(header(10), "first");
    refuse = true;
    await expect(all.write(header(20), "second")).rejects.toThrow("took no byte");
    expect((await all.newest())?.image).toBe("first");
    refuse = false;
    await all.write(header(30), "third");
    expect((await all.newest())?.image).toBe("third");
    expect(readdirSync(join(dir, "snapshots")).filter((name) => name.endsWith(".new"))).toEqual([]);
  });
});
