import mqttPacket from "mqtt-packet";

/**
 * `canonical`: keys ts, seq, readings and p, v, without a space. `any`: the same said in other words that are
 * just as valid: other key order, spaces, a vendor's own fields, an escape in a text.
 */
export type Shape = "canonical" | "any";

export interface PacketPlan {
  readonly mine: string;
  /** Names the points of one connection: no two connections send the same point. */
  readonly prefix: string;
  readonly readings: number;
  readonly shape: Shape;
  /** Different messages that are sent in turn; each has its own points. */
  readonly turns: number;
  /** `seq` is per topic: of several connections of one mine only one may number. */
  readonly numbered: boolean;
}

/** Messages encoded beforehand; `fill` makes a fresh one of it by changing some bytes in place. */
export interface Packets {
  readonly longest: number;
  /** Writes the next message to `into` at `at`; answers how long it is. */
  fill(into: Buffer, at: number, messageId: number, now: number): number;
  /** The point table of these points, in parts that fit a packet. */
  readonly points: readonly TablePoint[];
}

export interface TablePoint {
  readonly code: string;
  readonly type: string;
  readonly kind: "analog";
  readonly unit: string;
  readonly resolution: number;
  readonly place: string;
}

interface Template {
  readonly bytes: Buffer;
  readonly idAt: number;
  readonly timeAt: number;
  readonly seqAt: number;
  /** Where the last digit of each value stands. */
  readonly digits: Int32Array;
}

const SEQ_DIGITS = 9;
const ZONE_MS = 8 * 3_600_000;
const DAY_MS = 86_400_000;

export function createPackets(plan: PacketPlan): Packets {
  const templates = Array.from({ length: plan.turns }, (_, turn) => template(plan, turn));
  const code = (i: number) => pointCode(plan.prefix, i);
  let next = 0;
  let round = 0;
  let seq = 100_000_000;
  let day = -1;

  function newDay(now: number): void {
    const text = new Date(now + ZONE_MS).toISOString().slice(0, 10);
    for (const { bytes, timeAt } of templates) bytes.write(text, timeAt, "latin1");
  }

  function fill(into: Buffer, at: number, messageId: number, now: number): number {
    const local = Math.floor((now + ZONE_MS) / DAY_MS);
    if (local !== day) {
      day = local;
      newDay(now);
    }
    const { bytes, idAt, timeAt, seqAt, digits } = templates[next]!;
    into.set(bytes, at);
    into[at + idAt] = messageId >> 8;
    into[at + idAt + 1] = messageId & 0xff;
    writeClock(into, at + timeAt + 11, (now + ZONE_MS) % DAY_MS);
    if (seqAt >= 0) writeDigits(into, at + seqAt, SEQ_DIGITS, seq++);
    // Eight samples of a point in a row never agree in time and value: a repeat would be judged less.
    const digit = 0x30 + (round % 10);
    for (let i = 0; i < digits.length; i++) into[at + digits[i]!] = digit;
    if (++next === templates.length) {
      next = 0;
      round++;
    }
    return bytes.length;
  }

  return {
    longest: Math.max(...templates.map(({ bytes }) => bytes.length)),
    fill,
    points: Array.from({ length: plan.turns * plan.readings }, (_, i) => ({
      code: code(i),
      type: "0001",
      kind: "analog",
      unit: "%CH4",
      resolution: 0.01,
      place: `${code(i)}机电硐室甲烷`,
    })),
  };
}

const pointCode = (prefix: string, i: number): string => `${prefix}-${String(i).padStart(4, "0")}`;

/** Stand-ins that occur nowhere else, so that their places can be found in the encoded packet. */
const TIME = "2026-01-01T00:00:00.000+08:00";
const SEQ = "1".repeat(SEQ_DIGITS);
const VALUE = "0.4";

function template(plan: PacketPlan, turn: number): Template {
  const codes = Array.from({ length: plan.readings }, (_, i) =>
    pointCode(plan.prefix, turn * plan.readings + i),
  );
  const payload =
    plan.shape === "canonical" ? canonical(codes, plan.numbered) : anyShape(codes, plan.numbered);
  const bytes = mqttPacket.generate({
    cmd: "publish",
    topic: `mine/v1/${plan.mine}/safety/readings`,
    payload,
    qos: 1,
    retain: false,
    dup: false,
    messageId: 1,
  });
  const topicEnd = bytes.indexOf("/readings") + "/readings".length;
  return {
    bytes,
    idAt: topicEnd,
    timeAt: bytes.indexOf(TIME),
    seqAt: bytes.indexOf(SEQ),
    digits: Int32Array.from(valuePlaces(bytes)),
  };
}

const canonical = (codes: readonly string[], numbered: boolean): string =>
  `{"ts":"${TIME}",${numbered ? `"seq":${SEQ},` : ""}"readings":[${codes.map((p) => `{"p":"${p}","v":${VALUE}0}`).join(",")}]}`;

const anyShape = (codes: readonly string[], numbered: boolean): string => {
  const readings = codes.map((p) => `{ "v" : ${VALUE}0, "q": "good", "p": "${p}", "s": 0 }`).join(", ");
  return `{ "vendor": "KJ\\u0039\\u0030X", "readings": [ ${readings} ], ${numbered ? `"seq": ${SEQ}, ` : ""}"ts": "${TIME}" }`;
};

function* valuePlaces(bytes: Buffer): Generator<number> {
  for (let at = bytes.indexOf(`${VALUE}0`); at !== -1; at = bytes.indexOf(`${VALUE}0`, at + 1)) {
    yield at + VALUE.length;
  }
}

/** hh:mm:ss.mmm of a time of day in ms. */
function writeClock(into: Buffer, at: number, ms: number): void {
  const seconds = Math.floor(ms / 1_000);
  writeDigits(into, at, 2, Math.floor(seconds / 3_600));
  writeDigits(into, at + 3, 2, Math.floor(seconds / 60) % 60);
  writeDigits(into, at + 6, 2, seconds % 60);
  writeDigits(into, at + 9, 3, Math.floor(ms % 1_000));
}

function writeDigits(into: Buffer, at: number, digits: number, value: number): void {
  let rest = value;
  for (let i = at + digits - 1; i >= at; i--) {
    into[i] = 0x30 + (rest % 10);
    rest = Math.floor(rest / 10);
  }
}
