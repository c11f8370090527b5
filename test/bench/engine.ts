import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { alarmHash } from "../../src/app/hash.ts";
import { createEngine } from "../../src/core/engine.ts";
import type { Body, PacketInput } from "../../src/model/input.ts";
import type { Columns } from "../../src/model/reading.ts";
import { loadConfig } from "../../src/wire/config/load.ts";

const READINGS = 64;
const MINE = "520523017311";
const ROUNDS = 60;

/** Readings a second through `step`, with the shipped rules on methane points that wander below their limits. */
export function benchEngine(points: number): { perSecond: number; ns: number } {
  const engine = createEngine({ hash: alarmHash });
  const start = Date.now();
  let seq = 0;
  engine.step({
    type: "config",
    seq: ++seq,
    now: start,
    hash: "bench",
    config: shipped(start),
    reason: "start",
  });
  const codes = Array.from({ length: points }, (_, i) => `B-${i}`);
  engine.step(
    packet(++seq, start, "points", {
      kind: "points",
      ts: start,
      part: 1,
      parts: 1,
      points: codes.map((code) => ({
        code,
        type: "0001",
        kind: "analog",
        unit: "%CH4",
        place: code,
        loc: "CF_FACE",
        alarmHigh: 1,
        cutHigh: 1.5,
      })),
      rejected: [],
    }),
  );
  const rounds = Array.from({ length: ROUNDS }, (_, round) =>
    messages(codes, start + (round + 1) * 1_000, round),
  );
  let took = 0;
  for (const [round, bodies] of rounds.entries()) {
    const now = start + (round + 1) * 1_000;
    const before = performance.now();
    for (const body of bodies) engine.step(packet(++seq, now, "readings", body));
    // The first rounds are the compiler's.
    if (round >= ROUNDS / 3) took += performance.now() - before;
  }
  const readings = points * (ROUNDS - ROUNDS / 3);
  return { perSecond: readings / (took / 1000), ns: (took * 1e6) / readings };
}

function messages(codes: readonly string[], ts: number, round: number): Body[] {
  const bodies: Body[] = [];
  for (let at = 0; at < codes.length; at += READINGS) {
    const own = codes.slice(at, at + READINGS);
    const columns: Columns = {
      n: own.length,
      codes: own,
      t: new Float64Array(own.length).fill(ts),
      v: Float64Array.from(own, (_, i) => 0.2 + ((i * 7 + round * 13) % 50) / 100),
      s: new Uint32Array(own.length),
      bad: null,
    };
    bodies.push({ kind: "readings", ts, seq: null, columns });
  }
  return bodies;
}

function packet(seq: number, now: number, topicKind: "points" | "readings", body: Body): PacketInput {
  return {
    type: "packet",
    seq,
    now,
    mine: MINE,
    system: "safety",
    topicKind,
    qos: 1,
    connection: 1,
    digest: seq,
    body,
  };
}

function shipped(now: number) {
  const files = readdirSync("config", { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".yaml"))
    .map((path) => ({ path, text: readFileSync(join("config", path), "utf8") }));
  const loaded = loadConfig(files, () => undefined, now);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
  return loaded.config;
}
