import { BOUNDS } from "../model/bounds.ts";
import type { Rule } from "../model/rule.ts";
import { release } from "./alarm.ts";
import { PLAIN_SCALE } from "./decimal.ts";
import type { Plan } from "./plan.ts";
import { createWatch } from "./resting-watch.ts";
import { settle } from "./watch.ts";
import type { Mine, Watch, World } from "./world.ts";

/** Below this share of the bound there is room again for what was kept back. */
const ROOM = 0.9;

/** The one alarm that stands for all a mine would raise beyond the bound on open alarms. */
const RULE: Rule = {
  id: "FLOOD",
  title: "报警泛滥：同时报警数超出上限",
  titleEn: "Alarm flood: more alarms are open than the gateway holds",
  basis: null,
  unverified: true,
  systems: [],
  types: [],
  locs: [],
  ladder: null,
  when: { kind: "link", down: "mine" },
  level: "red",
  ack: "required",
  onDelay: 0,
  offDelay: 0,
  class: "mine-system",
  onBad: "hold",
  statuses: [],
  response: null,
  latch: false,
  parent: null,
  shadow: false,
  source: "built in",
};

/**
 * Raises one alarm for each mine whose alarms are kept back, and ends it once there is room. What was kept back
 * rises with the next sample that still violates.
 */
export function followFloods(world: World): void {
  const room = world.active < ROOM * BOUNDS.openAlarms;
  for (const mine of world.mines.values()) {
    if (Number.isNaN(mine.floodedSince)) continue;
    const watch = mine.flood ?? wireFlood(world, mine);
    if (room) end(world, mine, watch);
    else if (watch.open === null) begin(world, mine, watch);
  }
}

function begin(world: World, mine: Mine, watch: Watch): void {
  const at = mine.floodedSince;
  const sight = { judged: at, sent: at, value: null, suspect: false, inOrder: true, mayClear: true };
  settle(world, watch, ["raise"], sight, world.now);
}

function end(world: World, mine: Mine, watch: Watch): void {
  mine.floodedSince = Number.NaN;
  mine.flood = null;
  if (watch.open !== null) release(world, watch, world.now, null);
}

export function wireFlood(world: World, mine: Mine): Watch {
  const plan: Plan = {
    key: RULE.id,
    ladder: null,
    shadow: false,
    group: "link",
    steps: [{ rule: RULE, test: { kind: "link", down: "mine" }, limit: null }],
    heads: [0],
    formula: null,
    depth: 0,
    offDelay: 0,
    onBad: "hold",
    limits: null,
    unit: null,
    scale: PLAIN_SCALE,
    hash: world.hash(RULE.id),
  };
  const subject = { kind: "mine" as const, id: mine.code, name: mine.config?.name ?? mine.code, place: "" };
  mine.flood = createWatch(plan, { subject, mine, stream: null, point: null });
  return mine.flood;
}
