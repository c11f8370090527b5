import { staleAfter } from "../model/mine.ts";
import { STATE, UNKNOWN_BITS } from "../model/reading.ts";
import type { MinuteRow, RawRow, SeriesJson } from "./shapes.ts";

/** Raw samples up to this span; past it one minimum and maximum a minute. */
export const RAW_SPAN_MS = 2 * 3_600_000;
const MINUTE_MS = 60_000;

export const stepOf = (from: number, to: number): "raw" | "1m" => (to - from <= RAW_SPAN_MS ? "raw" : "1m");

/** What the chart draws: seconds, and null where there is nothing: a gap is a gap. */
export interface Curve {
  readonly x: readonly number[];
  /** Raw value, or the minute's average. */
  readonly mid: readonly (number | null)[];
  /** What was measured while calibrating: shown, and never as an overrun. */
  readonly gas: readonly (number | null)[];
  readonly low: readonly (number | null)[];
  readonly high: readonly (number | null)[];
}

/** After so long without a sample there is a gap (contract §3); a point that reports on change holds for ever. */
export function gapOf(cycleSeconds: number): number {
  const stale = staleAfter(cycleSeconds);
  return stale === 0 ? Number.POSITIVE_INFINITY : stale;
}

/** `holdsTo`: where a value holds until the next, the last one is drawn on to here. */
export function curveOf(series: SeriesJson, gapMs: number, holdsTo: number | null = null): Curve {
  const curve = {
    x: [] as number[],
    mid: [] as Value[],
    gas: [] as Value[],
    low: [] as Value[],
    high: [] as Value[],
  };
  let before: number | null = null;
  const put = (t: number, s: number, mid: Value, low: Value, high: Value) => {
    if (before !== null && t - before > gapMs) push(curve, before + 1, 0, null, null, null);
    push(curve, t, s, mid, low, high);
    before = t;
  };
  if (series.step === "raw") {
    for (const row of series.rows) put(row.t, row.s, known(row), null, null);
    const last = series.rows.at(-1);
    if (holdsTo !== null && last !== undefined && last.t < holdsTo) {
      put(Math.min(holdsTo, last.t + gapMs), last.s, known(last), null, null);
    }
  } else {
    for (const row of series.rows) put(row.t + MINUTE_MS / 2, row.s, row.avg, row.min, row.max);
  }
  return curve;
}

type Value = number | null;

function push(
  curve: { x: number[]; mid: Value[]; gas: Value[]; low: Value[]; high: Value[] },
  t: number,
  s: number,
  mid: Value,
  low: Value,
  high: Value,
) {
  const calibrating = (s & STATE.calibrating) !== 0;
  curve.x.push(t / 1000);
  curve.mid.push(calibrating ? null : mid);
  curve.gas.push(calibrating ? mid : null);
  curve.low.push(calibrating ? null : low);
  curve.high.push(calibrating ? null : high);
}

/** With a fault bit the number is what was last sent, not what is: never drawn. */
const known = ({ v, s }: RawRow): Value => ((s & UNKNOWN_BITS) !== 0 ? null : v);

type SpanKind = "gap" | "fault" | "over-range" | "calibrating" | "cut" | "alarm" | "normal";

/** A stretch of time in one state, for the strip below the curve. */
export interface StateSpan {
  readonly from: number;
  readonly to: number;
  readonly kind: SpanKind;
  readonly bits: number;
}

/** Each sample holds until the next, or for one gap at most; what nobody reported is `gap`. */
export function stateSpans(series: SeriesJson, from: number, to: number, gapMs: number): StateSpan[] {
  const rows: readonly (RawRow | MinuteRow)[] = series.rows;
  const holds = series.step === "raw" ? gapMs : Math.max(gapMs, MINUTE_MS);
  const spans: StateSpan[] = [];
  let reached = from;
  rows.forEach((row, i) => {
    const start = Math.max(row.t, from);
    const end = Math.min(rows[i + 1]?.t ?? to, row.t + holds, to);
    if (end <= start) return;
    if (start > reached) extend(spans, { from: reached, to: start, kind: "gap", bits: 0 });
    extend(spans, { from: start, to: end, kind: kindOf(row.s), bits: row.s });
    reached = end;
  });
  if (reached < to) extend(spans, { from: reached, to, kind: "gap", bits: 0 });
  return spans;
}

function extend(spans: StateSpan[], span: StateSpan): void {
  const last = spans.at(-1);
  if (last !== undefined && last.kind === span.kind && last.bits === span.bits && last.to === span.from) {
    spans[spans.length - 1] = { ...last, to: span.to };
  } else {
    spans.push(span);
  }
}

/** By the precedence of state bits (contract §3). */
function kindOf(bits: number): SpanKind {
  if ((bits & UNKNOWN_BITS) !== 0) return "fault";
  if ((bits & STATE.calibrating) !== 0) return "calibrating";
  if ((bits & STATE.overRange) !== 0) return "over-range";
  if ((bits & STATE.cut) !== 0) return "cut";
  if ((bits & STATE.alarm) !== 0) return "alarm";
  return "normal";
}

/** Samples with nothing on either side: a line cannot show them, so they are drawn as points. */
export function lonely(values: readonly (number | null | undefined)[]): number[] {
  const none = (i: number) => values[i] === null || values[i] === undefined;
  return values.flatMap((_, i) => (!none(i) && none(i - 1) && none(i + 1) ? [i] : []));
}

/** From the lowest to the highest that must be seen: the data, zero where it is near, and the limits. */
export function rangeOf(curve: Curve, limits: readonly number[]): readonly [number, number] {
  let low = 0;
  let high = 0;
  let any = false;
  for (const list of [curve.mid, curve.gas, curve.low, curve.high]) {
    for (const value of list) {
      if (value === null) continue;
      low = any ? Math.min(low, value) : value;
      high = any ? Math.max(high, value) : value;
      any = true;
    }
  }
  const top = Math.max(high, ...limits);
  const bottom = low >= 0 ? 0 : low;
  const room = (top - bottom || 1) * 0.12;
  return [bottom < 0 ? bottom - room : 0, top + room];
}

/** Highest and lowest of what is drawn; null without data. */
export function extremesOf(curve: Curve): { readonly max: number; readonly min: number } | null {
  const values = [...curve.mid, ...curve.low, ...curve.high].filter((v): v is number => v !== null);
  if (values.length === 0) return null;
  return {
    max: values.reduce((a, b) => Math.max(a, b)),
    min: values.reduce((a, b) => Math.min(a, b)),
  };
}
