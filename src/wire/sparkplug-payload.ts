import protobuf from "protobufjs";

/** A metric of Sparkplug B, its value as a plain one. */
export interface Metric {
  /** Absent where it is called by its alias. */
  readonly name: string | null;
  readonly alias: string | null;
  readonly at: number | null;
  readonly datatype: number | null;
  readonly historical: boolean;
  /** As written, without a sign: in data the type that tells is often left out, and is the birth's. */
  readonly integer: string | null;
  /** Null = said to have none; undefined = of a type that is no reading. */
  readonly value: number | boolean | string | null | undefined;
  readonly properties: Readonly<Record<string, number | boolean | string>>;
}

export interface SparkplugPayload {
  readonly at: number | null;
  readonly seq: number | null;
  readonly metrics: readonly Metric[];
}

/*
 * The fields of the public Sparkplug B payload that a host has use for; what is not named is skipped. Names are ours,
 * the numbers are the specification's.
 */
const SCHEMA = `
syntax = "proto2";
message Payload { optional uint64 at = 1; repeated Metric metrics = 2; optional uint64 seq = 3; }
message Metric {
  optional string name = 1;
  optional uint64 alias = 2;
  optional uint64 at = 3;
  optional uint32 datatype = 4;
  optional bool historical = 5;
  optional bool none = 7;
  optional Properties properties = 9;
  optional uint32 small = 10;
  optional uint64 large = 11;
  optional float single = 12;
  optional double precise = 13;
  optional bool truth = 14;
  optional string text = 15;
}
message Properties { repeated string keys = 1; repeated Property values = 2; }
message Property {
  optional uint32 type = 1;
  optional bool none = 2;
  optional uint32 small = 3;
  optional uint64 large = 4;
  optional float single = 5;
  optional double precise = 6;
  optional bool truth = 7;
  optional string text = 8;
}`;

const Payload = protobuf.parse(SCHEMA, { keepCase: true }).root.lookupType("Payload");

interface RawValue {
  readonly none?: boolean;
  readonly small?: number;
  readonly large?: string;
  readonly single?: number;
  readonly precise?: number;
  readonly truth?: boolean;
  readonly text?: string;
}
interface RawMetric extends RawValue {
  readonly name?: string;
  readonly alias?: string;
  readonly at?: string;
  readonly datatype?: number;
  readonly historical?: boolean;
  readonly properties?: {
    readonly keys?: readonly string[];
    readonly values?: readonly (RawValue & { type?: number })[];
  };
}

/** Data types by their numbers in the specification. */
export const TYPE = { int8: 1, int16: 2, int32: 3, int64: 4, boolean: 11 } as const;
const BITS: Readonly<Record<number, number>> = {
  [TYPE.int8]: 8,
  [TYPE.int16]: 16,
  [TYPE.int32]: 32,
  [TYPE.int64]: 64,
};

/** Null = these bytes are no payload of Sparkplug B. */
export function readSparkplug(bytes: Uint8Array): SparkplugPayload | null {
  try {
    const raw = Payload.toObject(Payload.decode(bytes), { longs: String }) as {
      at?: string;
      seq?: string;
      metrics?: readonly RawMetric[];
    };
    return {
      at: raw.at === undefined ? null : Number(raw.at),
      seq: raw.seq === undefined ? null : Number(raw.seq),
      metrics: (raw.metrics ?? []).map(metric),
    };
  } catch {
    return null;
  }
}

function metric(raw: RawMetric): Metric {
  const { keys = [], values = [] } = raw.properties ?? {};
  const properties: Record<string, number | boolean | string> = {};
  for (const [i, key] of keys.entries()) {
    const value = values[i] === undefined ? null : plainOf(values[i], values[i].type ?? null);
    if (value !== null && value !== undefined) properties[key] = value;
  }
  return {
    name: raw.name ?? null,
    alias: raw.alias ?? null,
    at: raw.at === undefined ? null : Number(raw.at),
    datatype: raw.datatype ?? null,
    historical: raw.historical === true,
    integer: raw.none === true ? null : (raw.large ?? raw.small?.toString() ?? null),
    value: plainOf(raw, raw.datatype ?? null),
    properties,
  };
}

function plainOf(raw: RawValue, datatype: number | null): Metric["value"] {
  if (raw.none === true) return null;
  if (raw.truth !== undefined) return raw.truth;
  if (raw.single !== undefined) return shortest(raw.single);
  if (raw.precise !== undefined) return raw.precise;
  if (raw.text !== undefined) return raw.text;
  if (raw.small !== undefined) return signed(raw.small, datatype);
  if (raw.large !== undefined) return signed(raw.large, datatype);
  return undefined;
}

/** [Sparkplug 6.4.16] Negative integers are written as two's complement in an unsigned field. */
export function signed(value: number | string, datatype: number | null): number {
  const bits = datatype === null ? undefined : BITS[datatype];
  return bits === undefined ? Number(value) : Number(BigInt.asIntN(bits, BigInt(value)));
}

/** The shortest decimal that is this 32-bit number: 1.62, not 1.6200000047683716. */
function shortest(single: number): number {
  for (let digits = 6; digits <= 9; digits++) {
    const decimal = Number(single.toPrecision(digits));
    if (Math.fround(decimal) === single) return decimal;
  }
  return single;
}

/** Asks a node to say again what it has. */
export function rebirthPayload(now: number): Uint8Array {
  const request = { name: "Node Control/Rebirth", at: now, datatype: TYPE.boolean, truth: true };
  return Payload.encode(Payload.fromObject({ at: now, metrics: [request] })).finish();
}
