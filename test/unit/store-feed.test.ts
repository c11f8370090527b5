import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { LogRecord } from "../../src/log/read-log.ts";
import type { SeriesRows } from "../../src/model/series.ts";
import { createFeed, type FeedOptions } from "../../src/store/feed.ts";
import { openSeries, type Series } from "../../src/store/series.ts";

const T0 = Date.UTC(2026, 10, 21);
let dir: string;
let series: Series;
let troubles: string[];
/** The disk takes no flush while this is set. */
let isFull: boolean;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "davylamp-feed-"));
  series = await openSeries(join(dir, "series.db"));
  troubles = [];
  isFull = false;
});
afterEach(async () => {
  series.close();
  await rm(dir, { recursive: true });
});

function feedOf(options: Partial<FeedOptions>) {
  const real = series;
  const onFullDisk: Series = {
    ...real,
    get unsaved() {
      return real.unsaved;
    },
    flush(cursor) {
      if (isFull) throw new Error("database or disk is full");
      real.flush(cursor);
    },
  };
  return createFeed({
    series: onFullDisk,
    spool: { read: async function* () {} },
    epoch: "e1",
    onBatch: () => {},
    onPosition: () => {},
    onTrouble: (code, detail) => troubles.push(`${code}: ${detail}`),
    wait: () => new Promise(setImmediate),
    ...options,
  });
}

const rows = (n: number, from = 0): SeriesRows => ({
  n,
  slots: new Uint32Array(n),
  t: Float64Array.from({ length: n }, (_, i) => T0 + from + i),
  v: new Float64Array(n).fill(0.5),
  s: new Uint32Array(n),
  flags: new Uint8Array(n),
});

const stored = () =>
  series.query({ id: "p", from: 0, to: 1e15, step: "raw", limit: 10_000, cursor: null }).rows.length;

describe("a feed whose disk is full", () => {
  it("keeps the rows, leaves the cursor, says so, and says when it is well again", () => {
    const feed = feedOf({});
    feed.names([{ slot: 0, id: "p" }]);
    feed.rows({ spoolFrom: 1, spoolTo: 4, rows: rows(10) });
    isFull = true;
    expect(feed.flush()).toBe(false);
    expect([feed.saved, feed.position, stored()]).toEqual([0, 4, 10]);
    isFull = false;
    expect(feed.flush()).toBe(true);
    expect([feed.saved, series.cursor()?.spool, stored()]).toEqual([4, 4, 10]);
    expect(troubles.map((one) => one.split(":")[0])).toEqual(["io", "recovered"]);
  });

  it("takes no more than four flushes' worth, and goes on where it stopped", async () => {
    let taken = 0;
    const feed = feedOf({ flushRows: 10, onBatch: () => taken++ });
    feed.names([{ slot: 0, id: "p" }]);
    isFull = true;
    for (let seq = 1; seq <= 8; seq++) {
      feed.rows({ spoolFrom: seq, spoolTo: seq, rows: rows(10, seq * 10) });
    }
    await new Promise(setImmediate);
    expect([taken, series.unsaved]).toEqual([4, 40]);
    isFull = false;
    while (taken < 8) await new Promise(setImmediate);
    expect([feed.position, stored()]).toEqual([8, 80]);
  });
});

describe("a feed whose spool has dropped records it had not read", () => {
  const tick = (seq: number): LogRecord => ({ seq, type: 3, flags: 0, body: Buffer.alloc(0) });

  it("names what is gone, once, and reads on", async () => {
    series.flush({ epoch: "e1", spool: 5 });
    let reached = () => {};
    const feed = feedOf({
      spool: {
        read: async function* (from) {
          expect(from).toBe(6);
          yield [tick(9), tick(10)];
        },
      },
      onPosition: () => feed.position === 10 && reached(),
    });
    const done = new Promise<void>((resolve) => {
      reached = resolve;
    });
    feed.catchUp(10);
    await done;
    expect(troubles).toEqual(["gap: spool records 6 to 8 are gone: not in series"]);
  });
});
