import type { Alarm } from "../model/alarm.ts";
import { GATEWAY_MINE, type MineCode } from "../model/mine.ts";
import { MINUTE, SECOND } from "../model/time.ts";
import type { FloodView } from "../model/view.ts";
import { notice } from "./journal.ts";
import { COUNTY, type Life, type Pace } from "./life.ts";
import { mineOf, type World } from "./world.ts";

/**
 * How fast alarms are announced, of each mine and of the county: more than ten new ones in ten minutes is a flood,
 * until there are fewer than five (ISA-18.2, EEMUA 191). What does not ring does not count: suppressed, folded,
 * listed only, of late data, of the canary.
 */
const WITHIN = 10 * MINUTE;
const MORE_THAN = 10;
const FEWER_THAN = 5;
/** A run of alarms of a mine is over when nothing new came for this long. */
const RUN = 10 * MINUTE;

const isAnnounced = (alarm: Alarm): boolean =>
  alarm.ack === "required" &&
  alarm.suppression.kind === "none" &&
  alarm.parent === null &&
  alarm.class !== "test";

export function noteAnnounced(world: World, alarm: Alarm): void {
  if (!isAnnounced(alarm)) return;
  const at = Math.floor(world.now / SECOND) * SECOND;
  for (const mine of [alarm.mine, COUNTY]) {
    const pace = world.life.paces.get(mine) ?? { seconds: [], flood: null };
    const last = pace.seconds.at(-1);
    if (last?.at === at) last.n++;
    else pace.seconds.push({ at, n: 1 });
    if (pace.flood !== null) pace.flood = { ...pace.flood, alarms: pace.flood.alarms + 1 };
    world.life.paces.set(mine, pace);
  }
}

/** Every second: what was ten minutes ago counts no more, and floods begin and end. */
export function sweepPaces(world: World): void {
  for (const [mine, pace] of world.life.paces) {
    if ((pace.seconds[0]?.at ?? world.now) <= world.now - WITHIN)
      pace.seconds = pace.seconds.filter(({ at }) => at > world.now - WITHIN);
    const n = countOf(pace);
    if (pace.flood === null && n > MORE_THAN) {
      pace.flood = { since: world.now, alarms: n };
      tell(world, mine, "flood-begin", `${n} new alarms in 10 min`);
    } else if (pace.flood !== null && n < FEWER_THAN) {
      const { alarms, since } = pace.flood;
      pace.flood = null;
      tell(world, mine, "flood-end", `${alarms} alarms in ${Math.round((world.now - since) / SECOND)} s`);
    }
    if (n === 0 && pace.flood === null) world.life.paces.delete(mine);
  }
}

const countOf = ({ seconds }: Pace): number => seconds.reduce((sum, { n }) => sum + n, 0);

/** Of the county as a whole the gateway tells. */
function tell(world: World, mine: MineCode, code: string, detail: string): void {
  const county = mine === COUNTY;
  notice(
    world,
    mineOf(world, county ? GATEWAY_MINE : mine),
    null,
    code,
    county ? `county: ${detail}` : detail,
  );
}

export function viewFloods({ paces }: Life): FloodView[] {
  return [...paces].map(([mine, pace]) => ({
    mine: mine === COUNTY ? null : mine,
    lately: countOf(pace),
    since: pace.flood?.since ?? null,
    alarms: pace.flood?.alarms ?? 0,
  }));
}

/**
 * First-out: the alarms of a mine that follow upon each other are numbered in the order in which they were found, so
 * that of a cause and its consequences one can see which came first.
 */
export function nextInRun(world: World, mine: MineCode, id: string): Alarm["firstOut"] {
  const before = world.life.runs.get(mine);
  const goesOn = before !== undefined && world.now - before.last <= RUN;
  const place = goesOn ? { of: before.of, n: before.n + 1 } : { of: id, n: 1 };
  world.life.runs.set(mine, { ...place, last: world.now });
  return place;
}
