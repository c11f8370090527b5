import { randomBytes } from "node:crypto";
import { createBackoff } from "../lib/backoff.ts";
import type { Logger } from "../lib/logger.ts";
import type { Notification } from "../model/notification.ts";
import { DAY, type Instant, MINUTE } from "../model/time.ts";
import type { Channel, Message, Receiver, Sent } from "./channel.ts";
import { type Pace, pick } from "./digest.ts";
import type { Ended, Outbox } from "./outbox.ts";
import { createRate, type Rate } from "./rate.ts";

/** Rows looked at in one turn; where each is its own message, no more than may leave. */
const LOOKED_AT = 1_000;
/** Events fetched for a message: a digest spells out as many. */
const SPELT_OUT = 10;
/** Nothing is news after a day; what was tried so long is given up, and kept as such. */
const GIVEN_UP_AFTER = DAY;
const PAUSE = { first: 1_000, most: 30_000 };
const AGAIN = { first: 2_000, most: 5 * MINUTE };

export interface LaneOptions {
  readonly id: string;
  readonly channel: Channel;
  readonly pace: Pace;
  readonly perMinute: number;
  /** Messages on their way at once. */
  readonly parallel: number;
  readonly outbox: Outbox;
  readonly now: () => Instant;
  readonly quietUntil: (at: Instant) => Instant | null;
  /** Where a person's device is; null = nobody knows. Of a standing subscriber, whom the settings name. */
  readonly receiverOf: (row: Notification) => Receiver | "nobody" | null;
  readonly messageOf: (parts: {
    readonly id: string;
    readonly at: Instant;
    readonly receiver: Receiver | null;
    readonly rows: readonly Notification[];
    readonly events: Readonly<Record<number, string>>;
  }) => Message;
  /** Calls back after so many ms of `now`; answers how to call it off. */
  readonly later: Later;
  readonly log: Logger;
}

export type Later = (ms: number, call: () => void) => () => void;

export interface LaneStats {
  sent: number;
  retried: number;
  refused: number;
  expired: number;
  muted: number;
  /** Since when nothing got through; null = the last try did. */
  failingSince: Instant | null;
  lastFault: string | null;
}

export type Lane = ReturnType<typeof createLane>;

/** One channel at work: takes what is due by urgency, marks it in flight, sends it, and says what became of it. */
export function createLane(options: LaneOptions) {
  const { id, channel, outbox, pace, log } = options;
  const pause = createBackoff(PAUSE);
  const inFlight = new Set<Promise<void>>();
  const stats: LaneStats = {
    sent: 0,
    retried: 0,
    refused: 0,
    expired: 0,
    muted: 0,
    failingSince: null,
    lastFault: null,
  };
  let rate: Rate | null = null;
  let pausedUntil = 0;
  let callOff: () => void = () => {};
  let running = false;
  let turning = Promise.resolve();
  let woken = false;
  let stopped = false;

  function wake(): void {
    woken = true;
    if (!running && !stopped) turning = run();
  }

  async function run(): Promise<void> {
    running = true;
    while (woken && !stopped) {
      woken = false;
      const until = await turn().catch((error: unknown) => {
        log.warn({ channel: id, error: String(error) }, "the outbox does not answer; asked again soon");
        return options.now() + PAUSE.first;
      });
      if (until === "now") woken = true;
      else sleep(until);
    }
    running = false;
  }

  function sleep(until: Instant | null): void {
    callOff();
    if (until !== null && !stopped) callOff = options.later(Math.max(5, until - options.now()), wake);
  }

  /** Answers when to look again: null = when woken. */
  async function turn(): Promise<Instant | "now" | null> {
    const now = options.now();
    rate ??= createRate(options.perMinute, await outbox.attempts(id, now - MINUTE));
    if (now < pausedUntil) return pausedUntil;
    if (inFlight.size >= options.parallel) return null;
    const quiet = options.quietUntil(now);
    const least = quiet === null ? "none" : "red";
    const limit = pace.group === "one" ? options.parallel : LOOKED_AT;
    const { rows, next } = await outbox.due({ channel: id, now, least, limit });
    const picked = pick(rows, { now, pace, rate });
    if (picked.kind === "wait") return earliest(picked.until, next, quiet);
    await launch(picked.rows, rate);
    return "now";
  }

  /** The mark is on disk before the first byte leaves. */
  async function launch(rows: readonly Notification[], rate: Rate): Promise<void> {
    const message = randomBytes(16).toString("hex");
    const [first] = rows;
    if (first === undefined || stopped) return;
    const receiver = options.receiverOf(first);
    const events = await outbox.bodies([...new Set(rows.slice(0, SPELT_OUT).map(({ seq }) => seq))]);
    const at = options.now();
    const address = receiver === null || receiver === "nobody" ? null : hidden(receiver.to);
    try {
      await outbox.begin([{ message, channel: id, at, rows: rows.map(({ n }) => n), address }]);
    } catch (error) {
      // Whether it is marked nobody knows; it was not sent.
      await finish({ ...waiting(message, at), result: String(error) });
      throw error;
    }
    rate.took(at);
    const told = receiver === "nobody" ? null : receiver;
    const sending =
      receiver === null
        ? Promise.resolve<Sent>({ kind: "refused", why: "no address of this device" })
        : channel.send(options.messageOf({ id: message, at, receiver: told, rows, events }));
    const done = sending
      .then((result) => finish(endedOf(message, rows, result)))
      .finally(() => {
        inFlight.delete(done);
        wake();
      });
    inFlight.add(done);
  }

  function endedOf(message: string, rows: readonly Notification[], result: Sent): Ended {
    const at = options.now();
    switch (result.kind) {
      case "sent":
        stats.sent += 1;
        stats.failingSince = null;
        pause.reset();
        return {
          ...waiting(message, at),
          state: "sent",
          providerId: result.providerId,
          result: result.detail,
        };
      case "refused":
        stats.refused += 1;
        stats.lastFault = result.why;
        log.warn({ channel: id, why: result.why }, "a message was refused for good");
        return { ...waiting(message, at), state: "refused", result: result.why };
      case "muted":
        stats.muted += 1;
        failed(at, result.why);
        pausedUntil = at + result.forMs;
        return givenUp({ ...waiting(message, at), result: result.why }, rows);
      case "retry": {
        stats.retried += 1;
        failed(at, result.why);
        const tries = Math.max(...rows.map((row) => row.tries));
        if (result.of === "channel") pausedUntil = at + Math.max(pause.wait(), result.afterMs ?? 0);
        const due = result.of === "channel" ? at : at + (result.afterMs ?? againAfter(tries));
        const ended = { ...waiting(message, at), due, unsure: result.unsure, result: result.why };
        return givenUp(ended, rows);
      }
    }
  }

  function failed(at: Instant, why: string): void {
    stats.failingSince ??= at;
    stats.lastFault = why;
    log.warn({ channel: id, why }, "a message was not taken; it is tried again");
  }

  function givenUp(ended: Ended, rows: readonly Notification[]): Ended {
    const newest = Math.max(...rows.map(({ createdAt }) => createdAt));
    if (ended.at - newest < GIVEN_UP_AFTER) return ended;
    stats.expired += 1;
    return { ...ended, state: "expired" };
  }

  /** Until it is on disk: a mark that stays would make a repeat of what was sent. */
  async function finish(ended: Ended): Promise<void> {
    const wait = createBackoff({ first: 200, most: 5_000 });
    for (let tries = 0; ; tries += 1) {
      try {
        return await outbox.finish(ended);
      } catch (error) {
        log.error({ channel: id, error: String(error) }, "what became of a message cannot be written");
        if (stopped && tries >= LAST_TRIES) return;
      }
      await new Promise((resolve) => setTimeout(resolve, wait.wait()));
    }
  }

  return {
    id,
    wake,
    stats: (): Readonly<LaneStats> => stats,
    /** Takes nothing more, and resolves when what is on its way has come to its end. */
    async stop(): Promise<void> {
      stopped = true;
      callOff();
      // What is being marked as in flight leaves yet.
      await turning;
      await Promise.all(inFlight);
      channel.close();
    },
  };
}

const LAST_TRIES = 3;

const waiting = (message: string, at: Instant): Ended => ({
  message,
  at,
  state: "waiting",
  due: at,
  unsure: false,
  providerId: null,
  result: null,
});

/** Twice as long after each try, each cut by up to half. */
const againAfter = (tries: number): number =>
  createBackoff({ ...AGAIN, first: Math.min(AGAIN.first * 2 ** Math.min(tries, 20), AGAIN.most) }).wait();

function earliest(...moments: readonly (Instant | null)[]): Instant | null {
  const known = moments.filter((moment) => moment !== null);
  return known.length === 0 ? null : Math.min(...known);
}

/** Enough of an address to know it again. */
export function hidden(to: string): string {
  const keep = Math.min(3, Math.floor(to.length / 3));
  return to.length === 0 ? "" : `${to.slice(0, keep)}****${to.slice(to.length - keep)}`.slice(0, 40);
}
