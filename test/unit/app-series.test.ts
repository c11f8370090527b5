import { describe, expect, it } from "vitest";
import { createSeries } from "../../src/app/series.ts";
import type { InfluxState } from "../../src/influx/influx.ts";
import type { RawRow, SeriesAnswer, SeriesQuery } from "../../src/model/series.ts";
import { MINUTE } from "../../src/model/time.ts";

const NOW = 100 * MINUTE;
const state = (more: Partial<InfluxState> = {}): InfluxState => ({
  saved: { spool: 100, journal: 5, now: NOW - 1_000 },
  waiting: { spool: 3, journal: 0 },
  written: 0,
  refused: 0,
  requests: 0,
  trouble: null,
  ...more,
});

const query = (more: Partial<SeriesQuery> = {}): SeriesQuery => ({
  id: "m:s:p",
  from: 0,
  to: NOW,
  step: "raw",
  limit: 1_000,
  cursor: null,
  ...more,
});

/** A back end with a row every minute, marked by who answered; pages as both do. */
function backEnd(flags: number) {
  const asked: SeriesQuery[] = [];
  const ask = async (asks: SeriesQuery): Promise<SeriesAnswer> => {
    asked.push(asks);
    const at = Number((asks.cursor ?? "-1/0").split("/")[0]);
    const rows: RawRow[] = [];
    for (let t = Math.ceil(Math.max(0, asks.from, at + 1) / MINUTE) * MINUTE; t < asks.to; t += MINUTE)
      rows.push({ t, v: t, s: 0, flags });
    const page = rows.slice(0, asks.limit);
    const more = rows.length > page.length;
    return { step: "raw", rows: page, next: more ? `${page.at(-1)?.t}/1` : null };
  };
  return { asked, ask };
}

function aSeries(told: InfluxState | null, dead = false) {
  const [influx, embedded] = [backEnd(1), backEnd(2)];
  const series = createSeries({
    influx: {
      state: () => told,
      series: (asks) =>
        dead ? influx.ask(asks).then(() => Promise.reject(new Error("away"))) : influx.ask(asks),
    },
    embedded: embedded.ask,
    now: () => NOW,
    log: { warn: () => {} },
  });
  return { series, influx, embedded };
}

const who = (answer: SeriesAnswer): number[] => (answer.rows as RawRow[]).map(({ flags }) => flags);

describe("a question for series, where there is an InfluxDB", () => {
  it("is answered by it, and by the embedded store for the last minute: every row once", async () => {
    const { series } = aSeries(state());
    const answer = await series(query());
    expect((answer.rows as RawRow[]).map(({ t }) => t)).toEqual(
      Array.from({ length: 100 }, (_, i) => i * MINUTE),
    );
    expect(who(answer)).toEqual([...Array(99).fill(1), 2]);
  });

  it("is paged over both without a row twice or left out", async () => {
    for (const limit of [7, 33, 99]) {
      const { series } = aSeries(state());
      const times: number[] = [];
      let cursor: string | null = null;
      do {
        const answer: SeriesAnswer = await series(query({ limit, cursor }));
        times.push(...(answer.rows as RawRow[]).map(({ t }) => t));
        cursor = answer.next;
      } while (cursor !== null);
      expect(times).toEqual(Array.from({ length: 100 }, (_, i) => i * MINUTE));
    }
  });

  it("splits no bucket between them", async () => {
    const { series, influx, embedded } = aSeries(state());
    await series(query({ step: "1h" }));
    expect(influx.asked[0]?.to).toBe(60 * MINUTE);
    expect(embedded.asked[0]?.from).toBe(60 * MINUTE);
  });

  it("is the embedded store's alone while InfluxDB catches up, is in trouble or has not said where it is", async () => {
    const behind = state({ saved: { spool: 1, journal: 1, now: 50 * MINUTE } });
    for (const told of [behind, state({ trouble: { kind: "away", detail: "x" } }), null]) {
      const { series, influx } = aSeries(told);
      expect(new Set(who(await series(query())))).toEqual(new Set([2]));
      expect(influx.asked).toEqual([]);
    }
    // What is long past InfluxDB has all the same.
    const { series } = aSeries(behind);
    expect(new Set(who(await series(query({ to: 20 * MINUTE }))))).toEqual(new Set([1]));
  });

  it("is answered all the same when InfluxDB does not", async () => {
    const { series } = aSeries(state(), true);
    expect((await series(query())).rows).toHaveLength(100);
    const away = aSeries(state({ trouble: { kind: "away", detail: "x" } }), true);
    await away.series(query({ to: 20 * MINUTE }));
    await away.series(query({ to: 20 * MINUTE }));
    expect(away.influx.asked).toHaveLength(1);
  });
});
