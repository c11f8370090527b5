import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { BucketRow, RawRow, SeriesQuery } from "../../src/model/series.ts";
import { HOUR, MINUTE } from "../../src/model/time.ts";
import { openSeries, type Series } from "../../src/store/series.ts";

const T0 = Date.UTC(2026, 10, 21);
const POINT = "520523017311:safety:T1";
type Row = [t: number, v: number | null, s?: number, flags?: number];

let dir: string;
let series: Series;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "davylamp-series-"));
  series = await open();
});
afterEach(async () => {
  series.close();
  await rm(dir, { recursive: true });
});

const open = () => openSeries(join(dir, "series.db"));
const cursor = (spool: number) => ({ epoch: "e1", spool });

async function reopen(): Promise<void> {
  series.close();
  series = await open();
}

function append(rows: Row[], id = POINT): void {
  const number = series.number(id);
  for (const [t, v, s = 0, flags = 0] of rows) series.append(number, t, v ?? Number.NaN, s, flags);
}

const QUERY: SeriesQuery = { id: POINT, from: 0, to: 1e15, step: "raw", limit: 10_000, cursor: null };

function raw(query: Partial<SeriesQuery> = {}): RawRow[] {
  const answer = series.query({ ...QUERY, ...query });
  if (answer.step !== "raw") throw new Error("asked for raw");
  return [...answer.rows];
}

function minutes(query: Partial<SeriesQuery> = {}): BucketRow[] {
  const answer = series.query({ ...QUERY, ...query, step: "1m" });
  if (answer.step !== "1m") throw new Error("asked for minutes");
  return [...answer.rows];
}

const seconds = (n: number, from = 0): Row[] =>
  Array.from({ length: n }, (_, i): Row => [T0 + (from + i) * 1_000, ((from + i) % 100) / 100]);
const asRaw = ([t, v, s = 0, flags = 0]: Row): RawRow => ({ t, v, s, flags });

describe("a series", () => {
  it("gives back what was appended, before a flush, after it, and after a restart", async () => {
    const rows = seconds(1_500);
    append(rows);
    expect(raw()).toEqual(rows.map(asRaw));
    series.flush(cursor(7));
    expect(raw()).toEqual(rows.map(asRaw));
    await reopen();
    expect(series.cursor()).toEqual(cursor(7));
    expect(raw()).toEqual(rows.map(asRaw));
  });

  it("goes on in the chunk it had open, so that 512 rows are one chunk over three flushes", async () => {
    for (const part of [0, 1, 2]) {
      append(seconds(170, part * 170));
      series.flush(cursor(part));
      await reopen();
    }
    expect(series.openChunks).toBe(1);
    expect(raw()).toEqual(seconds(510).map(asRaw));
  });

  it("loses what was not flushed, and its cursor says so", async () => {
    append(seconds(600));
    series.flush(cursor(1));
    append(seconds(600, 600));
    await reopen();
    expect(series.cursor()).toEqual(cursor(1));
    expect(raw()).toHaveLength(600);
  });

  it("keeps a reading without a value, its state and its flags", async () => {
    append([[T0, null, 128, 8], [T0 + 1, 0.5, 4, 16]]); // biome-ignore format: two rows
    series.flush(cursor(1));
    await reopen();
    expect(raw()).toEqual([
      { t: T0, v: null, s: 128, flags: 8 },
      { t: T0 + 1, v: 0.5, s: 4, flags: 16 },
    ]);
  });

  it("does not mix points", () => {
    append(seconds(10));
    append([[T0, 9]], "520523017311:safety:T2");
    expect(raw()).toHaveLength(10);
    expect(raw({ id: "520523017311:safety:T2" })).toEqual([asRaw([T0, 9])]);
    expect(raw({ id: "520523017311:safety:T3" })).toEqual([]);
  });

  it("answers from ≤ t < to", () => {
    append(seconds(10));
    expect(raw({ from: T0 + 2_000, to: T0 + 5_000 }).map((row) => row.t)).toEqual(
      [2, 3, 4].map((n) => T0 + n * 1_000),
    );
  });

  it("stays open for a late row of six hours ago and finds it beside newer chunks", async () => {
    append(seconds(2_000));
    append([[T0 - 6 * HOUR, 0.9, 0, 4], [T0 + 500, 0.7, 0, 4]]); // biome-ignore format: two rows
    series.flush(cursor(1));
    await reopen();
    const times = raw({ limit: 3 }).map((row) => row.t);
    expect(times).toEqual([T0 - 6 * HOUR, T0, T0 + 500]);
    expect(raw({ from: T0 + 1, to: T0 + 1_000 })).toEqual([asRaw([T0 + 500, 0.7, 0, 4])]);
  });

  it("has a row once that came twice, live or late, whatever was flushed between", async () => {
    append(seconds(600));
    series.flush(cursor(1));
    append(seconds(600));
    append([[T0 + 599_000, 0.99]]);
    series.flush(cursor(2));
    append(seconds(5, 3));
    expect(raw()).toEqual(seconds(600).map(asRaw));
    expect(minutes()[0]).toMatchObject({ n: 60 });
  });

  it("keeps both rows of one time with another value or state, in order of arrival", async () => {
    append([[T0, 0.2], [T0, 0.1], [T0 + 1, 0.3], [T0, 0.05], [T0, 0.2, 4]]); // biome-ignore format: rows
    series.flush(cursor(1));
    await reopen();
    expect(raw().map(({ v, s }) => [v, s])).toEqual([[0.2, 0], [0.1, 0], [0.05, 0], [0.2, 4], [0.3, 0]]); // biome-ignore format: rows
  });

  it("gives a late row of a time behind those that came in order, whichever chunk is older", () => {
    append([[T0, 0.1], [T0 - 1_000, 0.2, 0, 4]]); // biome-ignore format: rows
    append(seconds(600, 1));
    append([[T0 + 599_000, 0.77, 0, 4]]);
    const last = raw().filter((row) => row.t === T0 + 599_000);
    expect(last.map((row) => row.v)).toEqual([0.99, 0.77]);
  });

  it("is right whatever comes in whatever order, with flushes and restarts between", async () => {
    const row = fc.tuple(
      fc.oneof(
        fc.nat(50).map((n) => T0 + n * 1_000),
        fc.nat(20).map((n) => T0 + n * HOUR),
      ),
      fc.constantFrom(0.1, 0.2, null),
      fc.constantFrom(0, 4),
    );
    const step = fc.oneof(
      { weight: 20, arbitrary: fc.array(row, { minLength: 1, maxLength: 40 }) },
      { weight: 2, arbitrary: fc.constant("flush" as const) },
      { weight: 1, arbitrary: fc.constant("restart" as const) },
    );
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 40 }),
        fc.integer({ min: 1, max: 50 }),
        async (steps, limit) => {
          const id = `p${run++}`;
          const all: Row[] = [];
          for (const one of steps) {
            if (one === "flush") series.flush(cursor(run));
            else if (one === "restart") {
              series.flush(cursor(run));
              await reopen();
            } else {
              append(one, id);
              all.push(...one);
            }
          }
          expect(pages(id, limit)).toEqual(naive(all));
        },
      ),
      { numRuns: 60 },
    );
  });
});

/** Every page of a query, one after another. */
function pages(id: string, limit: number): RawRow[] {
  const rows: RawRow[] = [];
  let next: string | null = null;
  do {
    const answer = series.query({ ...QUERY, id, limit, cursor: next });
    if (answer.step === "raw") rows.push(...answer.rows);
    expect(answer.rows.length).toBeLessThanOrEqual(limit);
    next = answer.next;
  } while (next !== null);
  return rows;
}

/** The rows by time, then arrival; repeats once. */
function naive(rows: Row[]): RawRow[] {
  const seen = new Set<string>();
  const first = rows.filter((row) => {
    const key = JSON.stringify(row);
    return !seen.has(key) && seen.add(key);
  });
  return first.toSorted((a, b) => a[0] - b[0]).map(asRaw);
}

describe("pages of raw rows", () => {
  it("neither repeat nor skip a row while new ones come between two pages", () => {
    append(seconds(100));
    const first = series.query({ ...QUERY, limit: 30 });
    append([[T0 + 500, 9], [T0 + 29_000, 9], [T0 + 60_500, 9]]); // biome-ignore format: rows
    append(seconds(10, 100));
    const rest = series.query({ ...QUERY, cursor: first.next });
    const times = [...first.rows, ...rest.rows].map((row) => row.t - T0);
    expect(times.filter((t) => t % 1_000 === 0 && t !== 29_000)).toEqual(
      seconds(110)
        .map(([t]) => t - T0)
        .filter((t) => t !== 29_000),
    );
    expect(rest.rows[0]).toEqual(asRaw([T0 + 29_000, 9]));
    expect(times).toContain(60_500);
  });
});

describe("minutes of a series", () => {
  it("have the least and the greatest value with their moments, and the mean", () => {
    append([[T0 + 1_000, 0.5], [T0 + 2_000, 0.2], [T0 + 3_000, 1.4], [T0 + 4_000, 1.4], [T0 + 5_000, 0.2]]); // biome-ignore format: rows
    expect(minutes()).toEqual([
      { t: T0, n: 5, min: 0.2, minAt: T0 + 2_000, max: 1.4, maxAt: T0 + 3_000, avg: 3.7 / 5, s: 0 },
    ]);
  });

  it("leave a gap where there was no row", () => {
    append([[T0, 1], [T0 + 5 * MINUTE, 2]]); // biome-ignore format: rows
    expect(minutes().map((row) => row.t)).toEqual([T0, T0 + 5 * MINUTE]);
  });

  it("count a value of an unknown state, but do not let it be least or greatest", () => {
    append([[T0, 0.5], [T0 + 1, 9, 128], [T0 + 2, null, 8], [T0 + MINUTE, 7, 64]]); // biome-ignore format: rows
    expect(minutes()).toEqual([
      { t: T0, n: 3, min: 0.5, minAt: T0, max: 0.5, maxAt: T0, avg: 0.5, s: 136 },
      { t: T0 + MINUTE, n: 1, min: null, minAt: null, max: null, maxAt: null, avg: null, s: 64 },
    ]);
  });

  it("come in pages that together are the whole", () => {
    append(seconds(1_000));
    const all = minutes();
    let next: string | null = null;
    const paged: BucketRow[] = [];
    do {
      const answer = series.query({ ...QUERY, step: "1m", limit: 3, cursor: next });
      if (answer.step === "1m") paged.push(...answer.rows);
      next = answer.next;
    } while (next !== null);
    expect(all).toHaveLength(17);
    expect(paged).toEqual(all);
  });
});
