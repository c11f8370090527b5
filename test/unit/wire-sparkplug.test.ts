import { describe, expect, it } from "vitest";
import { decode } from "../../src/wire/decode.ts";
import { createSparkplugHost, type Told } from "../../src/wire/sparkplug-host.ts";
import { readSparkplug, rebirthPayload } from "../../src/wire/sparkplug-payload.ts";
import { MINE } from "../support/mqtt-packets.ts";
import { sparkplugBytes, type TestMetric } from "../support/sparkplug-bytes.ts";

const T = 1_800_000_000_000;
const EDGE = "county/edge1";

function openHost(points: Record<string, Record<string, unknown>> = {}) {
  const node = { mine: MINE, system: "safety", prefix: "", points };
  const host = createSparkplugHost({ nodes: { [EDGE]: node }, rebirthEvery: 60_000 });
  let seq = 0;
  const send = (
    type: string,
    metrics: TestMetric[],
    more: { seq?: number; at?: number; device?: string; now?: number } = {},
  ) => {
    const number = type === "NDEATH" ? undefined : (more.seq ?? seq);
    if (number !== undefined) seq = (number + 1) % 256;
    const device = more.device === undefined ? "" : `/${more.device}`;
    const at = more.at ?? T;
    return host.hear(
      `spBv1.0/county/${type}/edge1${device}`,
      sparkplugBytes({ at, metrics, ...(number === undefined ? {} : { seq: number }) }),
      more.now ?? at,
    );
  };
  return { host, send };
}

const readingsOf = (told: readonly Told[]) => told.map(({ kind, body }) => [kind, body["readings"]]);
const BD = { name: "bdSeq", datatype: 4, long: 7n };
const CH4: TestMetric = {
  name: "Face/CH4",
  alias: 1,
  datatype: 9,
  float: 0.42,
  properties: { type: "0001", engUnit: "%CH4", place: "1101工作面" },
};

describe("a payload of Sparkplug B", () => {
  it("gives each value as it was written: floats by their shortest decimal, integers with their sign", () => {
    const read = readSparkplug(
      sparkplugBytes({
        at: T,
        seq: 3,
        metrics: [
          { name: "f", datatype: 9, float: 1.62 },
          { name: "d", datatype: 10, double: 0.1 },
          { name: "i8", datatype: 1, int: 0xff },
          { name: "i32", datatype: 3, int: 0xffff_fffe },
          { name: "i64", datatype: 4, long: 2n ** 64n - 5n },
          { name: "u32", datatype: 7, int: 0xffff_fffe },
          { name: "b", datatype: 11, bool: true },
          { name: "s", datatype: 12, text: "on" },
          { name: "n", datatype: 9, none: true },
          { name: "nothing", datatype: 16 },
        ],
      }),
    );
    expect(read).toMatchObject({ at: T, seq: 3 });
    expect(read?.metrics.map(({ value }) => value)).toEqual([
      1.62,
      0.1,
      -1,
      -2,
      -5,
      4_294_967_294,
      true,
      "on",
      null,
      undefined,
    ]);
  });

  it("is refused where it is none, whatever the bytes", () => {
    const good = sparkplugBytes({ at: T, seq: 1, metrics: [CH4] });
    for (let length = 1; length < good.length; length++) readSparkplug(good.subarray(0, length));
    for (let at = 0; at < good.length; at++)
      for (const bit of [1, 8, 128]) {
        const bytes = Buffer.from(good);
        bytes[at] = (bytes[at] ?? 0) ^ bit;
        readSparkplug(bytes);
      }
    expect(readSparkplug(Buffer.from("{}"))).toBeNull();
  });
});

describe("a Sparkplug B host", () => {
  it("makes points of a birth, and readings of what is called by alias", () => {
    const { host, send } = openHost({ Fan: { type: "1010", place: "主扇" } });
    const birth = send("NBIRTH", [BD, CH4, { name: "Fan", alias: 2, datatype: 11, bool: true }]);
    expect(birth).toMatchObject({ rebirth: null, why: null });
    expect(readingsOf(birth.told)).toEqual([
      [
        "readings",
        [
          { p: "Face_CH4", v: 0.42 },
          { p: "Fan", v: true },
        ],
      ],
    ]);
    expect(host.tick(T + 4_000)).toEqual([]);
    const [table] = host.tick(T + 5_000) as [Told];
    expect(table).toMatchObject({ mine: MINE, system: "safety", kind: "points" });
    const body = decode("points", "safety", Buffer.from(JSON.stringify(table.body)));
    expect(body).toMatchObject({
      kind: "points",
      rejected: [],
      points: [
        { code: "Face_CH4", type: "0001", kind: "analog", unit: "%CH4", place: "1101工作面" },
        { code: "Fan", type: "1010", kind: "switch", place: "主扇" },
      ],
    });
    expect(host.tick(T + 60_000)).toEqual([]);
    const data = send("NDATA", [{ alias: 1, float: 1.5, at: T + 900 }], { at: T + 1_000 });
    expect(data.told[0]?.body).toEqual({ ts: T + 1_000, readings: [{ p: "Face_CH4", v: 1.5, t: T + 900 }] });
  });

  it("takes the sign of an integer from its birth", () => {
    const { send } = openHost();
    send("NBIRTH", [
      BD,
      { name: "T", alias: 1, datatype: 3, int: 5 },
      { name: "L", alias: 2, datatype: 4, long: 5n },
    ]);
    const { told } = send("NDATA", [
      { alias: 1, int: 0xffff_fffd },
      { alias: 2, long: 2n ** 64n - 3n },
    ]);
    expect(readingsOf(told)).toEqual([
      [
        "readings",
        [
          { p: "T", v: -3 },
          { p: "L", v: -3 },
        ],
      ],
    ]);
  });

  it("gives what is historical to backfill", () => {
    const { send } = openHost();
    send("NBIRTH", [BD, CH4]);
    const { told } = send("NDATA", [
      { alias: 1, float: 0.5, historical: true, at: T - 600_000 },
      { alias: 1, float: 0.6 },
    ]);
    expect(told.map(({ kind }) => kind)).toEqual(["backfill", "readings"]);
  });

  it("makes every point of a dead node unknown, never good, and a device's by its own death", () => {
    const { send } = openHost();
    send("NBIRTH", [BD, CH4]);
    send("DBIRTH", [{ ...CH4, name: "D", alias: 9 }], { device: "plc" });
    expect(readingsOf(send("DDEATH", [], { device: "plc" }).told)).toEqual([
      ["readings", [{ p: "D", v: null, s: 32 }]],
    ]);
    expect(send("DDATA", [{ alias: 9, float: 1 }], { device: "plc" })).toMatchObject({
      told: [],
      rebirth: EDGE,
    });
    const death = send("NDEATH", [BD], { at: T + 5_000 });
    expect(death.told[0]?.body).toEqual({ ts: T + 5_000, readings: [{ p: "Face_CH4", v: null, s: 32 }] });
    const body = decode("readings", "safety", Buffer.from(JSON.stringify(death.told[0]?.body)));
    expect(body).toMatchObject({ columns: { bad: null } });
  });

  it("tells that nobody speaks for a stream any more, also when it knows no birth, and that somebody does", () => {
    const { send } = openHost();
    const status = (told: readonly Told[]) =>
      told.filter(({ kind }) => kind === "status").map(({ body }) => body["online"]);
    expect(status(send("NDEATH", [BD]).told)).toEqual([false]);
    expect(status(send("NBIRTH", [BD, CH4]).told)).toEqual([true]);
    expect(status(send("NBIRTH", [BD, CH4]).told)).toEqual([]);
    expect(status(send("NDEATH", [BD]).told)).toEqual([false]);
  });

  it("asks nodes it knows nothing of, and each but seldom", () => {
    const { host, send } = openHost();
    expect(host.unborn(T)).toEqual([EDGE]);
    expect(host.unborn(T + 59_000)).toEqual([]);
    expect(host.unborn(T + 60_000)).toEqual([EDGE]);
    send("NBIRTH", [BD, CH4]);
    expect(host.unborn(T + 600_000)).toEqual([]);
  });

  it("does not take the will of an earlier session for a death", () => {
    const { send } = openHost();
    send("NBIRTH", [{ ...BD, long: 8n }, CH4]);
    expect(send("NDEATH", [{ ...BD, long: 7n }])).toMatchObject({
      told: [],
      why: "an earlier session's death",
    });
    expect(send("NDATA", [{ alias: 1, float: 0.5 }]).told).toHaveLength(1);
  });

  it("asks for a birth when a number is missing or nobody was born, but not more often than it may", () => {
    const { send } = openHost();
    expect(send("NDATA", [{ alias: 1, float: 1 }], { seq: 9 })).toMatchObject({
      told: [],
      rebirth: EDGE,
      why: "data before a birth",
    });
    expect(send("NDATA", [{ alias: 1, float: 1 }], { seq: 10, now: T + 59_000 }).rebirth).toBeNull();
    send("NBIRTH", [BD, CH4], { seq: 0 });
    expect(send("NDATA", [{ alias: 1, float: 1 }], { seq: 1, now: T + 61_000 }).rebirth).toBeNull();
    const gap = send("NDATA", [{ alias: 1, float: 2 }], { seq: 3, now: T + 62_000 });
    expect(gap).toMatchObject({ rebirth: EDGE, why: "a number is missing" });
    expect(gap.told).toHaveLength(1);
    expect(send("NDATA", [{ alias: 77, float: 2 }], { now: T + 130_000 })).toMatchObject({
      rebirth: EDGE,
      why: "1 metrics that no birth named",
    });
  });

  it("counts numbers around: 0 follows 255", () => {
    const { send } = openHost();
    send("NBIRTH", [BD, CH4], { seq: 255 });
    expect(send("NDATA", [{ alias: 1, float: 1 }], { seq: 0 }).rebirth).toBeNull();
  });

  it("says of what quality a value is", () => {
    const { send } = openHost();
    send("NBIRTH", [BD, CH4]);
    const { told } = send("NDATA", [
      { alias: 1, float: 1, properties: { Quality: 0 } },
      { alias: 1, float: 1, properties: { Quality: 500 } },
      { alias: 1, float: 1, properties: { Quality: 192 } },
      { alias: 1, none: true },
    ]);
    expect(readingsOf(told)[0]?.[1]).toEqual([
      { p: "Face_CH4", v: 1, s: 128 },
      { p: "Face_CH4", v: 1, s: 32 },
      { p: "Face_CH4", v: 1 },
      { p: "Face_CH4", v: null, s: 32 },
    ]);
  });

  it("hears nobody who is mapped to no mine, and no topic of another sort", () => {
    const { host } = openHost();
    const bytes = sparkplugBytes({ at: T, seq: 0, metrics: [CH4] });
    expect(host.hear("spBv1.0/county/NBIRTH/other", bytes, T).why).toBe(
      "no mine is configured for county/other",
    );
    for (const topic of [
      "spBv1.0/county/NCMD/edge1",
      "spBv1.0/STATE/us",
      "spBv1.0/county/NBIRTH/edge1/x",
      "spBv1.0/county/DDATA/edge1",
    ])
      expect(host.hear(topic, bytes, T)).toEqual({ told: [], rebirth: null, why: "topic" });
    expect(host.hear("spBv1.0/county/NBIRTH/edge1", Buffer.from("{}"), T).why).toBe(
      "no payload of Sparkplug B",
    );
  });

  it("words a request for a birth as nodes expect it", () => {
    const read = readSparkplug(rebirthPayload(T));
    expect(read?.metrics).toMatchObject([{ name: "Node Control/Rebirth", datatype: 11, value: true }]);
  });
});
