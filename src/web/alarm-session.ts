import type { WebSocket } from "ws";
import type { Alarm } from "../model/alarm.ts";
import { BOUNDS } from "../model/bounds.ts";
import { AlarmsClient, type AlarmsHello, CLOSE } from "../wire/stream.ts";
import { iso } from "../wire/time.ts";
import type { Acted } from "./acts.ts";
import type { AlarmHubOptions } from "./alarm-hub.ts";
import { doneJson } from "./answer-act.ts";
import { deedOf } from "./command.ts";
import { type Consumer, createConsumer } from "./consumer.ts";
import type { Identity } from "./identity.ts";
import { createInlet } from "./inlet.ts";
import type { Link } from "./link.ts";
import { can, inScope } from "./may.ts";
import type { Pages } from "./pages.ts";
import type { Receipts } from "./receipts.ts";
import type { Delivered, EventFrame, Ring } from "./ring.ts";
import type { createSnapshots, Snapshot } from "./snapshots.ts";

/** What a session needs of its hub. */
export interface AlarmHouse extends AlarmHubOptions {
  readonly ring: Ring;
  readonly pages: Pages;
  readonly snapshots: ReturnType<typeof createSnapshots>;
  readonly receipts: Receipts;
  readonly counts: { events: number; cutSlow: number; replaced: number };
  named(session: AlarmSession, name: string): void;
  /** No more consumers can be taken. */
  full(): boolean;
  count(): void;
  gone(session: AlarmSession): void;
}

export interface AlarmSession {
  identity(): Identity | null;
  name(): string | null;
  /** Null until welcome. */
  consumer(): Consumer | null;
  wants(alarm: Alarm): boolean;
  buffered(): number;
  tick(now: number): void;
  end(code: number): void;
  /** Resolves when the cursor is stored. */
  saved(): Promise<void>;
}

/** Acts of one connection that wait for the journal; the next are answered busy. */
const MOST_ACTS = 16;
/** Messages taken between hello and welcome. */
const MOST_EARLY = 32;
/** A message that is none of ours, or at the wrong moment: policy violation. */
const WRONG = 1008;
const TRY_LATER = 1013;
const BUSY = { ok: false, why: "busy", detail: "too many acts at once" } as const;
const NOBODY = { ok: false, why: "forbidden", detail: "not signed in" } as const;
/** Time for a bye to be read before the socket goes. */
const GRACE = 2_000;

type Filtered = Pick<EventFrame, "mine" | "level" | "test">;
type Command = Extract<AlarmsClient, { type: "cmd" }>;

/** One connection from hello to bye. Listeners are attached before anything is waited for. */
export function openSession({
  house,
  ws,
  link,
  identity: bearer,
  known,
}: {
  house: AlarmHouse;
  ws: WebSocket;
  link: Link;
  identity: Identity | null;
  known: () => void;
}): AlarmSession {
  const { ports, pace, log } = house;
  const { mono, wall } = ports.clock;
  let identity = bearer;
  let consumer: Consumer | null = null;
  let name: string | null = null;
  let asked: AlarmsHello | null = null;
  let ended = false;
  let heardAt = mono();
  const openedAt = mono();
  let beatAt = Number.NEGATIVE_INFINITY;
  let pingAt = mono();
  let acting = 0;
  const early: Exclude<AlarmsClient, AlarmsHello>[] = [];
  let saving: Promise<void> = Promise.resolve();
  let savedSeq = -1;

  ws.on("pong", () => {
    heardAt = mono();
  });
  ws.on("error", (error) => log.debug({ error: error.message }, "a screen's connection failed"));
  ws.on("close", leave);
  link.onDrain(() => consumer?.pump(mono()));
  createInlet(ws, {
    schema: AlarmsClient,
    take(message) {
      heardAt = mono();
      if (message.type === "hello") hello(message);
      else if (asked === null || early.length >= MOST_EARLY) end(WRONG);
      else if (consumer === null) early.push(message);
      else obey(message, consumer);
    },
    wrong: end,
  });

  function hello(message: AlarmsHello): void {
    const fault = refusal(message);
    if (fault !== null || identity === null) {
      end(fault ?? CLOSE.ticket);
      return;
    }
    known();
    asked = message;
    name = `${identity.user}/${message.consumer}`;
    house.named(session, name);
    welcome(message, name).catch((error: unknown) => {
      log.warn({ error }, "a screen could not be welcomed");
      end(CLOSE.restart);
    });
  }

  function refusal(message: AlarmsHello): number | null {
    if (asked !== null) return WRONG;
    identity ??= message.ticket === undefined ? null : house.tickets.redeem(message.ticket);
    if (identity === null) return CLOSE.ticket;
    if (!can(identity, "read", null)) return CLOSE.role;
    return house.full() ? TRY_LATER : null;
  }

  async function welcome(message: AlarmsHello, consumerName: string): Promise<void> {
    const epoch = ports.epoch();
    const after = await resumable(message, consumerName, epoch);
    const snapshot: Snapshot | null =
      after === null ? await house.snapshots.take(filterKey(message), wantsAlarm) : null;
    if (ended || link.closed()) return;
    const from = snapshot?.at ?? after ?? 0;
    link.say({
      type: "welcome",
      v: 1,
      epoch,
      head: house.board.head(),
      resume: snapshot === null ? "from" : "snapshot",
      from: from + 1,
      heartbeatMs: pace.beat,
    });
    consumer = createConsumer({
      link,
      ring: house.ring,
      pages: house.pages,
      wants,
      from,
      snapshot: snapshot?.frames ?? [],
      now: mono(),
      sent: () => {
        house.counts.events += 1;
      },
      lost: (error) => {
        log.warn({ error }, "the journal could not be read for a screen");
        end(CLOSE.restart);
      },
    });
    house.count();
    consumer.pump(mono());
    for (const message of early.splice(0)) obey(message, consumer);
  }

  /**
   * The record after which this consumer can go on, null when it needs a snapshot: its epoch is ours, it is not
   * ahead of us, and the journal still has what comes next. A hello with an epoch and no `lastSeq` goes on at
   * the consumer's durable cursor; one with neither knows nothing yet.
   */
  async function resumable(
    message: AlarmsHello,
    consumerName: string,
    epoch: string,
  ): Promise<number | null> {
    if (message.epoch !== epoch) return null;
    const kept = message.lastSeq === undefined ? await ports.cursors.get(consumerName) : null;
    const last = message.lastSeq ?? (kept?.epoch === epoch ? kept.seq : null);
    if (last === null || last > Math.max(house.board.head(), ports.head())) return null;
    if (last >= house.ring.head() || house.ring.seek(last) !== null) return last;
    return house.pages.page(last + 1).then(
      () => last,
      () => null,
    );
  }

  function obey(message: Exclude<AlarmsClient, AlarmsHello>, by: Consumer): void {
    switch (message.type) {
      case "ack":
        ack(by, message.seq);
        break;
      case "seen":
        seen(message.seq, message.rung);
        break;
      case "cmd":
        command(message).catch((error: unknown) => log.error({ error }, "an act failed"));
    }
  }

  function ack(to: Consumer, seq: number): void {
    for (const event of to.ack(seq, mono())) {
      if (!event.rings || identity === null || event.had.includes(identity.user)) continue;
      event.had.push(identity.user);
      receipt(event, "delivered");
    }
  }

  /** Of what came as an event, or long ago and then in a snapshot. */
  function seen(seq: number, rung: "rendered" | "seen"): void {
    const event = house.ring.find(seq);
    if (event !== null) {
      if (wants(event) && !event.test) receipt(event.about, rung);
      return;
    }
    const alarm = house.board.at(seq);
    if (alarm !== null && wantsAlarm(alarm)) receipt({ alarm: alarm.id, level: alarm.level }, rung);
  }

  function receipt(
    { alarm, level }: Pick<Delivered, "alarm" | "level">,
    rung: "delivered" | "rendered" | "seen",
  ): void {
    if (identity === null) return;
    house.receipts.take({ alarm, rung, by: identity.user, device: name ?? "", level });
  }

  async function command(message: Command): Promise<void> {
    acting += 1;
    try {
      const result = acting > MOST_ACTS ? BUSY : await carriedOut(message);
      link.say({ type: "done", id: message.id, ...doneJson(result) });
    } finally {
      acting -= 1;
    }
  }

  async function carriedOut(message: Command): Promise<Acted> {
    if (identity === null) return NOBODY;
    const read = deedOf(message, wall());
    if (!read.ok) return read;
    return house.acts.onAlarm(identity, read.deed, { id: message.id, device: name ?? "" });
  }

  /** The canary reaches every consumer; everything else only whom it concerns and who asked for it. */
  function wants(event: Filtered): boolean {
    if (event.test) return true;
    if (identity === null || asked === null || !inScope(identity, event.mine)) return false;
    const { mines, levels } = asked;
    if (mines !== undefined && !mines.includes("*") && !mines.includes(event.mine)) return false;
    return levels === undefined || levels.includes(event.level);
  }
  const wantsAlarm = (alarm: Alarm): boolean =>
    wants({ mine: alarm.mine, level: alarm.level, test: alarm.class === "test" });

  const filterKey = ({ mines, levels }: AlarmsHello): string =>
    JSON.stringify([identity?.role === "mine", identity?.mines, mines, levels]);

  function tick(now: number): void {
    if (consumer === null) {
      if (asked === null && now - openedAt >= pace.hello) end(CLOSE.ticket);
      return;
    }
    if (isStuck(consumer, now)) {
      house.counts.cutSlow += 1;
      end(CLOSE.slow);
      return;
    }
    if (now - pingAt >= pace.ping) {
      pingAt = now;
      ws.ping();
    }
    if (now - beatAt >= pace.beat && link.buffered() < BOUNDS.consumerBufferedBytes) {
      beatAt = now;
      beat(consumer);
    }
    save(consumer);
  }

  function beat(to: Consumer): void {
    link.say({
      type: "beat",
      epoch: ports.epoch(),
      head: house.board.head(),
      sent: to.sent(),
      at: iso(wall()),
    });
  }

  const isStuck = (one: Consumer, now: number): boolean =>
    (one.unacked() > 0 && now - one.waitingSince() >= pace.ack) ||
    (one.inSnapshot() && now - openedAt >= pace.snapshot) ||
    now - heardAt >= pace.ack + pace.ping;

  /** Written lazily, at most once a tick: a crash repeats, never skips. */
  function save(one: Consumer): void {
    const seq = one.position();
    if (name === null || seq === null || seq === savedSeq) return;
    savedSeq = seq;
    const consumerName = name;
    saving = saving
      .then(() => ports.cursors.set(consumerName, ports.epoch(), seq))
      .catch((error: unknown) => log.warn({ error }, "a consumer's cursor could not be stored"));
  }

  function end(code: number): void {
    if (ended) return;
    ended = true;
    link.bye(code, code === CLOSE.slow ? 0 : GRACE);
    leave();
  }

  function leave(): void {
    ended = true;
    if (consumer !== null) save(consumer);
    consumer = null;
    house.gone(session);
  }

  const session: AlarmSession = {
    identity: () => identity,
    name: () => name,
    consumer: () => consumer,
    wants: wantsAlarm,
    buffered: link.buffered,
    tick,
    end,
    saved: () => saving,
  };
  return session;
}
