import type { CheckFacts, LooserLimit } from "../model/mine-check.ts";
import type { Instant } from "../model/time.ts";
import { countsSince } from "./hours.ts";
import { cutsOf, unlinkedDevices } from "./mine/feeds.ts";
import { looserOf, overStrictest, unconfirmedPoints } from "./mine/rows.ts";
import type { Mine, Point, World } from "./world.ts";

/** What only the core can tell of how a mine is connected (联网验收). Never used to decide. */
export function viewCheck(world: World, mine: Mine, since: Instant): CheckFacts {
  const streams = [...mine.streams.values()];
  const points = streams
    .flatMap((stream) => [...stream.slots.values()])
    .map((slot) => world.points[slot] as Point)
    .filter(({ listed }) => listed);
  const idsOf = (slots: readonly number[]) => slots.map((slot) => (world.points[slot] as Point).id);
  const counted = countsSince(mine.hours, since);
  const placed = new Set(world.config?.limits.flatMap(({ systems }) => systems) ?? []);
  return {
    counts: counted.counts,
    countedFrom: counted.from,
    unconfirmed: idsOf(
      unconfirmedPoints(
        world,
        streams.filter(({ system }) => placed.has(system)),
        [],
      ),
    ),
    looser: points.flatMap((point) => limitView(point, looserOf(world, point))),
    overStrictest: points.flatMap((point) => limitView(point, overStrictest(world, point))),
    assumed: points.filter(isAssumed).map(({ id }) => id),
    unitless: points.filter(hasUnknownUnit).map(({ id }) => id),
    unfed: idsOf(unlinkedDevices(world, streams, CUT_DEVICES)),
    loose: points.filter(isLooseFeed).map(({ id }) => id),
    cutless: points.filter(isCutless).map(({ id }) => id),
    devices: points.filter(({ def }) => CUT_DEVICES.includes(def.type)).length,
    people: peopleOf(mine),
  };
}

/** National types of cut devices, and of what shows whether they have cut (domain.md §2.4). */
const CUT_DEVICES = ["1009"];
const FEEDS = ["1011", "1015"];

function limitView({ id, def, wiring }: Point, found: number | null): LooserLimit[] {
  return found === null
    ? []
    : [{ point: id, place: def.place, mine: found, unit: wiring?.unit ?? def.unit ?? null }];
}

const isAssumed = ({ def, meaning }: Point): boolean => def.kind === "switch" && meaning?.assumed === true;

/** One that says no unit has that of its type. */
const hasUnknownUnit = ({ def, wiring }: Point): boolean =>
  def.kind === "analog" && def.unit !== undefined && wiring !== null && wiring.scale === null;

function isLooseFeed({ def, stream }: Point): boolean {
  return FEEDS.includes(def.type) && (def.feeds === undefined || !stream.slots.has(def.feeds));
}

/** It has a limit at which power is cut, and does not say whose. */
const isCutless = (point: Point): boolean =>
  (point.def.cutHigh !== undefined || point.def.cutLow !== undefined) &&
  !cutsOf(point).some((code) => point.stream.slots.has(code));

function peopleOf({ people, crew }: Mine): CheckFacts["people"] {
  if (people === null) return null;
  return {
    heard: Number.isNaN(crew.heard) ? null : crew.heard,
    claimed: people.claimed,
    tellsLeaders: crew.tellsLeaders,
    leaders: people.list.filter(({ up, leader }) => up === undefined && leader === true).length,
    doubted: people.doubtedAt !== null,
  };
}
