import type { WebSocket } from "ws";
import type { Logger } from "../lib/logger.ts";
import { BOUNDS } from "../model/bounds.ts";
import type { MineCode } from "../model/mine.ts";
import type { LiveValue } from "../model/view.ts";
import { CLOSE, LiveHello } from "../wire/stream.ts";
import { iso } from "../wire/time.ts";
import { textFrame } from "./frame.ts";
import type { Identities, Identity } from "./identity.ts";
import { createInlet } from "./inlet.ts";
import { createLink, type Link } from "./link.ts";
import { can, inScope } from "./may.ts";
import type { Pace } from "./pace.ts";
import type { WebPorts } from "./ports.ts";
import type { Tickets } from "./tickets.ts";
import type { Arrival } from "./upgrade.ts";

export interface LiveHubOptions {
  readonly ports: WebPorts;
  readonly tickets: Tickets;
  readonly identities: Identities;
  readonly pace: Pace;
  readonly log: Logger;
}

/** Live screens at once; more are asked to come later. */
const MOST = BOUNDS.consumers;
const POINTS_A_FRAME = 400;
/** About 256 KiB of changes, worded once for all. */
const MOST_AT_ONCE = 2_000;
const GRACE = 2_000;
const TRY_LATER = 1013;

interface Watcher {
  readonly link: Link;
  readonly ws: WebSocket;
  readonly known: () => void;
  readonly openedAt: number;
  identity: Identity | null;
  wants: ((id: string) => boolean) | null;
  /** Watchers that ask for the same are sent the same frames. */
  key: string;
  /** What remains of the full values. */
  full: Iterator<Buffer> | null;
  /** Changes up to this generation were sent or dropped. */
  generation: number;
  heardAt: number;
  spokeAt: number;
  pingAt: number;
}

/**
 * `/ws/v1/live`: full values, then what changed, twice a second. Nothing queues: a screen that does not read is
 * passed over and later sent the newest values only (contract §5).
 */
export function createLiveHub({ ports, tickets, identities, pace, log }: LiveHubOptions) {
  const watchers = new Set<Watcher>();
  const welcomed = (): number => [...watchers].filter(({ wants }) => wants !== null).length;
  const { mono } = ports.clock;
  let timer: NodeJS.Timeout | null = null;
  let checkedAt = 0;
  let checking = false;

  function accept({ ws, socket, identity, known }: Arrival): void {
    const now = mono();
    const watcher: Watcher = {
      link: createLink(ws, socket),
      ws,
      known,
      openedAt: now,
      identity,
      wants: null,
      key: "",
      full: null,
      generation: 0,
      heardAt: now,
      spokeAt: now,
      pingAt: now,
    };
    watchers.add(watcher);
    ws.on("pong", () => {
      watcher.heardAt = mono();
    });
    ws.on("error", (error) => log.debug({ error: error.message }, "a live screen's connection failed"));
    ws.on("close", () => watchers.delete(watcher));
    watcher.link.onDrain(() => fill(watcher));
    createInlet(ws, {
      schema: LiveHello,
      take: (message) => hello(watcher, message),
      wrong: (code) => end(watcher, code),
    });
  }

  /** A later hello on the same connection changes what is watched. */
  function hello(watcher: Watcher, message: LiveHello): void {
    watcher.heardAt = mono();
    watcher.identity ??= message.ticket === undefined ? null : tickets.redeem(message.ticket);
    const { identity } = watcher;
    if (identity === null || !can(identity, "read", null)) {
      end(watcher, identity === null ? CLOSE.ticket : CLOSE.role);
      return;
    }
    if (watcher.wants === null && welcomed() >= MOST) {
      end(watcher, TRY_LATER);
      return;
    }
    watcher.known();
    const mines = minesOf(message, identity);
    const points = message.points === undefined ? null : new Set(message.points);
    watcher.wants = (id) => mines.has(mineOf(id)) && (points === null || points.has(id));
    watcher.key = JSON.stringify([[...mines].sort(), message.points]);
    watcher.generation = ports.liveGeneration();
    watcher.full = fullFrames(points === null ? everyPoint(mines) : chosen(points, watcher.wants));
    fill(watcher);
  }

  /** The mines asked for that this person may see; points name their mines themselves. */
  function minesOf({ mines, points }: LiveHello, identity: Identity): ReadonlySet<MineCode> {
    const all = [...ports.mines()].map((mine) => mine.config.code);
    const asked = mines ?? (points === undefined ? ["*"] : [...new Set(points.map(mineOf))]);
    const named = asked.includes("*") ? all : asked;
    return new Set(named.filter((mine) => inScope(identity, mine)));
  }

  function* everyPoint(mines: Iterable<MineCode>): Generator<LiveValue> {
    for (const mine of mines) yield* ports.points(mine);
  }

  function* chosen(ids: Iterable<string>, wants: (id: string) => boolean): Generator<LiveValue> {
    for (const id of ids) {
      const point = wants(id) ? ports.point(id) : null;
      if (point !== null) yield point;
    }
  }

  function fill(watcher: Watcher): void {
    while (watcher.full !== null && watcher.link.hasRoom()) {
      const next = watcher.full.next();
      if (next.done) watcher.full = null;
      else watcher.link.write(next.value);
    }
  }

  function tick(): void {
    const now = mono();
    const changes = createChanges(ports);
    for (const watcher of [...watchers]) {
      if (isStuck(watcher, now)) {
        end(watcher, watcher.wants === null ? CLOSE.ticket : CLOSE.slow);
        continue;
      }
      if (now - watcher.pingAt >= pace.ping) {
        watcher.pingAt = now;
        watcher.ws.ping();
      }
      if (watcher.wants !== null && watcher.full === null) send(watcher, changes, now);
      else fill(watcher);
    }
    if (now - checkedAt >= pace.tick && !checking) {
      checkedAt = now;
      checking = true;
      recheck()
        .catch((error: unknown) => log.warn({ error }, "could not ask whether sessions still hold"))
        .finally(() => {
          checking = false;
        });
    }
  }

  function send(watcher: Watcher, changes: Changes, now: number): void {
    const { link, wants } = watcher;
    if (!link.hasRoom() || wants === null) return;
    const { points, frames } = changes.since(watcher.generation, watcher.key, wants);
    watcher.generation = changes.generation;
    if (points.length <= MOST_AT_ONCE) {
      for (const frame of frames()) link.write(frame);
    } else {
      // Too many for one turn: only their ids are kept, and each is read when there is room for it.
      watcher.full = framesOf(chosen(points.map(idOf), wants), "changes");
      fill(watcher);
    }
    if (points.length > 0) watcher.spokeAt = now;
    else if (now - watcher.spokeAt >= pace.beat) {
      watcher.spokeAt = now;
      link.say({ type: "beat", at: iso(ports.clock.wall()) });
    }
  }

  const isStuck = (watcher: Watcher, now: number): boolean =>
    watcher.wants === null
      ? now - watcher.openedAt >= pace.hello
      : now - watcher.heardAt >= pace.ack + pace.ping;

  async function recheck(): Promise<void> {
    for (const watcher of [...watchers]) {
      if (watcher.identity !== null && !(await identities.holds(watcher.identity))) {
        end(watcher, CLOSE.role);
      }
    }
  }

  function end(watcher: Watcher, code: number): void {
    if (!watchers.delete(watcher)) return;
    watcher.link.bye(code, code === CLOSE.slow ? 0 : GRACE);
  }

  return {
    accept,
    start(): void {
      timer = setInterval(tick, pace.live);
      timer.unref();
    },
    stop(): void {
      if (timer !== null) clearInterval(timer);
      for (const watcher of [...watchers]) end(watcher, CLOSE.restart);
    },
    stats: () => ({ live: watchers.size }),
  };
}

type Changes = ReturnType<typeof createChanges>;

/** The changes of one tick, worded once for all who watch the same from the same generation on. */
function createChanges(ports: Pick<WebPorts, "liveGeneration" | "changedSince">) {
  const generation = ports.liveGeneration();
  const byGeneration = new Map<number, readonly LiveValue[]>();
  const byKey = new Map<string, ChangeSet>();

  function changed(since: number): readonly LiveValue[] {
    const known = byGeneration.get(since);
    if (known !== undefined) return known;
    const points = since === generation ? [] : [...ports.changedSince(since)];
    byGeneration.set(since, points);
    return points;
  }

  return {
    generation,
    since(from: number, key: string, wants: (id: string) => boolean): ChangeSet {
      const shared = byKey.get(`${from} ${key}`);
      if (shared !== undefined) return shared;
      const points = changed(from).filter(({ id }) => wants(id));
      let made: readonly Buffer[] | null = null;
      const frames = (): readonly Buffer[] => {
        made ??= [...framesOf(points, "changes")];
        return made;
      };
      byKey.set(`${from} ${key}`, { points, frames });
      return { points, frames };
    },
  };
}

interface ChangeSet {
  readonly points: readonly LiveValue[];
  readonly frames: () => readonly Buffer[];
}

/** At least one frame, so that an empty answer is an answer too. */
function* fullFrames(points: Iterable<LiveValue>): Generator<Buffer> {
  let some = false;
  for (const frame of framesOf(points, "values")) {
    some = true;
    yield frame;
  }
  if (!some) yield worded([], "values");
}

function* framesOf(points: Iterable<LiveValue>, type: "values" | "changes"): Generator<Buffer> {
  let batch: LiveValue[] = [];
  for (const point of points) {
    batch.push(point);
    if (batch.length < POINTS_A_FRAME) continue;
    yield worded(batch, type);
    batch = [];
  }
  if (batch.length > 0) yield worded(batch, type);
}

const worded = (points: readonly LiveValue[], type: "values" | "changes"): Buffer =>
  textFrame(JSON.stringify({ type, points: points.map(liveJson) }));

const liveJson = ({ id, value, word, state, quality, at }: LiveValue) => ({
  id,
  value,
  word,
  state,
  quality,
  at: at === null ? null : iso(at),
});

const idOf = ({ id }: LiveValue): string => id;
const mineOf = (id: string): MineCode => id.slice(0, id.indexOf(":"));
