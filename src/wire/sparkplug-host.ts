import { BOUNDS } from "../model/bounds.ts";
import type { MineCode, System } from "../model/mine.ts";
import { STATE } from "../model/reading.ts";
import type { Instant, Millis } from "../model/time.ts";
import { type Metric, readSparkplug, type SparkplugPayload, signed } from "./sparkplug-payload.ts";

/** What an edge node, or a device of one, is to us. */
export interface SparkplugNode {
  readonly mine: MineCode;
  readonly system: System;
  /** Stands before the code of each of its points. */
  readonly prefix: string;
  /** What a point is, by the metric's name, where its birth does not say: fields of the contract's `Point`. */
  readonly points: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** A message as a mine would have published it. */
export interface Told {
  readonly mine: MineCode;
  readonly system: System;
  readonly kind: "points" | "readings" | "backfill" | "status";
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Heard {
  readonly told: readonly Told[];
  /** The node that is to be asked to say again what it has. */
  readonly rebirth: string | null;
  /** Why nothing was made of it, or of a part of it. */
  readonly why: string | null;
}

export interface SparkplugHost {
  hear(topic: string, payload: Uint8Array, now: Instant): Heard;
  /** Point tables that have come to rest; called once in a while. */
  tick(now: Instant): readonly Told[];
  /** Nodes of which nothing is known, to be asked for their births: at the start, and when we were away. */
  unborn(now: Instant): readonly string[];
}

/** What a birth said. */
interface Birth {
  readonly node: SparkplugNode;
  readonly byAlias: Map<string, Definition>;
  readonly byName: Map<string, Definition>;
  alive: boolean;
}

interface Definition {
  readonly name: string;
  readonly code: string;
  readonly datatype: number | null;
  readonly point: Readonly<Record<string, unknown>> | null;
}

interface Edge {
  readonly births: Map<string, Birth>;
  born: boolean;
  bdSeq: number | null;
  /** The number the next message must have. */
  next: number | null;
  askedAt: Instant;
}

const SEQS = 256;
const TOPIC = /^spBv1\.0\/([^/]+)\/(NBIRTH|NDEATH|NDATA|DBIRTH|DDEATH|DDATA)\/([^/]+)(?:\/([^/]+))?$/;
/** Births of a stream come one after another; its table is told when none came for so long, or some stay away. */
const REST: Millis = 5_000;
const PATIENCE: Millis = 60_000;
const POINTS_A_PART = 1_000;
/** Metrics that are about the node itself. */
const OWN = /^(bdSeq|Node Control\/|Device Control\/|Properties\/)/;
/** Fields of the contract's `Point` that a birth may give as properties, and other names for them. */
const FIELDS: Readonly<Record<string, string>> = {
  type: "type",
  kind: "kind",
  unit: "unit",
  engUnit: "unit",
  place: "place",
  documentation: "place",
  loc: "loc",
  resolution: "resolution",
  high: "high",
  low: "low",
  engHigh: "high",
  engLow: "low",
  set: "set",
  machine: "machine",
  part: "part",
  relation: "relation",
  cycle: "cycle",
};

/**
 * The host of Sparkplug B as a pure state: births define points, data call them by alias, a death makes them unknown.
 * Nodes are keyed `group/edge` or `group/edge/device`; what is mapped to nothing is not heard.
 */
export function createSparkplugHost(options: {
  readonly nodes: Readonly<Record<string, SparkplugNode>>;
  /** A node is asked for its birth at most so often. */
  readonly rebirthEvery: Millis;
}): SparkplugHost {
  const edges = new Map<string, Edge>();
  /** When the last birth of a stream came, while its table is not told. */
  const unrest = new Map<string, Instant>();
  /** Streams that nobody speaks for since a death. */
  const silent = new Set<string>();

  const nodeOf = (edge: string, device: string): SparkplugNode | null =>
    options.nodes[device === "" ? edge : `${edge}/${device}`] ?? options.nodes[edge] ?? null;

  function edgeOf(key: string): Edge {
    const known = edges.get(key);
    if (known !== undefined) return known;
    const made: Edge = {
      births: new Map(),
      born: false,
      bdSeq: null,
      next: null,
      askedAt: Number.NEGATIVE_INFINITY,
    };
    edges.set(key, made);
    return made;
  }

  function hear(topic: string, bytes: Uint8Array, now: Instant): Heard {
    const [, group, type = "", name, device = ""] = TOPIC.exec(topic) ?? [];
    if (group === undefined || name === undefined || type.startsWith("D") !== (device !== ""))
      return nothing("topic");
    const key = `${group}/${name}`;
    const node = nodeOf(key, device);
    if (node === null)
      return nothing(`no mine is configured for ${device === "" ? key : `${key}/${device}`}`);
    const payload = readSparkplug(bytes);
    if (payload === null) return nothing("no payload of Sparkplug B");
    const edge = edgeOf(key);
    switch (type) {
      case "NBIRTH":
        edge.born = true;
        edge.bdSeq = bdSeqOf(payload);
        edge.next = ((payload.seq ?? 0) + 1) % SEQS;
        return born(edge, node, device, payload, now);
      case "NDEATH":
        return died(edge, node, payload, now);
      default:
        return inOrder(edge, key, payload, now, () =>
          type === "DBIRTH"
            ? born(edge, node, device, payload, now)
            : type === "DDEATH"
              ? { told: stale(edge, device, now), rebirth: null, why: null }
              : data(edge, device, payload, now),
        );
    }
  }

  /** Of a node whose numbers have a gap we know that something is missing: it is asked for all of it. */
  function inOrder(
    edge: Edge,
    key: string,
    { seq }: SparkplugPayload,
    now: Instant,
    read: () => Heard,
  ): Heard {
    const gap = edge.next !== null && seq !== null && seq !== edge.next;
    if (seq !== null) edge.next = (seq + 1) % SEQS;
    const heard = edge.born ? read() : nothing("data before a birth");
    const wanted = gap || heard.why !== null || !edge.born;
    if (!wanted || now - edge.askedAt < options.rebirthEvery) return heard;
    edge.askedAt = now;
    return { ...heard, rebirth: key, why: heard.why ?? "a number is missing" };
  }

  function born(
    edge: Edge,
    node: SparkplugNode,
    device: string,
    payload: SparkplugPayload,
    now: Instant,
  ): Heard {
    const birth: Birth = { node, byAlias: new Map(), byName: new Map(), alive: true };
    for (const metric of payload.metrics) {
      if (metric.name === null || OWN.test(metric.name)) continue;
      const definition = define(metric, metric.name, node);
      birth.byName.set(metric.name, definition);
      if (metric.alias !== null) birth.byAlias.set(metric.alias, definition);
    }
    edge.births.set(device, birth);
    unrest.set(streamOf(node), now);
    const told = readings(birth, payload, now).told;
    if (silent.delete(streamOf(node))) told.unshift(status(node, true, now));
    return { told, rebirth: null, why: null };
  }

  function data(edge: Edge, device: string, payload: SparkplugPayload, now: Instant): Heard {
    const birth = edge.births.get(device);
    if (birth === undefined || !birth.alive) return nothing("data before a birth");
    const { told, unknown } = readings(birth, payload, now);
    return { told, rebirth: null, why: unknown === 0 ? null : `${unknown} metrics that no birth named` };
  }

  /** An older will can come behind a new birth: its number tells. */
  function died(edge: Edge, node: SparkplugNode, payload: SparkplugPayload, now: Instant): Heard {
    const number = bdSeqOf(payload);
    if (number !== null && edge.bdSeq !== null && number !== edge.bdSeq)
      return nothing("an earlier session's death");
    const told = [...edge.births.keys()].flatMap((device) => stale(edge, device, now));
    edge.born = false;
    edge.next = null;
    const nodes = new Map(
      [node, ...[...edge.births.values()].map((birth) => birth.node)].map((one) => [streamOf(one), one]),
    );
    // Also of a node whose birth we do not know: what it was about may stand on change only, and never go stale.
    for (const [stream, one] of nodes) {
      const spoken = [...edges.values()].some(({ births }) =>
        [...births.values()].some((birth) => birth.alive && streamOf(birth.node) === stream),
      );
      if (spoken) continue;
      silent.add(stream);
      told.push(status(one, false, now));
    }
    return { told, rebirth: null, why: null };
  }

  /** Nothing of it is known any more: never good, and open alarms are held. */
  function stale(edge: Edge, device: string, now: Instant): Told[] {
    const birth = edge.births.get(device);
    if (birth === undefined || !birth.alive) return [];
    birth.alive = false;
    const codes = [...birth.byName.values()].map(({ code }) => ({ p: code, v: null, s: STATE.notPolled }));
    return inPackets(birth.node, "readings", now, codes);
  }

  function tick(now: Instant): Told[] {
    return [...unrest].flatMap(([stream, since]) => {
      const births = [...edges.values()].flatMap((edge) =>
        [...edge.births.values()].filter(({ node }) => streamOf(node) === stream),
      );
      const away = Object.values(options.nodes).some(
        (node) => streamOf(node) === stream && !births.some((birth) => birth.node === node),
      );
      const [first] = births;
      if (first === undefined || now - since < (away ? PATIENCE : REST)) return [];
      unrest.delete(stream);
      const points: object[] = births.flatMap(({ byName }) =>
        [...byName.values()].flatMap(({ point }): object[] => (point === null ? [] : [point])),
      );
      return points.length === 0 ? [] : table(first.node, now, points);
    });
  }

  function unborn(now: Instant): string[] {
    const keys = new Set(Object.keys(options.nodes).map((key) => key.split("/").slice(0, 2).join("/")));
    return [...keys].filter((key) => {
      const edge = edgeOf(key);
      if (edge.born || now - edge.askedAt < options.rebirthEvery) return false;
      edge.askedAt = now;
      return true;
    });
  }

  return { hear, tick, unborn };
}

const nothing = (why: string): Heard => ({ told: [], rebirth: null, why });
const streamOf = ({ mine, system }: SparkplugNode): string => `${mine}/${system}`;

function bdSeqOf({ metrics }: SparkplugPayload): number | null {
  const value = metrics.find(({ name }) => name === "bdSeq")?.value;
  return typeof value === "number" ? value : null;
}

/** A metric becomes a point where its birth or the configuration says of what type it is. */
function define({ datatype, properties, value }: Metric, name: string, node: SparkplugNode): Definition {
  const code = `${node.prefix}${name}`.replace(/[^\p{L}\p{N}._\-#]/gu, "_").slice(0, 64);
  const said = Object.fromEntries(
    Object.entries(properties).flatMap(([key, one]) => {
      const field = Object.hasOwn(FIELDS, key) ? FIELDS[key] : undefined;
      return field === undefined ? [] : [[field, one]];
    }),
  );
  const fields: Record<string, unknown> = { ...said, ...node.points[name] };
  const kind = datatype === 11 || typeof value === "boolean" ? "switch" : "analog";
  const point = fields["type"] === undefined ? null : { kind, place: name, ...fields, code };
  return { name, code, datatype, point };
}

/** Good, bad and stale of the property `Quality`, as Ignition and others write it. */
const QUALITY: Readonly<Record<number, number>> = { 0: STATE.fault, 500: STATE.notPolled };

function readings(birth: Birth, payload: SparkplugPayload, now: Instant): { told: Told[]; unknown: number } {
  const ts = payload.at ?? now;
  const live: object[] = [];
  const late: object[] = [];
  let unknown = 0;
  for (const metric of payload.metrics) {
    if (metric.name !== null && OWN.test(metric.name)) continue;
    const definition =
      (metric.name === null ? undefined : birth.byName.get(metric.name)) ??
      (metric.alias === null ? undefined : birth.byAlias.get(metric.alias));
    if (definition === undefined) unknown++;
    else if (metric.value !== undefined)
      (metric.historical ? late : live).push(reading(metric, definition, ts));
  }
  return {
    told: [...inPackets(birth.node, "backfill", ts, late), ...inPackets(birth.node, "readings", ts, live)],
    unknown,
  };
}

function reading(
  { value, integer, datatype, at, properties }: Metric,
  definition: Definition,
  ts: Instant,
): object {
  const quality = properties["Quality"];
  const s =
    (typeof quality === "number" ? QUALITY[quality] : undefined) ?? (value === null ? STATE.notPolled : 0);
  const v = integer === null ? value : signed(integer, datatype ?? definition.datatype);
  return { p: definition.code, v, ...(s === 0 ? {} : { s }), ...(at === null || at === ts ? {} : { t: at }) };
}

function inPackets(
  { mine, system }: SparkplugNode,
  kind: "readings" | "backfill",
  ts: Instant,
  all: readonly object[],
): Told[] {
  const told: Told[] = [];
  for (let from = 0; from < all.length; from += BOUNDS.readingsPerPacket)
    told.push({
      mine,
      system,
      kind,
      body: { ts, readings: all.slice(from, from + BOUNDS.readingsPerPacket) },
    });
  return told;
}

const status = ({ mine, system }: SparkplugNode, online: boolean, ts: Instant): Told => ({
  mine,
  system,
  kind: "status",
  body: { online, ts },
});

function table({ mine, system }: SparkplugNode, ts: Instant, points: readonly object[]): Told[] {
  const parts = Math.ceil(points.length / POINTS_A_PART);
  return Array.from({ length: parts }, (_, part) => ({
    mine,
    system,
    kind: "points" as const,
    body: {
      ts,
      part: part + 1,
      parts,
      points: points.slice(part * POINTS_A_PART, (part + 1) * POINTS_A_PART),
    },
  }));
}
