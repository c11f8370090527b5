import type { LimitOrigin } from "../model/rule.ts";
import type { LimitsView, LimitView } from "../model/view.ts";
import { type Bound, boundsAt, gradesOf, lowerLimits, type Place } from "./limits.ts";
import { type Step, scaleOf } from "./plan.ts";
import type { Point, Watch, World } from "./world.ts";

/** The limits that hold for a point and where each came from (一矿一策). */
export function viewLimits(world: World, point: Point): LimitsView | null {
  const place = placeOf(world, point);
  if (world.config === null || place === null) return null;
  const found = boundsAt(place, world.config);
  const { alarm = null, cut = null, release = null } = found?.bounds ?? {};
  return {
    point: point.id,
    type: point.def.type,
    unit: point.wiring?.unit ?? point.def.unit ?? null,
    loc: point.loc,
    proposed: point.def.loc ?? null,
    locFrom: locFrom(world, point),
    alarm: shown(alarm),
    cut: shown(cut),
    release: shown(release),
    lower: lowerLimits(place, world.config),
    grades: gradesOf(place),
  };
}

const shown = (bound: Bound | null): LimitView | null =>
  bound === null ? null : { value: bound.value, ...bound.origin };

/** The county's file, an act of a person, or nobody yet. */
function locFrom(world: World, point: Point): LimitsView["locFrom"] {
  const key = `${point.stream.system}:${point.def.code}`;
  const config = point.mine.config;
  if (config?.points[key]?.loc !== undefined)
    return { by: "file", at: config.sources?.[`points.${key}`] ?? null };
  return world.confirmed.has(point.id) ? { by: "act", at: null } : null;
}

/** Why the limit of a step is what it is, in words that a record can keep. */
export function originOf(world: World, watch: Watch, step: Step): string {
  const { rule } = step;
  const name = limitName(rule.when);
  const place = watch.point === null ? null : placeOf(world, watch.point);
  const lower = rule.when.kind === "low" && typeof rule.when.limit !== "number";
  const low = lower && place !== null && world.config !== null ? lowerLimits(place, world.config) : null;
  if (low !== null) return `${low.from}: lower limit (${rule.basis ?? rule.id} ${rule.source})`;
  const bounds = place === null || world.config === null ? null : boundsAt(place, world.config)?.bounds;
  const bound = name === null ? null : (bounds?.[name] ?? null);
  if (bound !== null) return worded(bound.origin, watch);
  if (name !== null) return `mine: ${name} of the point table`;
  return `${rule.basis ?? "unverified"} (${rule.id} ${rule.source})`;
}

function worded({ kind, what, at }: LimitOrigin, watch: Watch): string {
  const place = at === null ? "" : ` (${at})`;
  switch (kind) {
    case "law":
      return `law: ${what}${place}`;
    case "seed":
      return `county: starting value, ${what}${place}`;
    case "unconfirmed":
      return `law: place not confirmed, ${what}`;
    case "override":
      return `county: ${watch.mine.code} ${what}${place}`;
    case "table":
      return `mine: ${what} of the point table`;
    case "kept":
      return `mine: ${what} of an earlier point table, a looser one is not confirmed`;
  }
}

/** The limit a condition names, where it names one of the upper ones. */
function limitName(when: Step["rule"]["when"]): "alarm" | "cut" | "release" | null {
  const limit: unknown = when.kind === "high" && "limit" in when ? when.limit : null;
  const name = typeof limit === "object" && limit !== null && "of" in limit ? limit.of : limit;
  return name === "alarm" || name === "cut" || name === "release" ? name : null;
}

function placeOf(world: World, point: Point): Place | null {
  const { config } = world;
  const mine = point.mine.config;
  if (config === null || mine === null) return null;
  const { system } = point.stream;
  const policy = mine.points[`${system}:${point.def.code}`] ?? null;
  const scale = scaleOf(point.def, config);
  return { system, def: point.def, kept: point.kept, loc: point.loc, mine, policy, scale };
}
