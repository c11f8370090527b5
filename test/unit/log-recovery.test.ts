import { describe, expect, it } from "vitest";
import { decodeHeader, encodeHeader, HEADER_BYTES, NO_LINK, seal } from "../../src/log/frame.ts";
import { CorruptLog, openLog, readLog, verifyLog } from "../../src/log/segment-log.ts";
import { seeded } from "../support/crash-images.ts";
import { createFakeDisk, type FakeDisk } from "../support/fake-disk.ts";
import { appendBatch, bodiesOf, logOptions } from "../support/log-options.ts";

const json = (n: number, size = 40) => JSON.stringify({ n, text: "甲烷".repeat(size / 4) });

/** A log of these batches whose process was killed: its last segment is not closed. */
async function killed(batches: readonly (readonly (string | Buffer)[])[], own = {}) {
  const disk = createFakeDisk();
  const options = logOptions(disk, own);
  const log = await openLog(options);
  for (const batch of batches) await appendBatch(log, batch);
  const path = disk.paths().findLast((name) => name.endsWith(".spl"))!;
  return { options, path, end: writtenEnd(disk.bytes(path)), disk: disk.copy() };
}

function writtenEnd(bytes: Buffer): number {
  let end = bytes.length;
  while (bytes[end - 1] === 0) end -= 1;
  return end;
}

const flipped = (bytes: Buffer, at: number, bit: number): Buffer => {
  const changed = Buffer.from(bytes);
  changed[at]! ^= 1 << bit;
  return changed;
};

const readBack = async (disk: FakeDisk, options: ReturnType<typeof logOptions>) => {
  const log = await openLog({ ...options, disk });
  const bodies = await bodiesOf(log.read(1));
  await log.close();
  return bodies;
};

describe("a last segment that was not closed", () => {
  const batches = [[json(1), json(2)], [json(3, 300)], [json(4), json(5, 200), json(6)]];
  const all = batches.flat().map((body) => Buffer.from(body, "latin1").toString("latin1"));

  for (const kind of ["cut off", "zeros"] as const)
    it(`that ends at any byte (${kind}) is recovered to its longest valid prefix, which is said`, async () => {
      const { disk, options, path, end } = await killed(batches);
      const whole = disk.bytes(path);
      const first = HEADER_BYTES + 18 + all[0]!.length;
      for (let at = first; at <= end; at++) {
        const image = disk.copy();
        image.setBytes(
          path,
          kind === "zeros"
            ? Buffer.concat([whole.subarray(0, at), Buffer.alloc(whole.length - at)])
            : whole.subarray(0, at),
        );
        options.troubles.length = 0;
        let left = at - HEADER_BYTES;
        let count = 0;
        while (count < all.length && left >= 18 + all[count]!.length) left -= 18 + all[count++]!.length;
        expect(await readBack(image, options)).toEqual(all.slice(0, count));
        expect(options.troubles).toEqual(
          left > 0 && whole.subarray(at - left, at).some((byte) => byte !== 0) ? ["recovered"] : [],
        );
        expect(await readBack(image, options)).toEqual(all.slice(0, count));
      }
    });

  it("says how many bytes of which record it left out", async () => {
    const { disk, options, path, end } = await killed(batches);
    disk.setBytes(path, disk.bytes(path).subarray(0, end - 1));
    const said: string[] = [];
    await openLog({ ...options, disk, onTrouble: (_, detail) => said.push(detail) });
    expect(said).toEqual([
      expect.stringMatching(/00001\.spl: \d+ bytes of a torn write behind record 5 left out$/),
    ]);
  });

  it("that has any bit of its records turned is corrupt, never silently shorter", async () => {
    const { disk, options, path, end } = await killed(batches);
    const whole = disk.bytes(path);
    for (let at = 0; at < end; at++)
      for (let bit = 0; bit < 8; bit++) {
        disk.setBytes(path, flipped(whole, at, bit));
        const error = await openLog({ ...options, disk: disk.copy() }).then(
          () => null,
          (reason: unknown) => reason,
        );
        expect(error, `byte ${at} bit ${bit}`).toBeInstanceOf(CorruptLog);
        expect((error as CorruptLog).file).toBe(path);
        expect((error as CorruptLog).offset).toBeLessThanOrEqual(at);
      }
  });

  it("that has a bit turned in bodies full of zeros is corrupt too", async () => {
    const random = seeded(7);
    const zeros = [1, 2, 3].map(() =>
      Buffer.concat([Buffer.from([1 + random(255)]), Buffer.alloc(1_500), Buffer.from([0x7d])]),
    );
    const { disk, options, path, end } = await killed([zeros], { segmentBytes: 8192 });
    const whole = disk.bytes(path);
    for (let at = HEADER_BYTES; at < end; at += 1 + random(3)) {
      disk.setBytes(path, flipped(whole, at, random(8)));
      await expect(openLog({ ...options, disk: disk.copy() }), `byte ${at}`).rejects.toThrow(CorruptLog);
    }
  });

  it("whose last record was overwritten in part is corrupt: a power loss leaves zeros, not other bytes", async () => {
    const { disk, options, path, end } = await killed(batches);
    const whole = disk.bytes(path);
    for (let at = end - 60; at < end - 20; at++) {
      disk.setBytes(
        path,
        Buffer.concat([whole.subarray(0, at), Buffer.from("other bytes"), whole.subarray(at + 11)]),
      );
      await expect(openLog({ ...options, disk: disk.copy() }), `byte ${at}`).rejects.toThrow(
        "was not torn by a power loss",
      );
    }
  });

  it("that lost a sector of an earlier batch is corrupt: a later batch proves that it was synced", async () => {
    const { disk, options, path } = await killed([[json(1)], [json(2, 2_000)], [json(3)]], {
      segmentBytes: 16_384,
    });
    disk.setBytes(path, disk.bytes(path).fill(0, 512, 1024));
    await expect(openLog({ ...options, disk })).rejects.toThrow("record 3 of a later batch follows");
    expect(await verifyLog({ ...options, disk })).toMatchObject({ ok: false, seq: 2, file: path });
  });

  it("that lost a sector of its last batch is torn: no promise was made on it", async () => {
    const { disk, options, path } = await killed([[json(1)], [json(2, 2_000), json(3)]], {
      segmentBytes: 16_384,
    });
    disk.setBytes(path, disk.bytes(path).fill(0, 512, 1024));
    expect(await readBack(disk, options)).toHaveLength(1);
    expect(options.troubles).toEqual(["recovered"]);
  });

  it("is not fooled by a torn record whose body holds the image of a frame", async () => {
    const forged = await killed([[json(1)], [json(2)], [json(3)], [json(4)]]);
    const image = forged.disk.bytes(forged.path).subarray(HEADER_BYTES, forged.end);
    const { disk, options, path } = await killed([
      [json(1)],
      [Buffer.concat([Buffer.alloc(900, 0x61), image])],
    ]);
    disk.setBytes(path, disk.bytes(path).fill(0, 512, 1024));
    expect(await readBack(disk, options)).toHaveLength(1);
  });

  it("gets its last batch written anew before anyone hears of it, since a failed sync may have left it in memory only", async () => {
    const disk = createFakeDisk();
    const options = logOptions(disk);
    const log = await openLog(options);
    await appendBatch(log, ["synced"]);
    let failed = false;
    disk.before = ({ name }) => {
      if (failed) return new Promise(() => {});
      if (name !== "datasync") return undefined;
      failed = true;
      return { code: "EIO" };
    };
    log.append(1, Buffer.from("only in memory"));
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    expect(failed).toBe(true);
    const restarted = disk.copy();
    expect(await readBack(restarted, options)).toEqual(["synced", "only in memory"]);
    expect(
      await readBack(
        restarted.crashed(() => 0),
        options,
      ),
    ).toEqual(["synced", "only in memory"]);
  });

  it("leaves nothing behind of what was in the making", async () => {
    const { disk, options } = await killed([[json(1)]]);
    await disk.open("/data/log/next.spl.new", "create");
    await disk.open("/data/log/spare.spl.new", "create");
    const log = await openLog({ ...options, disk });
    expect(disk.paths()).toEqual(["/data/log/00000000000000000001.spl"]);
    await log.close();
  });
});

describe("closed segments", () => {
  const batches = Array.from({ length: 6 }, (_, n) => [json(n * 2 + 1), json(n * 2 + 2)]);

  async function closed(chained: boolean) {
    const disk = createFakeDisk();
    const options = logOptions(disk, { chained, segmentBytes: 250 });
    const log = await openLog(options);
    for (const batch of batches) await appendBatch(log, batch);
    await log.close();
    return { disk, options, paths: disk.paths() };
  }

  for (const chained of [false, true])
    it(`are found out by verify when any bit of them is turned (${chained ? "chained" : "plain"})`, async () => {
      const { disk, options, paths } = await closed(chained);
      expect(paths.length).toBeGreaterThan(3);
      expect(await verifyLog(options)).toEqual({ ok: true, records: 12, segments: paths.length });
      const path = paths[1]!;
      const whole = disk.bytes(path);
      for (let at = 0; at < whole.length; at++)
        for (let bit = 0; bit < 8; bit++) {
          disk.setBytes(path, flipped(whole, at, bit));
          const verdict = await verifyLog(options);
          expect(verdict, `byte ${at} bit ${bit}`).toMatchObject({ ok: false, file: path });
          if (!verdict.ok) expect(verdict.offset).toBeLessThanOrEqual(at);
        }
    });

  it("are found out when bytes are added, cut off or exchanged for other bytes", async () => {
    const { disk, options, paths } = await closed(false);
    for (const path of paths) {
      const whole = disk.bytes(path);
      const changes = [
        Buffer.concat([whole, Buffer.alloc(1)]),
        Buffer.concat([whole, Buffer.from("more")]),
        whole.subarray(0, -1),
        whole.subarray(0, HEADER_BYTES),
        Buffer.alloc(whole.length),
        Buffer.alloc(0),
      ];
      for (const change of changes) {
        disk.setBytes(path, change);
        expect(await verifyLog(options)).toMatchObject({ ok: false, file: path });
      }
      disk.setBytes(path, whole);
    }
    expect(await verifyLog(options)).toMatchObject({ ok: true });
  });

  it("are found out by the chain when a record is rewritten with a right checksum", async () => {
    const { disk, options, paths } = await closed(true);
    for (const path of paths.slice(0, -1)) {
      const whole = disk.bytes(path);
      const header = decodeHeader(whole);
      if ("why" in header) throw new Error(header.why);
      const last = lastFrame(whole);
      const changed = Buffer.from(whole);
      changed[changed.length - 2]! ^= 1;
      seal(changed.subarray(last), header.salt, null);
      disk.setBytes(path, changed);
      const verdict = await verifyLog(options);
      expect(verdict).toMatchObject({ ok: false, why: "the header does not name the record before it" });
      disk.setBytes(path, whole);
    }
  });

  it("are missed by name at the opening", async () => {
    const { disk, options, paths } = await closed(false);
    await disk.unlink(paths[2]!);
    await expect(openLog(options)).rejects.toThrow("is missing");
    expect(await verifyLog(options)).toMatchObject({
      ok: false,
      file: paths[3],
      why: expect.stringContaining("missing"),
    });
  });

  it("are strict at the opening: the last one has a fault or it has not", async () => {
    const { disk, options, paths } = await closed(false);
    const path = paths.at(-1)!;
    const whole = disk.bytes(path);
    for (let at = 0; at < whole.length; at++) {
      disk.setBytes(path, flipped(whole, at, at % 8));
      await expect(openLog({ ...options, disk: disk.copy() })).rejects.toThrow(CorruptLog);
    }
    disk.setBytes(path, whole.subarray(0, -3));
    await expect(openLog({ ...options, disk: disk.copy() })).rejects.toThrow(CorruptLog);
  });

  it("of which one rots while the log is open stop the reader, with a trouble", async () => {
    const { disk, options, paths } = await closed(false);
    const log = await openLog(options);
    disk.setBytes(paths[1]!, flipped(disk.bytes(paths[1]!), 100, 3));
    await expect(bodiesOf(log.read(1))).rejects.toThrow(CorruptLog);
    expect(options.troubles).toEqual(["corrupt"]);
  });

  it("of another log are refused", async () => {
    const { options } = await closed(true);
    await expect(openLog({ ...options, kind: 2 })).rejects.toThrow("it belongs to another log (kind 1)");
    await expect(openLog({ ...options, chained: false })).rejects.toThrow("another log");
    expect(await verifyLog({ ...options, chained: false })).toMatchObject({
      ok: false,
      why: "it is chained",
    });
  });

  it("of a later format are refused by name", async () => {
    const { disk, options, paths } = await closed(false);
    const bytes = disk.bytes(paths[0]!);
    bytes[4] = 9;
    const { crc32 } = await import("node:zlib");
    bytes.writeUInt32LE(crc32(bytes.subarray(0, 60)), 60);
    disk.setBytes(paths[0]!, bytes);
    await expect(openLog(options)).rejects.toThrow("format version 9 is not known here");
  });

  it("that a crash kept from being cut are cut at the next opening", async () => {
    const { disk, options, paths } = await closed(true);
    const path = paths[1]!;
    const whole = disk.bytes(path);
    await disk.chmod(path, 0o644);
    disk.setBytes(path, Buffer.concat([whole, Buffer.alloc(300)]));
    expect(await verifyLog(options)).toMatchObject({ ok: true });
    const log = await openLog(options);
    expect(disk.bytes(path)).toEqual(whole);
    expect((await disk.stat(path)).mode & 0o222).toBe(0);
    expect(await bodiesOf(log.read(1))).toHaveLength(12);
    expect(await bodiesOf(readLog(options, 3, 5), 3)).toHaveLength(3);
  });
});

describe("a segment header", () => {
  it("says what it was given, in 64 bytes", () => {
    const header = {
      kind: 5,
      chained: true,
      createdAt: 1_763_000_000_123,
      first: 2 ** 40 + 7,
      previousFirst: 2 ** 33,
      epoch: "8f14e45f-ceea-467f-a0e6-8f14e45fceea",
      link: Buffer.alloc(16, 3),
      salt: 0xfedcba98,
    };
    const bytes = encodeHeader(header);
    expect(bytes.length).toBe(HEADER_BYTES);
    expect(decodeHeader(bytes)).toEqual(header);
    expect(decodeHeader(encodeHeader({ ...header, chained: false, link: NO_LINK }))).toMatchObject({
      kind: 5,
      chained: false,
    });
  });
});

function lastFrame(bytes: Buffer): number {
  let at = HEADER_BYTES;
  for (;;) {
    const next = at + bytes.readUInt32LE(at) + 8;
    if (next >= bytes.length) return at;
    at = next;
  }
}
