import { IN_CLEAR, type LinkInput, TAKEN_OVER, TWICE } from "../model/input.ts";
import { defaultCycle, GATEWAY_SYSTEM } from "../model/mine.ts";
import type { Instant } from "../model/time.ts";
import { SECOND } from "../model/time.ts";
import { streamCycle } from "./cycle.ts";
import { keepWaiting } from "./delays.ts";
import { openHour } from "./hours.ts";
import { notice } from "./journal.ts";
import type { Verdict } from "./verdict.ts";
import { settle } from "./watch.ts";
import { count, dropPending, type Mine, mineOf, type Stream, type Watch, type World } from "./world.ts";

/** A connection of a mine came or went. */
export function readLink(world: World, input: LinkInput): void {
  const mine = mineOf(world, input.mine);
  mine.linked = true;
  if (input.event === "up") {
    mine.connections.set(input.connection, input.system);
    for (const stream of servedBy(mine, input.system)) stream.offline = false;
    if (input.why === IN_CLEAR) notice(world, mine, input.system, "plain-connection", IN_CLEAR);
  } else {
    mine.connections.delete(input.connection);
    noteTakeover(world, mine, input);
  }
  followLink(world, mine);
}

/** Two programs with one client id: told to the county and to the mine, for neither sees the other. */
function noteTakeover(world: World, mine: Mine, { system, why }: LinkInput): void {
  if (!why.startsWith(TAKEN_OVER)) return;
  openHour(mine.hours, world.now);
  count(mine, "taken-over");
  if (why.startsWith(TWICE)) notice(world, mine, system, "client-id-twice", why.slice(TWICE.length));
}

/**
 * A status message, or the Last Will of a connection. A will counts only when no other connection serves the
 * stream: it may belong to one that the mine has replaced long since.
 */
export function readStatus(
  world: World,
  mine: Mine,
  system: string | null,
  online: boolean,
  connection: number,
): void {
  const alive = mine.connections.has(connection);
  const replaced =
    !alive && [...mine.connections.values()].some((scope) => scope === null || scope === system);
  if (!online && replaced) return;
  for (const stream of servedBy(mine, system)) stream.offline = !online;
  followLink(world, mine);
}

const servedBy = (mine: Mine, system: string | null): Stream[] =>
  [...mine.streams.values()].filter((stream) => system === null || stream.system === system);

/** Live data proves a stream that was said to be offline. */
export function hearStream(world: World, stream: Stream, sent: Instant): void {
  const { now } = world;
  const pause = now - stream.heard;
  const cycle = (streamCycle(stream) || defaultCycle(stream.system)) * SECOND;
  if (pause > 2 * cycle) stream.revived = now;
  stream.heard = now;
  stream.newestMessage = now;
  stream.newestSent = sent;
  if (stream.offline) {
    stream.offline = false;
    followLink(world, stream.mine);
  }
  for (const watch of stream.watches) {
    if (isSilence(watch)) see(world, watch, "clear", now, sent);
  }
}

/** Notes what the connections say now; the rules wait for it in `sweepLinks`. */
function followLink(world: World, mine: Mine): void {
  const offline = mine.streams.size > 0 && [...mine.streams.values()].every((stream) => stream.offline);
  const up = (mine.connections.size > 0 || !mine.linked) && !offline;
  mine.link = up ? "up" : "down";
  if (up) {
    mine.downSince = Number.NaN;
    for (const watch of mine.watches) see(world, watch, "clear", world.now, world.now);
  } else if (Number.isNaN(mine.downSince)) {
    mine.downSince = world.now;
  }
  for (const stream of mine.streams.values()) followStream(world, stream);
}

function followStream(world: World, stream: Stream): void {
  if (isDown(stream)) {
    if (Number.isNaN(stream.downSince)) stream.downSince = world.now;
    return;
  }
  stream.downSince = Number.NaN;
  for (const watch of stream.watches) {
    if (!isSilence(watch)) see(world, watch, "clear", world.now, world.now);
  }
}

const isSilence = (watch: Watch): boolean => watch.plan.group === "stream-silence";

function isDown(stream: Stream): boolean {
  const scopes = [...stream.mine.connections.values()];
  if (!stream.mine.linked) return stream.offline;
  return stream.offline || !scopes.some((scope) => scope === null || scope === stream.system);
}

/** Lines that are down and streams that are silent, each for as long as its rule says. */
export function sweepLinks(world: World, mine: Mine): void {
  const { downSince } = mine;
  if (!Number.isNaN(downSince)) {
    for (const watch of mine.watches) see(world, watch, "raise", downSince, downSince);
  }
  for (const stream of mine.streams.values()) {
    if (stream.system !== GATEWAY_SYSTEM) sweepStream(world, stream);
  }
}

function sweepStream(world: World, stream: Stream): void {
  for (const watch of stream.watches) {
    if (!isSilence(watch)) {
      const since = stream.downSince;
      if (!Number.isNaN(since)) see(world, watch, "raise", since, since);
      continue;
    }
    const verdicts = watch.plan.steps.map(({ test }): Verdict => {
      const after = test.kind === "silence" ? (test.after ?? 0) : 0;
      return world.now - stream.heard >= after ? "raise" : "between";
    });
    if (!verdicts.includes("raise")) continue;
    const sent = stream.newestSent ?? stream.heard;
    const sight = { judged: stream.heard, sent, suspect: false, inOrder: true, mayClear: true, value: null };
    settle(world, watch, verdicts, sight, world.now);
    keepWaiting(world, watch);
  }
}

/** Links are judged on the gateway's clock. */
function see(world: World, watch: Watch, verdict: Verdict, judged: Instant, sent: Instant): void {
  if (verdict === "clear" && watch.open === null && watch.pending.every((onset) => onset === null)) return;
  const verdicts = watch.plan.steps.map(() => verdict);
  settle(
    world,
    watch,
    verdicts,
    { judged, sent, suspect: false, inOrder: true, mayClear: true, value: null },
    world.now,
  );
}

/** After a start nothing is known of the lines; one that was known before has one period to come back. */
export function forgetLinks(world: World, mine: Mine): void {
  mine.connections.clear();
  mine.link = "unknown";
  mine.downSince = mine.linked ? world.now : Number.NaN;
  for (const watch of mine.watches) dropPending(watch);
  for (const stream of mine.streams.values()) {
    stream.downSince = mine.downSince;
    for (const watch of stream.watches) dropPending(watch);
  }
}
