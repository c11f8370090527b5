import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { BucketRow, BucketStep, SeriesQuery } from "../../src/model/series.ts";
import { BUCKET_MS } from "../../src/model/series.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../../src/model/time.ts";
import type { SeriesRetention } from "../../src/store/api.ts";
import { decodeRollup, encodeRollup } from "../../src/store/rollup-codec.ts";
import { openSeries, type Series } from "../../src/store/series.ts";
import { addToBucket, type Bucket, emptyBucket } from "../../src/wire/series-buckets.ts";

const DAY0 = Date.UTC(2026, 0, 1);
const POINT = "520523017311:safety:T1";
const EVER: SeriesRetention = { rows: Infinity, buckets: Infinity, bytes: Infinity };

let dir: string;
let open: Series[] = [];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "davylamp-rollups-"));
  open = [];
});
afterEach(async () => {
  for (const series of open) series.close();
  await rm(dir, { recursive: true });
});

async function openAt(name: string, retention = EVER): Promise<Series> {
  const series = await openSeries(join(dir, name), retention);
  open.push(series);
  return series;
}

type Row = readonly [t: number, v: number, s: number];

function append(series: Series, rows: readonly Row[], id = POINT): void {
  const number = series.number(id);
  for (const [t, v, s] of rows) series.append(number, t, v, s, 0);
}

let spool = 0;
const flush = (series: Series) => series.flush({ epoch: "e1", spool: ++spool });

function tend(series: Series, now: number): number {
  let pieces = 0;
  while (series.tend(now)) if (++pieces > 100_000) throw new Error("it never ends");
  return pieces;
}

function ask(series: Series, step: BucketStep, query: Partial<SeriesQuery> = {}): BucketRow[] {
  const rows: BucketRow[] = [];
  let cursor: string | null = null;
  do {
    const answer = series.query({ id: POINT, from: 0, to: 1e15, step, limit: 10_000, cursor, ...query });
    if (answer.step === "raw") throw new Error("asked for buckets");
    rows.push(...answer.rows);
    cursor = query.limit === undefined ? answer.next : null;
  } while (cursor !== null);
  return rows;
}

/** Sums of the same numbers in another order differ in their last digits. */
const rounded = (rows: readonly BucketRow[]) =>
  rows.map((row) => ({ ...row, avg: row.avg === null ? null : Math.round(row.avg * 1e6) / 1e6 }));

const hours = (n: number, from: number, value = (i: number) => (i % 7) / 10): Row[] =>
  Array.from({ length: n }, (_, i): Row => [from + i * 30 * SECOND, value(i), 0]);

const rows = fc.array(
  fc.tuple(
    fc.integer({ min: 0, max: (3 * DAY) / MINUTE - 1 }).map((minute) => DAY0 + minute * MINUTE),
    fc.integer({ min: -50, max: 400 }).map((n) => n / 100),
    fc.constantFrom(0, 0, 0, 4, 16, 128),
  ),
  { minLength: 1, maxLength: 300 },
);

describe("the sheets of a day", () => {
  it("give back every bucket bit for bit", () => {
    fc.assert(
      fc.property(rows, (some) => {
        const buckets = new Map<number, Bucket>();
        for (const [t, v, s] of [...some].sort((a, b) => a[0] - b[0])) {
          const start = Math.floor(t / BUCKET_MS["5m"]) * BUCKET_MS["5m"];
          const bucket = buckets.get(start) ?? emptyBucket(start);
          buckets.set(start, bucket);
          addToBucket(bucket, t, v, s);
        }
        const list = [...buckets.values()];
        expect(decodeRollup(encodeRollup(list), list.length)).toEqual(list);
      }),
    );
  });
});

describe("five minutes and hours", () => {
  it("are the same whether days were rolled up or not, whatever came late, and after a restart", async () => {
    let files = 0;
    await fc.assert(
      fc.asyncProperty(rows, rows, fc.integer({ min: 0, max: DAY }), async (first, late, cut) => {
        const name = `p${files++}.db`;
        let rolled = await openAt(name);
        const plain = await openAt(`q${files}.db`);
        for (const series of [rolled, plain]) {
          append(series, first);
          flush(series);
        }
        tend(rolled, DAY0 + 5 * DAY);
        for (const series of [rolled, plain]) append(series, late);
        const ranges = [{}, { from: DAY0 + cut, to: DAY0 + cut + DAY + HOUR }, { to: DAY0 + 2 * DAY }];
        const same = () => {
          for (const step of ["5m", "1h"] as const)
            for (const range of ranges)
              expect(rounded(ask(rolled, step, range))).toEqual(rounded(ask(plain, step, range)));
        };
        same();
        flush(rolled);
        same();
        tend(rolled, DAY0 + 5 * DAY);
        same();
        rolled.close();
        open = open.filter((each) => each !== rolled);
        rolled = await openAt(name);
        same();
      }),
      { numRuns: 40 },
    );
  });

  it("page on from where a page ended, in hours made of five minutes too", async () => {
    const series = await openAt("s.db");
    append(series, hours(3 * 2_880, DAY0));
    flush(series);
    tend(series, DAY0 + 5 * DAY);
    const whole = ask(series, "1h");
    expect(whole).toHaveLength(72);
    const first = series.query({ id: POINT, from: 0, to: 1e15, step: "1h", limit: 30, cursor: null });
    const second = series.query({ id: POINT, from: 0, to: 1e15, step: "1h", limit: 60, cursor: first.next });
    expect([...first.rows, ...second.rows]).toEqual(whole);
  });

  it("of a day that still goes on are read from its rows", async () => {
    const series = await openAt("s.db");
    append(series, hours(2_880 + 600, DAY0));
    flush(series);
    tend(series, DAY0 + DAY + 5 * HOUR);
    append(series, [[DAY0 + DAY + 5 * HOUR, 9, 0]]);
    expect(ask(series, "1h").at(-1)).toMatchObject({ n: 1, max: 9 });
  });
});

describe("what is kept", () => {
  it("is rows for so long, then five minutes, then nothing", async () => {
    const series = await openAt("s.db", { rows: 3 * DAY, buckets: 6 * DAY, bytes: Infinity });
    append(series, hours(10 * 2_880, DAY0));
    flush(series);
    const before = ask(series, "5m");
    tend(series, DAY0 + 10 * DAY + 8 * HOUR);

    const raw = series.query({ id: POINT, from: 0, to: 1e15, step: "raw", limit: 10_000, cursor: null });
    // A chunk goes when all of it is old enough.
    const first = raw.rows[0]?.t ?? 0;
    expect(first).toBeGreaterThan(DAY0 + 7 * DAY - 6 * HOUR);
    expect(first).toBeLessThanOrEqual(DAY0 + 7 * DAY);
    expect(ask(series, "5m")).toEqual(before.filter(({ t }) => t >= DAY0 + 4 * DAY));
  });

  it("takes in what comes late for a day whose rows are gone", async () => {
    const series = await openAt("s.db", { rows: 3 * DAY, buckets: 60 * DAY, bytes: Infinity });
    append(series, hours(10 * 2_880, DAY0));
    flush(series);
    const now = DAY0 + 10 * DAY + 8 * HOUR;
    tend(series, now);
    const noon = DAY0 + DAY + 12 * HOUR;
    const [before] = ask(series, "5m", { from: noon, to: noon + 5 * MINUTE });
    for (const value of [9.5, -3]) {
      append(series, [[noon + MINUTE + value * SECOND, value, 4]]);
      flush(series);
      flush(series);
      tend(series, now);
    }
    const [after] = ask(series, "5m", { from: noon, to: noon + 5 * MINUTE });
    expect(after).toMatchObject({ n: (before?.n ?? 0) + 2, max: 9.5, min: -3, s: 4 });
    // The late rows are not among the readings: those of that day are no longer kept.
    tend(series, now + 2 * HOUR);
    expect(ask(series, "1m", { from: noon, to: noon + 5 * MINUTE })).toEqual([]);
    expect(ask(series, "5m", { from: noon, to: noon + 5 * MINUTE })).toEqual([after]);
  });

  it("shrinks to the quota, the oldest rows first, and never the last two days", async () => {
    const noise = (i: number) => Math.sin(i * i) * 1_000;
    const fill = async (name: string, bytes: number) => {
      const series = await openAt(name, { rows: 90 * DAY, buckets: 700 * DAY, bytes });
      append(series, hours(20 * 2_880, DAY0, noise));
      flush(series);
      tend(series, DAY0 + 20 * DAY + 8 * HOUR);
      const { rows } = series.query({ id: POINT, from: 0, to: 1e15, step: "raw", limit: 1, cursor: null });
      return { first: rows[0]?.t ?? 0, buckets: ask(series, "5m") };
    };
    const all = await fill("all.db", Infinity);
    const half = await fill("half.db", 300 * 1_024);
    const least = await fill("least.db", 1_024);
    expect(all.first).toBe(DAY0);
    expect(half.first).toBeGreaterThan(DAY0 + 5 * DAY);
    expect(half.first).toBeLessThan(DAY0 + 18 * DAY);
    expect(half.buckets).toEqual(all.buckets);
    expect(least.first).toBeLessThanOrEqual(DAY0 + 18 * DAY);
    expect(least.first).toBeGreaterThan(DAY0 + 17 * DAY);
  });

  it("loses nothing when the process dies between rolling up and the flush", async () => {
    const series = await openAt("s.db");
    append(series, hours(2_880, DAY0));
    flush(series);
    append(series, [[DAY0 + HOUR + 1, 50, 0]]);
    tend(series, DAY0 + 2 * DAY);
    series.close();
    open = [];
    const again = await openAt("s.db");
    // Read again from the spool, as after every end.
    append(again, [[DAY0 + HOUR + 1, 50, 0]]);
    expect(ask(again, "1h")[1]).toMatchObject({ n: 121, max: 50 });
    flush(again);
    tend(again, DAY0 + 2 * DAY);
    expect(ask(again, "1h")[1]).toMatchObject({ n: 121, max: 50 });
  });
});
