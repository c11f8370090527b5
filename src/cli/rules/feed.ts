import type { Engine } from "../../core/engine.ts";
import type { EffectiveConfig } from "../../model/config.ts";
import type { Body, Input, PacketInput } from "../../model/input.ts";
import type { PointDef } from "../../model/point.ts";
import type { Columns } from "../../model/reading.ts";

/** The mine of scenarios, unless one names another. */
export const MINE = "520523017311";

export interface ReadingLike {
  readonly p: string;
  readonly v?: number | null;
  readonly s?: number;
  readonly t?: number;
  readonly bad?: number;
}

function columnsOf(ts: number, readings: readonly ReadingLike[]): Columns {
  return {
    n: readings.length,
    codes: readings.map(({ p }) => p),
    t: Float64Array.from(readings, ({ t }) => t ?? ts),
    v: Float64Array.from(readings, ({ v }) => v ?? Number.NaN),
    s: Uint32Array.from(readings, ({ s }) => s ?? 0),
    bad: readings.some(({ bad }) => bad) ? Uint8Array.from(readings, ({ bad }) => bad ?? 0) : null,
  };
}

export type Feed = ReturnType<typeof createFeed>;

/** Numbers inputs and packets as the gateway would. */
export function createFeed(engine: Engine, numbers = { seq: 0, digest: 0 }, mine = MINE) {
  const step = (input: WithoutSeq<Input>) => {
    numbers.seq++;
    return engine.step({ ...input, seq: numbers.seq } as Input);
  };
  const packet = (now: number, body: Body, more: Partial<PacketInput> = {}) => {
    numbers.digest++;
    return step({
      type: "packet",
      now,
      mine,
      system: "safety",
      topicKind: body.kind === "unusable" ? "readings" : body.kind,
      qos: 1,
      connection: 1,
      digest: numbers.digest,
      body,
      ...more,
    });
  };
  const message = (
    now: number,
    kind: "readings" | "backfill",
    readings: readonly ReadingLike[],
    { ts = now, seq = null as number | null, more = {} as Partial<PacketInput> } = {},
  ) => packet(now, { kind, ts, seq, columns: columnsOf(ts, readings) }, more);
  return {
    /** The same numbers go on for an engine restored from another. */
    with: (other: Engine) => createFeed(other, numbers, mine),
    step,
    packet,
    message,
    readings: (now: number, readings: readonly ReadingLike[], ts = now) =>
      message(now, "readings", readings, { ts }),
    points: (now: number, points: readonly PointDef[], more: Partial<PacketInput> = {}) =>
      packet(now, { kind: "points", ts: now, part: 1, parts: 1, points, rejected: [] }, more),
    config: (now: number, config: EffectiveConfig, hash = JSON.stringify(config)) =>
      step({ type: "config", now, hash, config, reason: "reload" }),
    tick: (now: number) => step({ type: "tick", now }),
  };
}

type WithoutSeq<T> = T extends unknown ? Omit<T, "seq"> : never;
