import type { Logger } from "../lib/logger.ts";
import type { Alarm, JournalRecord } from "../model/alarm.ts";
import { BOUNDS } from "../model/bounds.ts";
import { levelRank } from "../model/rule.ts";
import { alarmJson, transitionJson } from "../wire/alarm.ts";
import { CLOSE } from "../wire/stream.ts";
import { iso } from "../wire/time.ts";
import type { Acts } from "./acts.ts";
import { type AlarmHouse, type AlarmSession, openSession } from "./alarm-session.ts";
import type { Board } from "./board.ts";
import { textFrame } from "./frame.ts";
import type { Identities } from "./identity.ts";
import { createLink } from "./link.ts";
import type { Pace } from "./pace.ts";
import { createPages } from "./pages.ts";
import type { WebPorts } from "./ports.ts";
import { createReceipts } from "./receipts.ts";
import { createRing, type EventFrame, eventFrame, eventFramesOf, sideBySide } from "./ring.ts";
import { createSnapshots } from "./snapshots.ts";
import type { Tickets } from "./tickets.ts";
import type { Arrival } from "./upgrade.ts";

export interface AlarmHubOptions {
  readonly ports: WebPorts;
  readonly board: Board;
  readonly acts: Acts;
  readonly tickets: Tickets;
  readonly identities: Identities;
  readonly pace: Pace;
  readonly log: Logger;
}

/** Events encoded before the screens have their turn: the first of a flood does not wait for the last. */
const SLICE = 64;
/** Records waiting to be encoded; past it the ring starts anew and consumers read the journal. */
const MOST_INCOMING = 20_000;
const PRUNE_EVERY_TICKS = 60;
/** Of one batch: about what a screen has room for. */
const MOST_PROVISIONAL = 100;

type Transition = Extract<JournalRecord, { type: "transition" }>;
/** A record on its way to the screens, and its bytes in the journal where they are at hand. */
interface Incoming {
  readonly record: Transition;
  readonly body: Uint8Array | undefined;
}

const eventJson = ({ t, transition, alarm, seq }: Transition): object => ({
  t: iso(t),
  transition: transitionJson(transition),
  alarm: { ...alarmJson(alarm), seq },
});

/** Those whose bytes are at hand are copied together; a test may have only the records. */
function worded(incoming: readonly Incoming[], last: number): readonly EventFrame[] {
  const written = incoming.flatMap(({ record, body }) => (body === undefined ? [] : [{ record, body }]));
  if (written.length === incoming.length) return eventFramesOf(written, last);
  return sideBySide(
    incoming.map(({ record }, i) => eventFrame(record, incoming[i - 1]?.record.seq ?? last, eventJson)),
  );
}

const isCanary = (record: JournalRecord): boolean =>
  record.type === "transition" && record.alarm.class === "test" && record.transition.what === "raise";

/** A chain begins, with the alarm or anew. */
const isFirstCall = ({ transition, alarm }: Extract<JournalRecord, { type: "transition" }>): boolean =>
  transition.what === "escalate" && alarm.escalation?.step === 1;

/** `/ws/v1/alarms` (contract §5): a cursor over the journal for every consumer, one encoding for all. */
export function createAlarmHub(options: AlarmHubOptions) {
  const { ports, board, pace, log } = options;
  const ring = createRing(BOUNDS.eventRingBytes);
  const pages = createPages((from) => ports.journal(from), eventJson);
  const snapshots = createSnapshots(board, ports.clock, alarmJson);
  const receipts = createReceipts(ports);
  const sessions = new Set<AlarmSession>();
  const byName = new Map<string, AlarmSession>();
  const counts = { events: 0, cutSlow: 0, replaced: 0, overrun: 0 };
  let incoming: Incoming[] = [];
  let taken = 0;
  let draining = false;
  let passed = 0;
  let flight: { readonly seq: number; readonly at: number; readonly asked: readonly AlarmSession[] } | null =
    null;
  let ticks = 0;
  let timer: NodeJS.Timeout | null = null;
  let checking = false;

  const house: AlarmHouse = {
    ...options,
    ring,
    pages,
    snapshots,
    receipts,
    counts,
    /** A name has one connection: the newer one takes it over (4409). */
    named(session: AlarmSession, name: string): void {
      const old = byName.get(name);
      byName.set(name, session);
      if (old === undefined || old === session) return;
      counts.replaced += 1;
      old.end(CLOSE.replaced);
    },
    full: () => byName.size >= BOUNDS.consumers,
    count: () => ports.screens(welcomed().flatMap((session) => session.identity() ?? [])),
    gone(session: AlarmSession): void {
      sessions.delete(session);
      const name = session.name();
      if (name !== null && byName.get(name) === session) byName.delete(name);
      house.count();
    },
  };

  const welcomed = () => [...sessions].filter((session) => session.consumer() !== null);

  function accept({ ws, socket, identity, known }: Arrival): void {
    sessions.add(openSession({ house, ws, link: createLink(ws, socket), identity, known }));
  }

  function journalled(records: readonly JournalRecord[], bodies: readonly Uint8Array[] = []): void {
    const last = records.at(-1);
    if (last === undefined) return;
    if (incoming.length - taken + records.length > MOST_INCOMING) {
      counts.overrun += 1;
      incoming = [];
      taken = 0;
      ring.restart(last.seq);
    } else {
      for (const [i, record] of records.entries()) {
        if (record.type !== "transition") continue;
        if (isFirstCall(record)) receipts.again(record.alarm.id);
        incoming.push({ record, body: bodies[i] });
      }
    }
    passed = last.seq;
    // One is waited for at a time, however often they are let go.
    const canary = flight === null ? records.find(isCanary) : undefined;
    if (canary !== undefined) flight = { seq: canary.seq, at: ports.clock.mono(), asked: welcomed() };
    if (!draining) drain();
  }

  function drain(): void {
    const end = Math.min(incoming.length, taken + SLICE);
    for (const event of worded(incoming.slice(taken, end), ring.last())) ring.push(event);
    taken = end;
    draining = taken < incoming.length;
    if (!draining) {
      incoming = [];
      taken = 0;
      ring.passed(passed);
    }
    const now = ports.clock.mono();
    let screens = 0;
    for (const session of sessions) {
      const consumer = session.consumer();
      if (consumer === null) continue;
      screens += 1;
      consumer.pump(now);
    }
    ports.pushed(ring.head(), screens);
    if (draining) setImmediate(drain);
  }

  /** The worst first: in a flood on a slow disk there is not room for all of them. */
  function provisional(alarms: readonly Alarm[]): void {
    const worst = [...alarms]
      .sort((a, b) => levelRank(b.level) - levelRank(a.level))
      .slice(0, MOST_PROVISIONAL);
    const told = worst.map((alarm) => ({
      alarm,
      frame: textFrame(JSON.stringify({ type: "provisional", alarm: alarmJson(alarm) })),
    }));
    for (const session of welcomed()) {
      const frames = told.filter(({ alarm }) => session.wants(alarm)).map(({ frame }) => frame);
      session.consumer()?.tell(frames);
    }
  }

  function tick(): void {
    ticks += 1;
    const now = ports.clock.mono();
    for (const session of [...sessions]) session.tick(now);
    land(now);
    if (ticks % PRUNE_EVERY_TICKS === 0) board.prune(ports.clock.wall());
    if (!checking) {
      checking = true;
      recheck()
        .catch((error: unknown) => log.warn({ error }, "could not ask whether sessions still hold"))
        .finally(() => {
          checking = false;
        });
    }
  }

  /** Who was there when the canary came, is still there, and has not acknowledged it. */
  function land(now: number): void {
    if (flight === null || now - flight.at < pace.canary) return;
    const { seq, asked } = flight;
    flight = null;
    const deaf = asked.filter(
      (session) => sessions.has(session) && (session.consumer()?.acked() ?? seq) < seq,
    );
    ports.canary({ screens: asked.length, deaf: deaf.flatMap((session) => session.name() ?? []) });
  }

  /** A revoked session, a changed role or scope is cut within 2 s. */
  async function recheck(): Promise<void> {
    const asked = new Map<string, Promise<boolean>>();
    for (const session of [...sessions]) {
      const identity = session.identity();
      if (identity === null) continue;
      const holds = asked.get(identity.secret) ?? options.identities.holds(identity);
      asked.set(identity.secret, holds);
      if (!(await holds)) session.end(CLOSE.role);
    }
  }

  return {
    accept,
    journalled,
    provisional,
    start(head: number): void {
      ring.restart(head);
      passed = head;
      timer = setInterval(tick, pace.tick);
      timer.unref();
    },
    async stop(): Promise<void> {
      if (timer !== null) clearInterval(timer);
      const all = [...sessions];
      for (const session of all) session.end(CLOSE.restart);
      await Promise.all(all.map((session) => session.saved()));
    },
    stats: () => ({
      consumers: sessions.size,
      screens: welcomed().length,
      ringBytes: ring.bytes() + pages.bytes(),
      bufferedBytes: [...sessions].reduce((sum, session) => sum + session.buffered(), 0),
      ...counts,
    }),
  };
}
