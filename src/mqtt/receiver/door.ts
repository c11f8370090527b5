import type { MineCode } from "../../model/mine.ts";
import type { Instant, Millis } from "../../model/time.ts";
import { MINE_CODE } from "../../wire/topic.ts";
import type { Counts } from "../counts.ts";
import { packetOf } from "../inlet.ts";
import { printable } from "../packet-grammar.ts";
import type { AcceptedPacket, MqttPorts } from "../ports.ts";
import { type Destination, destination, underCode } from "../topic-access.ts";
import type { Frame } from "./frames.ts";
import type { Publish } from "./packets.ts";
import { RECEIVER_BOUNDS, type ReceiverSettings } from "./settings.ts";
import { createSparkplugDoor } from "./sparkplug.ts";

/** A mine that is configured, by any of its codes. */
export interface KnownMine {
  readonly mine: MineCode;
  readonly aliases: readonly MineCode[];
}

interface DoorParts {
  readonly settings: Pick<
    ReceiverSettings,
    "name" | "url" | "mines" | "topicPrefix" | "clientId" | "sparkplug"
  >;
  readonly accept: MqttPorts["accept"];
  readonly link: MqttPorts["link"];
  /** Told of each mine and each sort of stranger now and then, not of each message. */
  refused(claimed: string, reason: string): void;
  mine(code: string): KnownMine | null;
  /** Publishes on this connection; with QoS 0. */
  publish(topic: string, payload: Uint8Array): void;
  wall(): Instant;
  /** A fault of ours; the message is kept as one that cannot be used. */
  failed(error: unknown): void;
  readonly counts: Counts;
}

/** What came by, ever. */
export interface DoorFigures {
  messages: number;
  bytes: number;
  qos0: number;
  refused: number;
  unknown: number;
}

/** Where a broker's messages come in: each is held against the mines this broker may speak for. */
export interface Door {
  /** A new connection: what mines are up by it is told anew. */
  open(connection: number): void;
  /** Everything is subscribed to. */
  greet(): void;
  /** What came by it is down. */
  close(why: string): void;
  take(frame: Frame, publish: Publish, done: (ok: boolean) => void): void;
  /** What the configuration says of mines may have changed. */
  forget(now: Millis): void;
  readonly figures: Readonly<DoorFigures>;
  readonly mines: number;
}

type Place =
  | {
      readonly kind: "mine";
      readonly bytes: Buffer;
      readonly from: From;
      /** Under the mine's own code, without the prefix. */
      readonly topic: string;
      readonly to: Exclude<Destination, { kind: "foreign" }>;
    }
  /** Of Sparkplug B, without the prefix. */
  | { readonly kind: "sparkplug"; readonly bytes: Buffer; readonly topic: string }
  /** Another mine's: not taken. */
  | { readonly kind: "refused"; readonly bytes: Buffer; readonly claimed: string; readonly why: string }
  /** None of ours. */
  | { readonly kind: "unknown"; readonly bytes: Buffer; readonly why: string };

/** From which connection and mine. */
export interface From {
  readonly number: number;
  readonly traffic: { readonly mine: MineCode; counted(qos: 0 | 1, bytes: number): void };
}

/** Different topics whose meaning is remembered; past them it forgets and starts again. */
const TOPICS = 8_192;
const FORGET_EVERY: Millis = 5_000;
/** One sort of refusal is listed so often, and so many sorts. */
const LIST_EVERY: Millis = 60_000;
const SORTS = 256;

export function createDoor(parts: DoorParts): Door {
  const { settings, accept, link, refused, mine: known, counts } = parts;
  const figures: DoorFigures = { messages: 0, bytes: 0, qos0: 0, refused: 0, unknown: 0 };
  const places = new Map<string, Place>();
  const listed = new Map<string, Millis>();
  const up = new Set<MineCode>();
  const sparkplug =
    settings.sparkplug === null
      ? null
      : createSparkplugDoor({
          settings: settings.sparkplug,
          accept,
          publish: (topic, payload) => parts.publish(`${settings.topicPrefix}${topic}`, payload),
          from(mine) {
            tellUp(mine);
            return { number, traffic: { mine, counted } };
          },
          counts,
        });
  let last: Place | null = null;
  let number = 0;
  let at: Millis = 0;
  let forgotAt: Millis = 0;

  function counted(qos: 0 | 1, bytes: number): void {
    figures.messages++;
    figures.bytes += bytes;
    if (qos === 0) figures.qos0++;
  }

  function placeOf(bytes: Buffer, from: number, to: number): Place {
    if (last !== null && bytes.compare(last.bytes, 0, last.bytes.length, from, to) === 0) return last;
    const name = bytes.toString("utf8", from, to);
    let place = places.get(name);
    if (place === undefined) {
      place = find(name, Buffer.from(bytes.subarray(from, to)));
      if (places.size >= TOPICS) places.clear();
      places.set(name, place);
    }
    last = place;
    return place;
  }

  function find(name: string, bytes: Buffer): Place {
    const unknown = (why: string): Place => ({ kind: "unknown", bytes, why });
    if (!printable(bytes)) return unknown("topic-characters");
    if (!name.startsWith(settings.topicPrefix)) return unknown("outside the prefix");
    const own = name.slice(settings.topicPrefix.length);
    if (sparkplug !== null && own.startsWith("spBv1.0/")) return { kind: "sparkplug", bytes, topic: own };
    const claimed = /^mine\/v1\/([^/]+)/.exec(own)?.[1];
    if (claimed === undefined) return unknown("not-a-mine-topic");
    if (!MINE_CODE.test(claimed)) return unknown("mine-code");
    const who = known(claimed);
    if (who === null) return { kind: "refused", bytes, claimed, why: "no mine has this code" };
    if (settings.mines !== "*" && !settings.mines.includes(who.mine))
      return { kind: "refused", bytes, claimed, why: "a mine this broker may not speak for" };
    const topic = underCode(own, who.mine, who.aliases);
    const to = destination(topic, { mine: who.mine, system: null });
    if (to.kind === "foreign") return unknown(to.why);
    return { kind: "mine", bytes, from: { number, traffic: { mine: who.mine, counted } }, topic, to };
  }

  function tellUp(mine: MineCode): void {
    if (up.has(mine)) return;
    up.add(mine);
    link({ mine, system: null, event: "up", connection: number, why: `by the broker ${settings.name}` });
  }

  function turnAway(place: Place & { kind: "refused" | "unknown" }): void {
    figures[place.kind]++;
    const claimed = place.kind === "refused" ? place.claimed : "";
    counts.add(`${place.kind}: ${place.why}`);
    const sort = `${claimed}\n${place.why}`;
    const before = listed.get(sort);
    if (before === undefined ? listed.size >= SORTS : at - before < LIST_EVERY) return;
    listed.set(sort, at);
    const topic = place.bytes.toString("utf8").slice(0, 128);
    refused(claimed, `broker ${settings.name}: ${place.why}: ${topic}`);
  }

  /** What cannot be read for a fault of ours would come again for ever if it were not taken. */
  function read(
    { from, topic }: Place & { kind: "mine" },
    to: (Place & { kind: "mine" })["to"],
    payload: Buffer,
    marks: Pick<Publish, "qos" | "retain" | "dup">,
  ): AcceptedPacket {
    try {
      return packetOf(from, topic, to, payload, marks, counts);
    } catch (error) {
      parts.failed(error);
      return packetOf(from, topic, { kind: "unusable", why: "a fault of davylamp" }, payload, marks, counts);
    }
  }

  return {
    open(connection) {
      number = connection;
      places.clear();
      last = null;
    },
    greet: () => sparkplug?.greet(parts.wall()),
    close(why) {
      for (const mine of up) link({ mine, system: null, event: "down", connection: number, why });
      up.clear();
    },
    take({ bytes, end, size, body }, { qos, retain, dup, topicFrom, topicTo, payload }, done) {
      const place = placeOf(bytes, topicFrom, topicTo);
      if (place.kind === "sparkplug") {
        const why = sparkplug?.hear(place.topic, bytes.subarray(payload, end), parts.wall(), done) ?? null;
        if (why !== null) figures.unknown++;
        return;
      }
      if (place.kind !== "mine") {
        turnAway(place);
        return done(true);
      }
      tellUp(place.from.traffic.mine);
      const long = size > RECEIVER_BOUNDS.packetBytes;
      const to = long ? ({ kind: "unusable", why: tooLong(size - (payload - body)) } as const) : place.to;
      accept(read(place, to, bytes.subarray(payload, end), { qos, retain, dup }), done);
    },
    forget(now) {
      at = now;
      sparkplug?.tick(parts.wall());
      if (now - forgotAt < FORGET_EVERY) return;
      forgotAt = now;
      places.clear();
      last = null;
    },
    figures,
    get mines() {
      return up.size;
    },
  };
}

const tooLong = (bytes: number): string =>
  `about ${bytes} bytes, more than ${RECEIVER_BOUNDS.packetBytes} are not read; split the message`;
