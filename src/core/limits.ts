import type { GradeName } from "../model/condition.ts";
import type { EffectiveConfig } from "../model/config.ts";
import type { LimitOverride, MineConfig, PointPolicy, System } from "../model/mine.ts";
import { METHANE_TYPES, PIPE, type PointDef, UNASSIGNED } from "../model/point.ts";
import type { EffectiveLimits, LawLimit, LimitOrigin } from "../model/rule.ts";
import { canonical, type Scale } from "./decimal.ts";

/** What decides which limits hold for a point. */
export interface Place {
  readonly system: System;
  readonly def: PointDef;
  /** Own limits kept because a newer table loosened them without anybody's consent. */
  readonly kept: PointDef | null;
  /** Location class the county confirmed; null while there is at most the mine's proposal. */
  readonly loc: string | null;
  readonly mine: MineConfig;
  readonly policy: PointPolicy | null;
  /** How the point's unit becomes the unit of the law; null = unit unknown, only own limits can be judged. */
  readonly scale: Scale | null;
}

/** One limit and why it is what it is. */
export interface Bound {
  readonly value: number;
  readonly origin: LimitOrigin;
}

export interface Bounds {
  readonly alarm: Bound | null;
  readonly cut: Bound | null;
  readonly release: Bound | null;
}

const NONE: Bounds = { alarm: null, cut: null, release: null };

/** Methane whose place nobody confirmed (contract §3, `loc`). */
const METHANE_UNCONFIRMED: Bounds = withOrigin(
  { alarm: 1.0, cut: 1.0, release: 1.0 },
  { from: "law", kind: "unconfirmed", what: "1.0/1.0/<1.0", at: null },
);

/**
 * The limits that hold for one point: the row of the tables for its type and place, then what the county wrote
 * for the mine and for the point. While the place is not confirmed, or no row knows it: the strictest of
 * everything that could apply. The county's own policy may replace the table's numbers; a mine's own numbers
 * only ever make them stricter.
 */
export function effectiveLimits(place: Place, config: EffectiveConfig): EffectiveLimits | null {
  const found = boundsAt(place, config);
  if (found === null) return null;
  const { alarm, cut, release } = found.bounds;
  const value = (bound: Bound | null) => bound?.value ?? null;
  return { alarm: value(alarm), cut: value(cut), release: value(release), from: found.from };
}

/** The same, each limit with its origin. */
export function boundsAt(
  place: Place,
  config: EffectiveConfig,
): { readonly bounds: Bounds; readonly from: EffectiveLimits["from"] } | null {
  if (place.scale === null) return named(ownBounds(place, null), "mine");
  if (place.loc === PIPE)
    return named(overridden(ownBounds(place, place.scale), place), origin(place, "mine"));
  const row = place.loc === null ? null : rowOf(place, place.loc, config);
  return row === null || row.alarm === null ? anywhere(place, config) : confirmed(place, row);
}

function confirmed(place: Place, row: LawLimit) {
  return named(overridden(boundsOf(row), place, row.loc), origin(place, row.from, row.loc));
}

/** Where no row is sure to hold: the proposed place's, that of places nobody knows, the county's, the mine's. */
function anywhere(place: Place, config: EffectiveConfig) {
  const rows = rowsOf(place, config);
  const law = rows.filter(({ from }) => from === "law").map(boundsOf);
  if (METHANE_TYPES.includes(place.def.type)) law.push(METHANE_UNCONFIRMED);
  const seeds = rows.filter(({ from }) => from === "county").map(boundsOf);
  const own = ownBounds(place, place.scale);
  const base = law.length > 0 ? "law" : seeds.length > 0 ? "county" : "mine";
  if (place.loc !== null) {
    const all = [...law, ...seeds, own].reduce(strictest, NONE);
    return named(overridden(all, place, place.loc), origin(place, base, place.loc));
  }
  // A starting value of the county gives way to what it wrote for the mine; the law's number does not.
  const county = overridden(seeds.reduce(strictest, NONE), place);
  const lawful = law.reduce(strictest, county);
  return named(strictest(lawful, own), tighter(own, lawful) ? "mine" : origin(place, base));
}

/** Whether the mine's own numbers are what decides. */
function tighter(own: Bounds, lawful: Bounds): boolean {
  return own.alarm !== null && (lawful.alarm === null || own.alarm.value < lawful.alarm.value);
}

/** Rows of the proposed place and of places nobody knows; a confirmed place is what it is. */
function rowsOf(place: Place, config: EffectiveConfig): LawLimit[] {
  const proposed = place.loc === null ? place.def.loc : undefined;
  const locs = new Set([proposed ?? UNASSIGNED, UNASSIGNED]);
  return [...locs].flatMap((loc) => rowOf(place, loc, config) ?? []);
}

function rowOf({ system, def }: Place, loc: string, { limits }: EffectiveConfig): LawLimit | null {
  const holds = (row: LawLimit) =>
    row.loc === loc && row.types.includes(def.type) && row.systems.includes(system);
  return limits.find(holds) ?? null;
}

const boundsOf = (row: LawLimit): Bounds =>
  withOrigin(row, {
    from: row.from,
    kind: row.from === "law" ? "law" : "seed",
    what: row.basis === null ? row.loc : `${row.basis} ${row.loc}`,
    at: row.source ?? null,
  });

function withOrigin(
  limits: { readonly alarm: number | null; readonly cut: number | null; readonly release: number | null },
  origin: LimitOrigin,
): Bounds {
  const bound = (value: number | null): Bound | null => (value === null ? null : { value, origin });
  return { alarm: bound(limits.alarm), cut: bound(limits.cut), release: bound(limits.release) };
}

/** The point's own upper limits, in the unit of the law where that is known. */
function ownBounds(place: Place, scale: Scale | null): Bounds {
  const own = upperOf(place.def, scale, "table");
  return place.kept === null ? own : strictest(own, upperOf(place.kept, scale, "kept"));
}

function upperOf(def: PointDef, scale: Scale | null, kind: "table" | "kept"): Bounds {
  const first = (...fields: ("alarmHigh" | "cutHigh" | "alarmHighClear" | "restoreHigh")[]): Bound | null => {
    const what = fields.find((field) => def[field] !== undefined);
    if (what === undefined) return null;
    const sent = def[what] as number;
    const value = scale === null ? sent : canonical(sent, scale);
    return { value, origin: { from: "mine", kind, what, at: null } };
  };
  const alarm = first("alarmHigh");
  return { alarm, cut: first("cutHigh"), release: first("alarmHighClear", "restoreHigh") ?? alarm };
}

/** The limits a mine wrote into a point's row, of one direction, in the unit of the law where that is known. */
export interface OwnLimits {
  readonly alarm: number | null;
  readonly cut: number | null;
  /** Ends the alarm; ends the cut. */
  readonly release: number | null;
  readonly restore: number | null;
}

/** While a looser row waits for a person, the stricter of the two. */
export function ownLimits({ def, kept, scale }: OwnPlace, side: "high" | "low"): OwnLimits {
  const now = rowLimits(def, scale, side);
  if (kept === null) return now;
  const before = rowLimits(kept, scale, side);
  const stricter = (key: keyof OwnLimits): number | null => {
    const [a, b] = [now[key], before[key]];
    if (a === null || b === null) return a ?? b;
    return side === "high" ? Math.min(a, b) : Math.max(a, b);
  };
  return {
    alarm: stricter("alarm"),
    cut: stricter("cut"),
    release: stricter("release"),
    restore: stricter("restore"),
  };
}

type OwnPlace = Pick<Place, "def" | "kept" | "scale">;

function rowLimits(def: PointDef, scale: Scale | null, side: "high" | "low"): OwnLimits {
  const inUnit = (value: number | undefined) =>
    value === undefined ? null : scale === null ? value : canonical(value, scale);
  return side === "high"
    ? {
        alarm: inUnit(def.alarmHigh),
        cut: inUnit(def.cutHigh),
        release: inUnit(def.alarmHighClear),
        restore: inUnit(def.restoreHigh),
      }
    : {
        alarm: inUnit(def.alarmLow),
        cut: inUnit(def.cutLow),
        release: inUnit(def.alarmLowClear),
        restore: inUnit(def.restoreLow),
      };
}

export type Grades = Readonly<Record<GradeName, number | null>>;

const GRADES: readonly GradeName[] = ["blue", "yellow", "orange", "red"];

/** The limits of the four levels as the county wrote them for the mine and the point; null = none, or no unit. */
export function gradesOf(place: Place): Grades | null {
  const overrides = overridesOf(place, place.loc ?? undefined).map(({ over }) => over);
  const written = GRADES.some((name) => overrides.some((over) => over[name] !== undefined));
  if (!written || place.scale === null) return null;
  const last = (name: GradeName) => overrides.findLast((over) => over[name] !== undefined)?.[name] ?? null;
  return { blue: last("blue"), yellow: last("yellow"), orange: last("orange"), red: last("red") };
}

/** The lower limits: the table's for a confirmed place, else the strictest of table and point. */
export function lowerLimits(place: Place, config: EffectiveConfig): EffectiveLimits | null {
  const own = ownLower(place);
  if (place.scale === null || place.loc === PIPE) return own;
  const row = place.loc === null ? null : rowOf(place, place.loc, config);
  const county = overriddenLow(place);
  if (place.loc !== null && county !== null) return county;
  if (row !== null && row.alarmLow !== null) return lowerOf(row);
  return [...rowsOf(place, config).map(lowerOf), county, own].reduce(higher, null);
}

function overriddenLow(place: Place): EffectiveLimits | null {
  const overrides = overridesOf(place, place.loc ?? undefined).map(({ over }) => over);
  const { alarmLow, releaseLow } = Object.assign({}, ...overrides) as LimitOverride;
  if (alarmLow === undefined) return null;
  return { alarm: alarmLow, cut: null, release: releaseLow ?? alarmLow, from: "county" };
}

const higher = (a: EffectiveLimits | null, b: EffectiveLimits | null): EffectiveLimits | null =>
  a === null || b === null ? (a ?? b) : (b.alarm ?? 0) > (a.alarm ?? 0) ? b : a;

function ownLower(place: Place): EffectiveLimits | null {
  const { alarm, cut, release, restore } = ownLimits(place, "low");
  return alarm === null ? null : { alarm, cut, release: release ?? restore ?? alarm, from: "mine" };
}

const lowerOf = ({ alarmLow, releaseLow, from }: LawLimit): EffectiveLimits | null =>
  alarmLow === null ? null : { alarm: alarmLow, cut: null, release: releaseLow ?? alarmLow, from };

function overridden(base: Bounds, place: Place, loc?: string): Bounds {
  return overridesOf(place, loc).reduce<Bounds>((bounds, { over, key }) => {
    const at = place.mine.sources?.[key] ?? null;
    const of = (value: number | undefined): Bound | null =>
      value === undefined ? null : { value, origin: { from: "county", kind: "override", what: key, at } };
    return {
      alarm: of(over.alarm) ?? bounds.alarm,
      cut: of(over.cut) ?? bounds.cut,
      release: of(over.release) ?? bounds.release,
    };
  }, base);
}

/** From the widest to the narrowest: by type, by type and confirmed place, by point. */
function overridesOf(place: Place, loc?: string): { over: LimitOverride; key: string }[] {
  const { mine, def, policy } = place;
  const byPlace = `${def.type}:${loc}`;
  const all = [
    { over: mine.limits[def.type], key: `limits.${def.type}` },
    { over: loc === undefined ? undefined : mine.limits[byPlace], key: `limits.${byPlace}` },
    { over: policy?.limits, key: `points.${place.system}:${def.code}` },
  ];
  return all.flatMap(({ over, key }) => (over === undefined ? [] : [{ over, key }]));
}

const origin = (place: Place, base: EffectiveLimits["from"], loc?: string): EffectiveLimits["from"] =>
  overridesOf(place, loc).length > 0 ? "county" : base;

function strictest(a: Bounds, b: Bounds): Bounds {
  return { alarm: least(a.alarm, b.alarm), cut: least(a.cut, b.cut), release: least(a.release, b.release) };
}

const least = (a: Bound | null, b: Bound | null): Bound | null =>
  a === null ? b : b === null || a.value <= b.value ? a : b;

/** A release above the alarm limit would end an alarm that still stands: the alarm limit is the most it can be. */
function named(bounds: Bounds, from: EffectiveLimits["from"]) {
  if (bounds.alarm === null && bounds.cut === null) return null;
  const raise = least(bounds.alarm, bounds.cut);
  return { bounds: { ...bounds, release: least(bounds.release ?? raise, raise) }, from };
}
