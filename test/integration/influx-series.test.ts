import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Influx } from "../../src/influx/influx.ts";
import { influxIds } from "../../src/influx/points.ts";
import { createServer } from "../../src/influx/server.ts";
import { VERDICT } from "../../src/model/reading.ts";
import type { BucketRow, SeriesAnswer, SeriesQuery } from "../../src/model/series.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../../src/model/time.ts";
import type { Store } from "../../src/store/api.ts";
import { openStore } from "../../src/store/store.ts";
import { iso } from "../../src/wire/time.ts";
import { noInflux, type RealInflux, startInflux } from "../support/influx-real.ts";
import { aRoom, saved } from "../support/influx-room.ts";
import { EPOCH, MINE, openLogs, type Reading, spoolReadings, spoolStats, T0 } from "../support/store-logs.ts";

let dir: string;
let real: RealInflux;
let influx: Influx;
let store: Store;

const id = (point: string): string => `${MINE}:safety:${point}`;

/** Each point is a kind of trouble; all of them are written to both back ends from one spool. */
const POINTS = ["STEADY", "STATES", "LATE", "SAME", "FRACTION", "MONTH", "SWITCH", "TOLD", "ONLY-TOLD"];

beforeAll(async () => {
  if (noInflux !== null) return;
  dir = await mkdtemp(join(tmpdir(), "davylamp-influx-series-"));
  real = await startInflux(join(dir, "influx"));
  const { spool, journal } = await openLogs(dir);
  write((readings, verdicts) => spoolReadings(spool, readings, verdicts));
  told((stats) => spoolStats(spool, stats));
  await spool.sync();
  store = await openStore({
    dir: join(dir, "store"),
    spool: { dir: join(dir, "spool") },
    journal: { dir: join(dir, "journal") },
    epoch: EPOCH,
    clock: { wall: Date.now },
    onTrouble: (code, detail) => expect.unreachable(`${code}: ${detail}`),
  });
  store.spoolAt(spool.head);
  influx = await aRoom(dir, real);
  influx.label([
    { mine: MINE, system: "safety", code: "SWITCH", type: "1010", loc: null, place: "风井", twoValued: true },
    {
      mine: MINE,
      system: "safety",
      code: "STEADY",
      type: "0001",
      loc: "CF_FACE",
      place: "1101采煤工作面, T1=\\",
      twoValued: false,
    },
  ]);
  influx.synced({ spool: spool.head, journal: 0 });
  await saved(influx, spool.head);
  while ((await store.progress()).position < spool.head);
  await Promise.all([spool.close(), journal.close()]);
}, 60_000);

afterAll(async () => {
  if (noInflux !== null) return;
  await Promise.all([influx.close(), store.close()]);
  await real.close();
  await rm(dir, { recursive: true });
});

type Put = (readings: Reading[], verdicts: Uint8Array | null) => void;

function write(put: Put): void {
  const random = seeded(7);
  const plain = (p: string, t: number, v: number | null, s = 0) => put([{ p, t, v, s }], null);
  const marked = (verdict: number, p: string, t: number, v: number, s = 0) =>
    put([{ p, t, v, s }], Uint8Array.of(verdict));
  for (let i = 0; i < 600; i++) plain("STEADY", T0 + i * 7_000, Math.round(random() * 200) / 100);
  for (let i = 0; i < 400; i++) {
    const s = [0, 0, 0, 1, 4, 8, 16, 128, 256, 272, 4096][Math.floor(random() * 11)] ?? 0;
    plain("STATES", T0 + i * 11_000, (s & 8) !== 0 ? null : Math.round(random() * 100) / 100, s);
  }
  for (let i = 0; i < 300; i++) {
    plain("LATE", T0 + i * 13_000, i % 10);
    if (i % 40 === 7) marked(VERDICT.late, "LATE", T0 + (i - 5) * 13_000 + 500, i);
    // The same rows once more, as a queue that is replayed brings them, and another word on one of them.
    if (i % 50 === 9) marked(VERDICT.late, "LATE", T0 + (i - 3) * 13_000, (i - 3) % 10);
    if (i % 70 === 11) marked(VERDICT.outOfOrder, "LATE", T0 + (i - 1) * 13_000, 99);
  }
  for (let i = 0; i < 100; i++) {
    plain("SAME", T0 + i * 20_000, i);
    if (i % 3 === 0) marked(VERDICT.notNewer, "SAME", T0 + i * 20_000, i + 0.5);
    if (i % 9 === 0) marked(VERDICT.duplicate, "SAME", T0 + i * 20_000, i);
  }
  // Only as a text may a time have a part of a millisecond.
  for (let i = 0; i < 60; i++)
    plain("FRACTION", iso(T0 + i * 5_000.25 + (i % 3) / 8) as unknown as number, i / 3);
  for (let i = 0; i < 31 * 288; i += 100) {
    const at = (n: number) => T0 - 20 * DAY + n * 5 * MINUTE;
    put(
      Array.from({ length: 100 }, (_, k) => ({
        p: "MONTH",
        t: at(i + k),
        v: Math.round(random() * 300) / 100,
      })),
      null,
    );
  }
  for (let i = 0; i < 400; i++)
    if (random() < (i >= 180 && i < 360 ? 1 : 0.1))
      plain("TOLD", T0 + i * 20_000, Math.round(random() * 100) / 100);
  for (let i = 0; i < 200; i++) plain("SWITCH", T0 + i * 30_000, random() < 0.5 ? 0 : 1);
}

/** Statistics beside readings with holes, of other lengths, begun between ours, corrected, and of a point without readings. */
function told(put: (stats: Parameters<typeof spoolStats>[1]) => void): void {
  const random = seeded(9);
  const stat = (p: string, from: number, minutes: number, avg: number) => ({
    p,
    from,
    to: from + minutes * MINUTE,
    max: avg + 1,
    maxAt: from + 20 * SECOND,
    min: avg - 1,
    minAt: from + 40 * SECOND,
    avg,
  });
  const five = (p: string, n: number, shift = 0) =>
    stat(p, T0 + n * 5 * MINUTE + shift, 5, Math.round(random() * 100) / 100);
  put(Array.from({ length: 60 }, (_, n) => five("TOLD", n - 12)));
  put(Array.from({ length: 20 }, (_, n) => five("TOLD", n, 7_500)));
  put(Array.from({ length: 20 }, (_, n) => stat("TOLD", T0 + n * MINUTE, 1, n)));
  put([0, 1, 2, 3].map((n) => stat("TOLD", T0 + n * HOUR, 60, n + 5)));
  // Said again, otherwise; and not to the millisecond.
  put([five("TOLD", 3), five("TOLD", 3), stat("TOLD", T0 + 2 * HOUR + 0.25, 5, 3)]);
  put(Array.from({ length: 40 }, (_, n) => five("ONLY-TOLD", 3 * n)));
}

function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Means are sums in another order; rows of one millisecond beyond the first have no order in InfluxDB. */
function comparable(answer: SeriesAnswer): unknown {
  if (answer.step === "raw") {
    const key = (row: { t: number; v: number | null; s: number }) => `${row.t} ${row.v} ${row.s}`;
    return [...answer.rows].sort((a, b) => a.t - b.t || (key(a) < key(b) ? -1 : 1));
  }
  return answer.rows.map((row) => ({
    ...row,
    avg: row.avg === null ? null : Number(row.avg.toPrecision(12)),
  }));
}

/** Every page of it. */
async function all(ask: (query: SeriesQuery) => Promise<SeriesAnswer>, query: SeriesQuery): Promise<unknown> {
  const pages: SeriesAnswer[] = [];
  let next: string | null = null;
  do {
    const answer = await ask({ ...query, cursor: next });
    pages.push(answer);
    next = answer.next;
  } while (next !== null);
  const rows = pages.flatMap(({ rows }) => rows as never[]);
  return comparable({ step: query.step, rows, next: null } as SeriesAnswer);
}

describe.skipIf(noInflux !== null)(`both back ends${noInflux === null ? "" : ` (${noInflux})`}`, () => {
  it("answer any question alike, page by page", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...POINTS),
        fc.constantFrom("raw", "1m", "5m", "1h") as fc.Arbitrary<SeriesQuery["step"]>,
        fc.integer({ min: -2 * HOUR, max: 3 * HOUR }),
        fc.integer({ min: 1, max: 4 * HOUR }),
        fc.constantFrom(7, 50, 10_000),
        async (point, step, offset, length, limit) => {
          const from = T0 + offset;
          const query = { id: id(point), from, to: from + length, step, limit, cursor: null };
          expect(await all(influx.series, query)).toEqual(await all(store.series, query));
        },
      ),
      { numRuns: 150, seed: 5 },
    );
  }, 60_000);

  it.each(POINTS)("say the same of all of %s, by any step", async (point) => {
    const steps = point === "ONLY-TOLD" ? (["5m", "1h"] as const) : (["raw", "1m", "5m", "1h"] as const);
    for (const step of steps) {
      const query = { id: id(point), from: 0, to: 1e15, step, limit: 10_000, cursor: null };
      const answer = await influx.series(query);
      expect(answer.rows.length).toBeGreaterThan(0);
      expect(comparable(answer), step).toEqual(comparable(await store.series(query)));
    }
  });

  it("mark what is told by the mine itself, and let readings win", async () => {
    const query = {
      id: id("TOLD"),
      from: T0 - HOUR,
      to: T0 + 4 * HOUR,
      limit: 10_000,
      cursor: null,
    } as const;
    const sources = async (step: "5m" | "1h") => {
      const { rows } = await influx.series({ ...query, step });
      return new Set((rows as BucketRow[]).map(({ source }) => source));
    };
    expect(await sources("5m")).toEqual(new Set(["stats", undefined]));
    expect(await sources("1h")).toEqual(new Set(["stats", "both", undefined]));
    const server = createServer({ ...real, timeout: 60_000 });
    expect(await influxIds(server.query)).toContain(id("ONLY-TOLD"));
    server.close();
  });

  it("have a month of a point in one answer", async () => {
    const range = { from: T0 - 20 * DAY, to: T0 + 11 * DAY, limit: 10_000, cursor: null };
    const answer = await influx.series({ id: id("MONTH"), step: "5m", ...range });
    expect(answer.rows).toHaveLength(31 * 288);
    expect(answer.next).toBeNull();
  });

  it("know nothing of a point that was never stored", async () => {
    const query = { id: id("NONE"), from: 0, to: 1e15, step: "raw", limit: 10, cursor: null } as const;
    expect((await influx.series(query)).rows).toEqual([]);
    expect((await influx.series({ ...query, step: "1h" })).rows).toEqual([]);
  });

  it("show tags and fields by their names of the contract", async () => {
    const [row] = await real.ask(
      `SELECT "v", "b", "s", "mine", "point", "type", "place", "late" FROM "safety" WHERE "point" = 'SWITCH' LIMIT 1`,
    );
    expect(row).toEqual([
      T0,
      expect.any(Number),
      expect.any(Boolean),
      0,
      MINE,
      "SWITCH",
      "1010",
      "风井",
      null,
    ]);
    const [late] = await real.ask(
      `SELECT "v", "late" FROM "safety" WHERE "point" = 'LATE' AND "late" = true ORDER BY time ASC LIMIT 1`,
    );
    expect(late?.[2]).toBe(true);
    const places = await real.ask(
      `SHOW TAG VALUES FROM "safety" WITH KEY = "place" WHERE "point" = 'STEADY'`,
    );
    expect(places).toEqual([["place", "1101采煤工作面, T1=＼"]]);
  });
});
