import { describe, expect, it } from "vitest";
import type { Disk, DiskFile } from "../../src/log/disk.ts";
import { crashLog, type Plan } from "../support/crash-log.ts";

/** A disk with each file's calls changed. */
const withFiles =
  (change: (file: DiskFile) => Partial<DiskFile>) =>
  (disk: Disk): Disk => ({
    ...disk,
    async open(path, how) {
      const file = await disk.open(path, how);
      return { ...file, ...change(file) };
    },
  });

const BUGS: Record<string, { faults: Plan["faults"]; bug: (disk: Disk) => Disk }> = {
  "a sync that is skipped": { faults: "none", bug: withFiles(() => ({ datasync: async () => {} })) },
  "a write through that is none": {
    faults: "none",
    bug: (disk) => ({ ...disk, open: (path, how) => disk.open(path, how === "through" ? "append" : how) }),
  },
  "a folder that is not synced": { faults: "none", bug: (disk) => ({ ...disk, syncDir: async () => {} }) },
  "a sync that is tried again on the same file": {
    faults: "eio",
    bug: withFiles((file) => ({ datasync: () => file.datasync().catch(() => file.datasync()) })),
  },
  "short writes that are ignored": {
    faults: "short",
    bug: withFiles((file) => ({
      write: async (buffer, offset, length, position) => {
        await file.write(buffer, offset, length, position);
        return length;
      },
    })),
  },
};

describe("a log on a disk that loses power at every call", () => {
  let images = 0;
  for (const faults of ["none", "short", "eio", "full", "all"] as const)
    for (const chained of [false, true])
      it(`keeps what it acknowledged and invents nothing (faults: ${faults}, ${chained ? "chained" : "plain"})`, async () => {
        for (const [seed, preallocate] of [true, false].entries()) {
          const result = await crashLog({ seed, chained, preallocate, faults, imagesPerCall: 8 });
          expect(result.wrong).toEqual([]);
          images += result.images;
        }
      });

  it("was tried with thousands of images", () => {
    console.log(`${images} crash images recovered`);
    expect(images).toBeGreaterThan(5_000);
  });
});

describe("the same run with a planted bug", () => {
  for (const [name, { faults, bug }] of Object.entries(BUGS))
    it(`is caught: ${name}`, async () => {
      let wrong = 0;
      for (let seed = 1; seed <= 8 && wrong === 0; seed++)
        wrong += (await crashLog({ seed, chained: false, preallocate: true, faults, bug })).wrong.length;
      expect(wrong).toBeGreaterThan(0);
    });
});
