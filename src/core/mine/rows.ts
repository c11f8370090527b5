import type { EffectiveConfig } from "../../model/config.ts";
import { PIPE, type PointDef } from "../../model/point.ts";
import { canonical, type Scale } from "../decimal.ts";
import { type Bound, boundsAt, type Place } from "../limits.ts";
import type { Point, Stream, World } from "../world.ts";
import { CLEAR, type Finding, type Look } from "./finding.ts";

/**
 * The mine's row for a point has a limit looser than the law's or the county's, or made one looser and nobody has
 * agreed, or proposes a location class with looser limits than the confirmed one (SEN-06).
 */
export function onLooserRow({ world }: Look, point: Point): Finding {
  const found = looserOf(world, point);
  const onset = { judged: world.now, sent: world.now };
  return found === null ? CLEAR : { verdict: "raise", memory: null, value: found, onset };
}

/** The looser limit of the row; null = none is. */
export function looserOf({ config }: World, point: Point): number | null {
  if (config === null || point.wiring === null || point.loc === PIPE) return null;
  return looserLimit(config, point);
}

/** The looser of the mine's numbers, in the unit of the rules; null = none is. */
function looserLimit(config: EffectiveConfig, point: Point): number | null {
  const scale = point.wiring?.scale ?? null;
  if (scale === null) return null;
  const own = (value: number | undefined) => (value === undefined ? null : canonical(value, scale));
  const { def, kept } = point;
  const legal = legalLimits(config, point, scale);
  const pairs: readonly (readonly [number | null, number | null])[] = [
    [own(def.alarmHigh), legal.alarm],
    [own(def.cutHigh), legal.cut],
    [own(def.alarmHighClear), legal.release],
    [own(def.restoreHigh), legal.release],
  ];
  const looser = pairs.find(([mine, law]) => mine !== null && law !== null && mine > law);
  if (looser !== undefined) return looser[0];
  const low = own(def.alarmLow);
  if (low !== null && legal.low !== null && low < legal.low) return low;
  if (kept !== null) return own(def.alarmHigh ?? def.cutHigh ?? def.alarmLow ?? def.cutLow) ?? 0;
  return looserClass(config, point);
}

/**
 * Of a point whose place nobody knows the law cannot be said to be broken, but a limit above the strictest has to be
 * seen before anybody signs that none is looser; null = none is.
 */
export function overStrictest({ config }: World, point: Point): number | null {
  const { loc, def, wiring } = point;
  const scale = wiring?.scale ?? null;
  if (config === null || scale === null || loc !== null || def.loc !== undefined) return null;
  const place = placeOf(point, bare(def), null, scale);
  const bounds = place === null ? undefined : boundsAt(place, config)?.bounds;
  const over = (value: number | undefined, bound: Bound | null | undefined) =>
    value === undefined ||
    bound == null ||
    bound.origin.kind !== "unconfirmed" ||
    canonical(value, scale) <= bound.value
      ? null
      : canonical(value, scale);
  return over(def.alarmHigh, bounds?.alarm) ?? over(def.alarmHighClear, bounds?.release);
}

interface Legal {
  readonly alarm: number | null;
  readonly cut: number | null;
  readonly release: number | null;
  readonly low: number | null;
}

/** What the law and the county say of the place, as if the mine had said nothing. */
function legalLimits(config: EffectiveConfig, point: Point, scale: Scale): Legal {
  const loc = point.loc ?? point.def.loc ?? null;
  const place = placeOf(point, bare(point.def), loc, scale);
  const found = place === null || loc === null ? null : boundsAt(place, config);
  const numbers = (point.wiring?.plans ?? [])
    .flatMap((plan) => plan.steps)
    .filter(({ rule }) => rule.class === "over-limit" && !rule.shadow && rule.level !== "blue");
  const number = (kind: "high" | "low") =>
    numbers.flatMap(({ rule, limit }) =>
      rule.when.kind === kind && typeof rule.when.limit === "number" && limit !== null ? [limit] : [],
    );
  const [highs, lows] = [number("high"), number("low")];
  // A starting value of the county is none of the law's, and strictest limits for want of a place say nothing of it.
  const binding = (bound: Bound | null | undefined) =>
    bound == null || bound.origin.kind === "seed" || bound.origin.kind === "unconfirmed" ? null : bound.value;
  return {
    alarm: binding(found?.bounds.alarm) ?? (highs.length === 0 ? null : Math.max(...highs)),
    cut: binding(found?.bounds.cut),
    release: binding(found?.bounds.release),
    low: lows.length === 0 ? null : Math.min(...lows),
  };
}

function placeOf({ stream, mine }: Point, def: PointDef, loc: string | null, scale: Scale): Place | null {
  if (mine.config === null) return null;
  const policy = mine.config.points[`${stream.system}:${def.code}`] ?? null;
  return { system: stream.system, def, kept: null, loc, mine: mine.config, policy, scale };
}

function bare(def: PointDef): PointDef {
  const {
    alarmHigh,
    alarmHighClear,
    alarmLow,
    alarmLowClear,
    cutHigh,
    restoreHigh,
    cutLow,
    restoreLow,
    ...rest
  } = def;
  return rest;
}

function looserClass(config: EffectiveConfig, { def, loc, stream }: Point): number | null {
  if (loc === null || def.loc === undefined || def.loc === loc) return null;
  const row = (place: string) =>
    config.limits.find(
      (each) => each.loc === place && each.types.includes(def.type) && each.systems.includes(stream.system),
    );
  const [proposed, confirmed] = [row(def.loc), row(loc)];
  if (proposed?.alarm == null || confirmed?.alarm == null) return null;
  if (proposed.alarm > confirmed.alarm) return proposed.alarm;
  const cut = confirmed.cut !== null && (proposed.cut === null || proposed.cut > confirmed.cut);
  return cut ? (proposed.cut ?? proposed.alarm) : null;
}

/** Points whose limits depend on a location that nobody at the county has confirmed (SEN-06). */
export function unconfirmedPoints(
  world: World,
  streams: readonly Stream[],
  types: readonly string[],
): number[] {
  const law = world.config?.limits.filter(({ from }) => from === "law") ?? [];
  const placed = new Set(law.flatMap((row) => row.types));
  return streams
    .flatMap((stream) => [...stream.slots.values()])
    .filter((slot) => {
      const { listed, wiring, loc, def } = world.points[slot] as Point;
      const named = types.length === 0 ? placed.has(def.type) : types.includes(def.type);
      return listed && wiring !== null && loc === null && named;
    });
}
