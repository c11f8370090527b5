import type { Duplex } from "node:stream";
import { createBackoff } from "../../lib/backoff.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Logger } from "../../lib/logger.ts";
import type { Instant, Millis } from "../../model/time.ts";
import type { Acks } from "../acks.ts";
import { createCounts } from "../counts.ts";
import type { MqttPorts, Refusal } from "../ports.ts";
import { createDoor, type KnownMine } from "./door.ts";
import { openLine, speak } from "./line.ts";
import { publishPacket } from "./packets.ts";
import { createSession, type Session } from "./session.ts";
import {
  type Gap,
  RECEIVER_BOUNDS,
  type ReceiverSettings,
  type ReceiverStatus,
  type Remembered,
} from "./settings.ts";
import { stateMessage } from "./sparkplug.ts";
import { errorWords } from "./words.ts";

/** What receivers ask of the house. */
export interface ReceiverPorts
  extends Pick<MqttPorts, "accept" | "link" | "pressed" | "onRelief" | "refused"> {
  /** A configured mine, by its code or another name of it. */
  mine(code: string): KnownMine | null;
  /** Resolves when the possible gap is on record: only then is the lost session forgotten. */
  gap(gap: Gap): Promise<void>;
  /** Kept over restarts; a rejection is a fault of the disk. */
  remember(receiver: string, remembered: Remembered): Promise<void>;
}

interface Parts {
  readonly settings: ReceiverSettings;
  /** What an earlier run knew of the session; null = there was none. */
  readonly remembered: Remembered | null;
  readonly ports: ReceiverPorts;
  readonly acks: Acks;
  readonly clock: Clock;
  readonly log: Logger;
  /** Names each connection, apart from those of the embedded broker. */
  number(): number;
  tell(who: Omit<Refusal, "at" | "reason">, reason: string): void;
}

export interface Receiver {
  start(): void;
  sweep(): void;
  release(): void;
  /** Reads no more; what was taken may still be acknowledged. */
  hold(): void;
  /** Says goodbye; the broker keeps what comes meanwhile. */
  stop(): Promise<void>;
  status(): ReceiverStatus;
}

/** How often it is written down that the session stands: a gap is told no wider than that. */
const REMEMBER_EVERY: Millis = 60_000;

/** Of our own messages with an answer; SUBSCRIBE and UNSUBSCRIBE have 1 and 2. */
const STATE_ID = 3;

/** One broker we are the client of: connected as long as it can be, and known to be away while it is not. */
export function createReceiver(parts: Parts): Receiver {
  const { settings, ports, acks, clock, log } = parts;
  const { name, url, protocol, clientId, filters } = settings;
  const counts = createCounts();
  const backoff = createBackoff({ first: RECEIVER_BOUNDS.firstRetry, most: RECEIVER_BOUNDS.longestRetry });
  const door = createDoor({
    settings,
    accept: ports.accept,
    link: ports.link,
    mine: ports.mine,
    counts,
    publish: (topic, payload) =>
      session?.publish(publishPacket({ topic, payload }, { id: 0, retain: false }, protocol)),
    wall: clock.wall,
    refused: (claimed, reason) => parts.tell({ address: url, clientId, claimed }, reason),
    failed: (error) => log.error({ err: error, receiver: name }, "mqtt: a message could not be read"),
  });
  let remembered = parts.remembered;
  let saving: Promise<void> = Promise.resolve();
  /** A gap that is not on record. */
  let owed: Gap | null = null;
  let telling = false;
  let savedAt: Millis = 0;
  let session: Session | null = null;
  /** Resolves when the last connection is closed: the broker has read what we wrote. */
  let closed: Promise<unknown> = Promise.resolve();
  /** The will and the word of one connection bear one time. */
  let begun: Instant = 0;
  let retry: NodeJS.Timeout | null = null;
  let stopped = false;
  let connected = false;
  let since: Instant = clock.wall();
  let upAt: Millis = 0;
  let detail: string | null = "not tried yet";
  let lastGap: ReceiverStatus["lastGap"] = null;
  let gaps = 0;

  async function open(): Promise<void> {
    retry = null;
    try {
      const line = await openLine(settings);
      if (stopped) line.destroy();
      else join(line);
    } catch (error) {
      over(errorWords(error));
    }
  }

  function join(stream: Duplex): void {
    door.open(parts.number());
    begun = clock.wall();
    closed = new Promise((resolve) => stream.once("close", resolve));
    session = speak(stream, (line) =>
      createSession({
        settings,
        password: settings.password(),
        will: state(false),
        now: clock.mono(),
        acks,
        line,
        mayRead: () => !ports.pressed(),
        take: door.take,
        letIn,
        subscribed,
        over(why) {
          session = null;
          over(why);
        },
      }),
    );
  }

  function letIn(sessionPresent: boolean): readonly string[] {
    const before = remembered;
    const now = clock.wall();
    const known = sessionPresent && before !== null;
    if (!sessionPresent && before !== null) {
      gaps++;
      owed = { receiver: name, url, from: owed?.from ?? before.heardAt, to: now };
      log.error(owed, "mqtt: the broker lost our session: messages may be missing");
      void tellGap();
    }
    remember({ url, clientId, filters, since: known ? before.since : now, heardAt: now });
    return known ? before.filters.filter((one) => !filters.includes(one)) : [];
  }

  /** What is lost with a session is on record before the session is forgotten; what fails is tried again. */
  async function tellGap(): Promise<void> {
    const gap = owed;
    if (gap === null || telling) return;
    telling = true;
    try {
      await ports.gap(gap);
      lastGap = { from: gap.from, to: gap.to };
      if (owed === gap) owed = null;
      if (remembered !== null) remember(remembered);
    } catch (error) {
      log.error({ err: error, receiver: name }, "mqtt: a gap is not on record yet");
    } finally {
      telling = false;
    }
  }

  function remember(next: Remembered): void {
    remembered = next;
    savedAt = clock.mono();
    if (owed !== null) return;
    saving = saving
      .then(() => ports.remember(name, next))
      .catch((error: unknown) => {
        log.error({ err: error, receiver: name }, "mqtt: what is known of a session cannot be written");
      });
  }

  function subscribed(weak: string | null): void {
    connected = true;
    since = clock.wall();
    upAt = clock.mono();
    detail = weak;
    tellState(true);
    door.greet();
    log.info({ receiver: name, url, weak }, "mqtt: connected to the broker");
  }

  function state(online: boolean): { topic: string; payload: string } | null {
    const { sparkplug, topicPrefix } = settings;
    return sparkplug === null ? null : stateMessage(sparkplug, topicPrefix, online, begun);
  }

  function tellState(online: boolean): void {
    const message = state(online);
    if (message === null) return;
    session?.publish(publishPacket(message, { id: STATE_ID, retain: true }, protocol));
  }

  function over(why: string | null): void {
    const lasted = connected ? clock.mono() - upAt : 0;
    const said = why ?? "the gateway stops";
    // We are the ones who stop: no mine is down for that.
    if (!stopped) door.close(`the broker ${name}: ${said}`);
    if (connected) {
      since = clock.wall();
      seen();
    }
    if (connected || detail !== said) log.warn({ receiver: name, url, why: said }, "mqtt: not connected");
    connected = false;
    detail = said;
    counts.add("lost");
    if (stopped) return;
    if (lasted > RECEIVER_BOUNDS.wellAfter) backoff.reset();
    retry = setTimeout(() => void open(), backoff.wait());
  }

  /** The session stood until now. */
  function seen(): void {
    if (remembered !== null) remember({ ...remembered, heardAt: clock.wall() });
  }

  return {
    start: () => void open(),
    sweep() {
      const now = clock.mono();
      door.forget(now);
      session?.sweep(now);
      void tellGap();
      if (connected && now - savedAt > REMEMBER_EVERY) seen();
    },
    release: () => session?.release(),
    hold() {
      stopped = true;
      if (retry !== null) clearTimeout(retry);
      session?.hold();
    },
    async stop() {
      stopped = true;
      // Who says goodbye leaves no will.
      tellState(false);
      session?.goodbye();
      await closed;
      await saving;
    },
    status: () => ({
      name,
      url,
      protocol,
      connected,
      since,
      detail,
      lastGap,
      gaps,
      ...door.figures,
      waiting: session?.waiting ?? 0,
      mines: door.mines,
      counts: counts.all(),
    }),
  };
}
