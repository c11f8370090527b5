import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { BucketRow, BucketStep, SeriesQuery, StatSpan } from "../../src/model/series.ts";
import { DAY, HOUR, MINUTE } from "../../src/model/time.ts";
import { openSeries, type Series } from "../../src/store/series.ts";
import { openDatabase } from "../../src/store/sqlite.ts";
import { type NaiveRow, naiveBuckets, rounded } from "../support/naive-stats.ts";

const T0 = Date.UTC(2026, 10, 21);
const POINT = "520523017311:safety:T1";
const NEVER = { rows: Infinity, buckets: Infinity, bytes: Infinity };

let dir: string;
let series: Series;
let spool = 0;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "davylamp-stats-"));
  series = await openSeries(join(dir, "series.db"), NEVER);
});
afterEach(async () => {
  series.close();
  await rm(dir, { recursive: true });
});

async function reopen(retention = NEVER): Promise<void> {
  series.close();
  series = await openSeries(join(dir, "series.db"), retention);
}

const flush = () => series.flush({ epoch: "e1", spool: ++spool });
const tell = (...stats: StatSpan[]) => {
  for (const stat of stats) series.appendStat(series.number(POINT), stat);
};
const send = (...rows: NaiveRow[]) => {
  for (const [t, v, s] of rows) series.append(series.number(POINT), t, v, s, 0);
};

function ask(step: BucketStep, query: Partial<SeriesQuery> = {}): BucketRow[] {
  const rows: BucketRow[] = [];
  let cursor: string | null = null;
  do {
    const answer = series.query({ id: POINT, from: 0, to: 1e15, step, limit: 10_000, cursor, ...query });
    if (answer.step === "raw") throw new Error("asked for buckets");
    rows.push(...answer.rows);
    cursor = answer.next;
  } while (cursor !== null);
  return rows;
}

/** Five minutes as a mine tells of them. */
const five = (n: number, avg = 0.5, from = T0 + n * 5 * MINUTE): StatSpan => ({
  from,
  to: from + 5 * MINUTE,
  max: avg + 0.2,
  maxAt: from + 2 * MINUTE,
  min: avg - 0.2,
  minAt: from + 3 * MINUTE,
  avg,
});

const stored = async () => {
  const db = await openDatabase(join(dir, "series.db"), { durability: "lock" });
  try {
    return (db.prepare("SELECT count(*) AS n FROM stat").get() as { n: number }).n;
  } finally {
    db.close();
  }
};

describe("what a mine tells of five minutes", () => {
  it("stands, marked, where no reading is: with its extremes, their moments and its mean", () => {
    tell(five(0));
    expect(ask("5m")).toEqual([
      {
        t: T0,
        n: 0,
        min: 0.3,
        minAt: T0 + 3 * MINUTE,
        max: 0.7,
        maxAt: T0 + 2 * MINUTE,
        avg: 0.5,
        s: 0,
        source: "stats",
      },
    ]);
    expect(ask("1h")).toEqual([{ ...ask("5m")[0] }]);
    expect(ask("1m")).toEqual([]);
    expect(series.query({ id: POINT, from: 0, to: 1e15, step: "raw", limit: 9, cursor: null }).rows).toEqual(
      [],
    );
  });

  it("gives way to readings of it, also to those that come later, also to those without a value", async () => {
    tell(five(0), five(1));
    flush();
    send([T0 + MINUTE, 9, 0]);
    send([T0 + 6 * MINUTE, Number.NaN, 128]);
    expect(ask("5m")).toMatchObject([
      { t: T0, n: 1, max: 9 },
      { t: T0 + 5 * MINUTE, n: 1, max: null, s: 128 },
    ]);
    expect(ask("5m").map(({ source }) => source)).toEqual([undefined, undefined]);
    flush();
    await reopen();
    expect(ask("1h")).toMatchObject([{ n: 2, max: 9, avg: 9 }]);
  });

  it("makes an hour whole whose readings lack a part, each five minutes counting as such", () => {
    send([T0 + 1, 1, 0], [T0 + 2, 2, 0]);
    tell(five(0, 40), five(1, 4.5));
    expect(ask("1h")).toEqual([
      expect.objectContaining({ n: 2, min: 1, max: 4.7, avg: (1.5 + 4.5) / 2, source: "both" }),
    ]);
  });

  it("is one however often it is sent, and as it was said last", async () => {
    tell(five(0, 1), five(0, 1));
    flush();
    tell(five(0, 1));
    await flushed();
    tell(five(0, 2));
    expect(ask("5m")).toMatchObject([{ avg: 2 }]);
    await flushed();
    expect(ask("5m")).toMatchObject([{ avg: 2 }]);
    expect(await stored()).toBe(1);
  });

  const flushed = async () => {
    flush();
    await reopen();
  };

  it("is on disk with the cursor or not at all", async () => {
    tell(five(0));
    flush();
    tell(five(1));
    await reopen();
    expect(series.cursor()).toEqual({ epoch: "e1", spool });
    expect(ask("5m").map(({ t }) => t)).toEqual([T0]);
  });

  it("need not begin where our five minutes do, and is told of an hour where no shorter one is", () => {
    tell(five(0, 1, T0 + 20_000), { ...five(0, 7), from: T0 + HOUR, to: T0 + 2 * HOUR });
    expect(ask("5m")).toMatchObject([{ t: T0, avg: 1 }]);
    expect(ask("1h")).toMatchObject([
      { t: T0, avg: 1, source: "stats" },
      { t: T0 + HOUR, avg: 7, source: "stats" },
    ]);
    tell(five(12, 3));
    expect(ask("1h")).toMatchObject([{ avg: 1 }, { avg: 3, source: "stats" }]);
  });

  it("goes with the five-minute buckets, and at once where readings have made buckets of a whole day", async () => {
    for (let n = 0; n < 288; n++) {
      tell(five(n));
      // Half of the hours have readings.
      if (n % 24 < 12) send([T0 + n * 5 * MINUTE, 1, 0]);
    }
    send([T0 + DAY, 1, 0]);
    flush();
    const before = ask("5m");
    while (series.tend(T0 + 2 * DAY));
    expect(ask("5m")).toEqual(before);
    expect(await stored()).toBe(144);

    await reopen({ rows: 2 * DAY, buckets: 3 * DAY, bytes: Infinity });
    while (series.tend(T0 + 3 * DAY));
    expect(ask("5m").filter(({ t }) => t < T0 + DAY)).toHaveLength(288);
    while (series.tend(T0 + 10 * DAY));
    expect(ask("5m").filter(({ source }) => source !== undefined)).toEqual([]);
    expect(await stored()).toBe(0);
  });
});

const moments = fc.integer({ min: 0, max: 3 * 60 }).map((minute) => T0 + minute * MINUTE);
const someRows = fc.array(fc.tuple(moments, fc.integer({ min: 0, max: 99 }), fc.constantFrom(0, 0, 16)), {
  maxLength: 12,
});
const someStats = fc.array(
  fc
    .tuple(
      moments,
      fc.constantFrom(1, 5, 5, 5, 7, 60),
      fc.integer({ min: 0, max: 99 }),
      fc.constantFrom(0, 0, 13_000),
    )
    .map(([from, minutes, avg, shift]) => ({
      ...five(0, avg, from + shift),
      to: from + shift + minutes * MINUTE,
    })),
  { maxLength: 30 },
);

describe("readings and statistics together", () => {
  it("answer as one that looks everything up bucket by bucket, whatever is in memory, in the file or rolled up", async () => {
    let round = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(someRows, someStats, fc.constantFrom("flush", "reopen", "tend", "on")), {
          maxLength: 4,
        }),
        fc.constantFrom("1m", "5m", "1h") as fc.Arbitrary<BucketStep>,
        fc.integer({ min: -10, max: 120 }),
        fc.integer({ min: 1, max: 250 }),
        fc.constantFrom(1, 3, 10_000),
        async (steps, step, offset, length, limit) => {
          series.close();
          series = await openSeries(join(dir, `series-${++round}.db`), NEVER);
          const [rows, stats]: [NaiveRow[], StatSpan[]] = [[], []];
          for (const [some, told, then] of steps) {
            const fresh = some.filter(
              ([t, v, s]) => !rows.some((r) => r[0] === t && r[1] === v && r[2] === s),
            );
            const once = fresh.filter((a, i) => fresh.findIndex((b) => b.every((x, k) => x === a[k])) === i);
            rows.push(...once);
            stats.push(...told);
            send(...once);
            tell(...told);
            if (then !== "on") flush();
            if (then === "tend") while (series.tend(T0 + 2 * DAY));
            if (then !== "reopen") continue;
            series.close();
            series = await openSeries(join(dir, `series-${round}.db`), NEVER);
          }
          const from = T0 + offset * MINUTE;
          const query = { step, from, to: from + length * MINUTE };
          rows.sort((a, b) => a[0] - b[0]);
          expect(rounded(ask(step, { ...query, limit }))).toEqual(rounded(naiveBuckets(rows, stats, query)));
        },
      ),
      { numRuns: 120, seed: 11 },
    );
  });
});
