import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { watchFolder } from "../../src/lib/watch-folder.ts";

let dir = "";
let close = () => {};
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "davylamp-watch-"));
  mkdirSync(join(dir, "rules"));
  writeFileSync(join(dir, "rules", "a.yaml"), "a");
});
afterEach(() => {
  close();
  rmSync(dir, { recursive: true });
});

/** Counts the changes told of, and waits for the n-th. */
function follow(more: Partial<Parameters<typeof watchFolder>[0]> = {}) {
  let told = 0;
  let wake = () => {};
  const isOurs = (name: string) => name.endsWith(".yaml");
  const watcher = watchFolder({
    dir,
    isOurs,
    settleMs: 40,
    pollMs: 30,
    changed: () => {
      told++;
      wake();
    },
    ...more,
  });
  close = watcher.close;
  return {
    ready: watcher.ready,
    count: () => told,
    async reached(n: number): Promise<void> {
      while (told < n)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    },
  };
}

const silent = (() => {
  throw new Error("this file system tells nothing");
}) as never;

describe.each([
  ["by what the system tells", {}],
  ["by looking, where the system tells nothing", { tell: silent }],
])("a folder that is watched %s", (_, more) => {
  it("is told of once when several files change at once, also in folders below", async () => {
    const watched = follow(more);
    await watched.ready;
    writeFileSync(join(dir, "rules", "a.yaml"), "changed");
    writeFileSync(join(dir, "b.yaml"), "new");
    await watched.reached(1);
    rmSync(join(dir, "b.yaml"));
    await watched.reached(2);
    expect(watched.count()).toBe(2);
  });
});

describe("a folder that is watched", () => {
  it("has changes that are none of ours, and none once it is closed", async () => {
    const watched = follow();
    await watched.ready;
    writeFileSync(join(dir, "notes.txt"), "x");
    await wait(200);
    expect(watched.count()).toBe(0);
    close();
    writeFileSync(join(dir, "b.yaml"), "new");
    await wait(200);
    expect(watched.count()).toBe(0);
  });
});
