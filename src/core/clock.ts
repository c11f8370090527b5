import type { ClockInput, StartInput } from "../model/input.ts";
import { type Instant, SECOND } from "../model/time.ts";
import { HOT } from "./columns.ts";
import { shiftChains } from "./duty/memory.ts";
import { shiftLife, sweepDecisions } from "./life-clock.ts";
import { forgetLinks } from "./links.ts";
import { shiftLogic } from "./logic/bound.ts";
import { shiftLooks, startLooks } from "./mine/clocks.ts";
import { nextDue } from "./watch.ts";
import type { Mine, Stream, Watch, World } from "./world.ts";

/** The gateway starts: what happened while it was down was not seen, so every silence begins anew. */
export function readStart(world: World, { firstCall }: StartInput): void {
  const { columns, now } = world;
  // What was decided before stays as it was written down.
  world.duty.callsWithRaise = firstCall === "with-raise";
  world.swept = fullSecond(now);
  world.looked = -1;
  for (let slot = 0; slot < columns.n; slot++) columns.hot[slot * HOT.stride + HOT.heard] = now;
  for (const lane of world.lanes.values()) lane.heard = now;
  for (const mine of world.mines.values()) {
    forgetLinks(world, mine);
    startLooks(mine);
    mine.crew.heard = now;
    if (mine.crew.trust === "fresh") mine.crew.trust = "unsure";
    for (const stream of mine.streams.values()) {
      stream.heard = now;
      stream.revived = now;
      stream.fronts.clear();
    }
  }
  sweepDecisions(world);
}

const fullSecond = (now: Instant): Instant => Math.floor(now / SECOND) * SECOND;

/** The gateway's clock was set: every deadline on it moves, and nothing was judged later than now. */
export function readClock(world: World, { by }: ClockInput): void {
  const { columns, now } = world;
  world.staleFrom = Number.NEGATIVE_INFINITY;
  world.looked = -1;
  world.swept = fullSecond(now);
  for (let slot = 0; slot < columns.n; slot++) {
    const at = slot * HOT.stride;
    columns.hot[at + HOT.heard] = (columns.hot[at + HOT.heard] as number) + by;
    columns.calibrated[slot] = (columns.calibrated[slot] as number) + by;
    columns.hot[at + HOT.judged] = Math.min(columns.hot[at + HOT.judged] as number, now);
  }
  for (const lane of world.lanes.values()) lane.heard += by;
  for (const mine of world.mines.values()) shiftMine(mine, by, now);
  shiftLooks(world, by);
  shiftChains(world.duty, by);
  shiftLife(world, by);
}

function shiftMine(mine: Mine, by: number, now: Instant): void {
  mine.downSince += by;
  for (const watch of mine.watches) shiftWatch(watch, (at) => at + by);
  for (const watch of mine.logic.timed) if (watch.logic !== null) shiftLogic(watch.logic, by);
  shiftPeople(mine, by, now);
  for (const stream of mine.streams.values()) shiftStream(stream, by, now);
}

function shiftPeople(mine: Mine, by: number, now: Instant): void {
  const { people, crew } = mine;
  crew.heard += by;
  crew.due = Number.NaN;
  if (people === null) return;
  const doubtedAt = people.doubtedAt === null ? null : people.doubtedAt + by;
  const judged = Math.min(people.judged, now);
  mine.people = { ...people, doubtedAt, judged, newest: Math.min(people.newest, now) };
}

function shiftStream(stream: Stream, by: number, now: Instant): void {
  stream.heard += by;
  stream.downSince += by;
  stream.revived += by;
  stream.newestMessage = stream.newestMessage === null ? null : stream.newestMessage + by;
  stream.clock = Math.min(stream.clock, now);
  for (const front of stream.fronts.values()) front.lagging = null;
  const { offsets } = stream;
  offsets.median += by;
  for (let i = 0; i < offsets.ring.length; i++) offsets.ring[i] = (offsets.ring[i] as number) + by;
  for (const watch of stream.watches) shiftWatch(watch, (at) => at + by);
  for (const watch of stream.waiting) shiftWatch(watch, (at) => Math.min(at, now));
  stream.nextDue = Math.min(Number.POSITIVE_INFINITY, ...[...stream.waiting].map(nextDue));
}

function shiftWatch(watch: Watch, moved: (at: Instant) => Instant): void {
  watch.pending.forEach((onset, i) => {
    if (onset !== null) watch.pending[i] = { ...onset, judged: moved(onset.judged) };
  });
  watch.clearing = moved(watch.clearing);
}
