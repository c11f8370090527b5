import type { Millis } from "../../model/time.ts";
import type { Acks } from "../acks.ts";
import { createFrames, type Frame } from "./frames.ts";
import {
  connectPacket,
  DISCONNECT,
  FROM_BROKER,
  isFault,
  PINGREQ,
  type Publish,
  readConnack,
  readDisconnect,
  readPublish,
  readSuback,
  subscribePacket,
  unsubscribePacket,
} from "./packets.ts";
import { RECEIVER_BOUNDS, type ReceiverSettings } from "./settings.ts";
import { CLOSED_WORDS, closedEarlyWords, codeWords, refusalWords } from "./words.ts";

/** What a session asks of who opened its connection. */
export interface SessionParts {
  readonly settings: Pick<
    ReceiverSettings,
    "protocol" | "clientId" | "username" | "filters" | "keepAlive" | "sessionExpiry"
  >;
  readonly password: string | null;
  /** What the broker says of us when we are gone without a word. */
  readonly will?: { readonly topic: string; readonly payload: string } | null;
  /** Nothing of it outlives the connection: to try out only. */
  readonly clean?: boolean;
  readonly now: Millis;
  readonly acks: Acks;
  readonly line: Line;
  /** False while no mine is read; `release` is called when that ends. */
  mayRead(): boolean;
  /** Takes a message, and answers once the house has recorded it. */
  take(frame: Frame, publish: Publish, done: (ok: boolean) => void): void;
  /** The broker knows us: with what was kept for us, or from now on. Filters to take back are the answer. */
  letIn(sessionPresent: boolean): readonly string[];
  /** Every filter stands; what is weak about it, in words. */
  subscribed(weak: string | null): void;
  /** Called once. Why it ended; null = we said goodbye. */
  over(why: string | null): void;
}

/** The bytes of the connection. */
export interface Line {
  write(bytes: Buffer): void;
  /** Whether more is to be read. */
  flow(read: boolean): void;
  /** Lets leave what was written; `destroy` does not. */
  end(): void;
  destroy(): void;
}

export interface Session {
  receive(chunk: Buffer): void;
  /** The peer's end, or an error of the network in words. */
  lost(why: string | null): void;
  /** Closes for a limit of time and keeps the connection alive; called now and then. */
  sweep(now: Millis): void;
  /** Reading may go on. */
  release(): void;
  /** Reads no more; what is answered still leaves by `goodbye`. */
  hold(): void;
  goodbye(): void;
  publish(packet: Buffer): void;
  readonly waiting: number;
}

type Phase = "greeting" | "subscribing" | "up" | "over";

const SUBSCRIBE_ID = 1;
const UNSUBSCRIBE_ID = 2;

const broken = (what: string): string => `the broker broke a rule of MQTT: ${what}`;

/** One connection to a broker as its client: what it sends goes to the house, and back come PUBACKs, in order. */
export function createSession(parts: SessionParts): Session {
  const { settings, line } = parts;
  const { protocol } = settings;
  const frames = createFrames(RECEIVER_BOUNDS.packetBytes);
  let phase: Phase = "greeting";
  let held = false;
  let reading = true;
  let messages = 0;
  let bytes = 0;
  /** Of QoS 1: what the broker counts against our receive maximum. */
  let unanswered = 0;
  let keepAlive = settings.keepAlive;
  /** Seconds the broker keeps our session, where it says so. */
  let expiry: number | null = null;
  let phaseAt = parts.now;
  let heard = true;
  let heardAt = parts.now;
  let pingAt = parts.now;

  const answers = parts.acks.line({
    acknowledge(pubacks, answered) {
      messages -= answered;
      unanswered -= pubacks.length / 4;
      if (pubacks.length > 0) line.write(pubacks);
      goOn();
    },
    unrecorded: () => fail("a message could not be recorded"),
  });

  line.write(
    connectPacket({
      protocol,
      clientId: settings.clientId,
      clean: parts.clean === true,
      username: settings.username,
      password: parts.password,
      keepAliveSeconds: Math.ceil(settings.keepAlive / 1_000),
      sessionExpirySeconds: parts.clean === true ? 0 : Math.round(settings.sessionExpiry / 1_000),
      receiveMaximum: RECEIVER_BOUNDS.underWay,
      will: parts.will ?? null,
    }),
  );

  /** Everything that may be done now, after anything that may have made it possible. */
  function goOn(): void {
    while (mayTake()) {
      const frame = frames.next();
      if (frame === null) break;
      const wrong = frame === "length" ? broken("length") : read(frame);
      if (wrong !== null) fail(wrong);
    }
    const may = mayTake();
    if (may === reading || isOver()) return;
    reading = may;
    // Time in which we did not read is not held against the broker.
    heard = true;
    line.flow(reading);
  }

  const isOver = (): boolean => phase === "over";
  const mayTake = (): boolean =>
    !isOver() &&
    !held &&
    messages < RECEIVER_BOUNDS.underWay &&
    bytes < RECEIVER_BOUNDS.underWayBytes &&
    parts.mayRead();

  /** Null, or why the connection cannot go on. */
  function read(frame: Frame): string | null {
    const type = (frame.bytes[frame.at] as number) >> 4;
    if (type === FROM_BROKER.connack) return phase === "greeting" ? greeted(frame) : broken("second CONNACK");
    if (phase === "greeting") return broken("before CONNACK");
    if (type === FROM_BROKER.publish) return readMessage(frame);
    if (frame.size > RECEIVER_BOUNDS.packetBytes) return broken("length");
    switch (type) {
      case FROM_BROKER.suback:
        return phase === "subscribing" ? granted(frame) : broken("SUBACK unasked");
      case FROM_BROKER.puback:
      case FROM_BROKER.unsuback:
      case FROM_BROKER.pingresp:
        return null;
      case FROM_BROKER.disconnect: {
        if (protocol === 4) return broken("DISCONNECT of a server");
        const { code, reason } = readDisconnect(frame);
        return `the broker ends the connection: ${codeWords(code, reason)}`;
      }
      default:
        return broken(`packet type ${type}`);
    }
  }

  function readMessage(frame: Frame): string | null {
    const publish = readPublish(frame, protocol);
    if (isFault(publish)) return broken(publish);
    if (publish.id !== 0) {
      if (protocol === 5 && unanswered >= RECEIVER_BOUNDS.underWay) return broken("receive maximum");
      unanswered++;
    }
    messages++;
    const size = frame.end - frame.at;
    bytes += size;
    const answer = answers.place(publish.id);
    parts.take(frame, publish, (ok) => {
      bytes -= size;
      answer(ok);
    });
    return null;
  }

  function greeted(frame: Frame): string | null {
    const connack = readConnack(frame, protocol);
    if (isFault(connack)) return broken(connack);
    if (connack.code !== 0) return refusalWords(connack.code, connack.reason, protocol);
    if (connack.mostQos === 0) return "the broker grants QoS 0 only, with which messages get lost";
    if (connack.keepAlive !== null) keepAlive = Math.max(1, connack.keepAlive) * 1_000;
    expiry = connack.sessionExpiry;
    phase = "subscribing";
    phaseAt = heardAt;
    const stale = parts.letIn(connack.sessionPresent);
    line.write(subscribePacket(settings.filters, SUBSCRIBE_ID, protocol));
    if (stale.length > 0) line.write(unsubscribePacket(stale, UNSUBSCRIBE_ID, protocol));
    return null;
  }

  function granted(frame: Frame): string | null {
    const codes = readSuback(frame, protocol);
    if (isFault(codes)) return broken(codes);
    const { filters } = settings;
    if (codes.length !== filters.length) return broken("SUBACK of another length");
    const refused = codes.findIndex((code) => code >= 0x80);
    if (refused >= 0)
      return `the broker refuses the filter ${filters[refused]}: ${codeWords(codes[refused] ?? 0, null)}`;
    phase = "up";
    parts.subscribed(weakness(filters.filter((_, i) => codes[i] === 0)));
    return null;
  }

  /** What may get lost although we are connected, in words. */
  function weakness(weak: readonly string[]): string | null {
    if (weak.length > 0)
      return `QoS 0 only is granted for ${weak.join(", ")}: messages get lost while we are away`;
    const short = expiry !== null && expiry * 1_000 < settings.sessionExpiry && parts.clean !== true;
    return short ? `the broker keeps our session for ${expiry} s only` : null;
  }

  function fail(why: string | null): void {
    if (isOver()) return;
    phase = "over";
    answers.drop();
    if (why === null) line.end();
    else line.destroy();
    parts.over(why);
  }

  return {
    receive(chunk) {
      if (isOver()) return;
      heard = true;
      frames.push(chunk);
      goOn();
    },
    lost: (why) => fail(why ?? (phase === "greeting" ? closedEarlyWords(protocol) : CLOSED_WORDS)),
    sweep(now) {
      if (isOver()) return;
      goOn();
      if (heard || !reading) heardAt = now;
      heard = false;
      if (phase !== "up") {
        if (!reading) phaseAt = now;
        if (now - phaseAt > RECEIVER_BOUNDS.letInWithin)
          fail(phase === "greeting" ? "no answer to CONNECT" : "no answer to SUBSCRIBE");
        return;
      }
      if (now - heardAt > keepAlive) return fail("no answer to PINGREQ");
      if (now - pingAt < keepAlive / 2) return;
      pingAt = now;
      line.write(PINGREQ);
    },
    release() {
      goOn();
    },
    hold() {
      held = true;
      goOn();
    },
    goodbye() {
      if (isOver()) return;
      line.write(DISCONNECT);
      fail(null);
    },
    publish(packet) {
      if (phase === "up") line.write(packet);
    },
    get waiting() {
      return messages;
    },
  };
}
