import type { PacketInput, StatRow } from "../../model/input.ts";
import type { MineCode, System } from "../../model/mine.ts";
import { type Columns, STATE, UNKNOWN_BITS, VERDICT } from "../../model/reading.ts";
import { type Instant, MINUTE } from "../../model/time.ts";
import type { Said } from "../../wire/national/write-fields.ts";
import type { Crew, Snapshot } from "./crew.ts";
import type { KeptRow, OpenSnapshot, Place } from "./place.ts";

export interface Kept extends Said {
  /** The moment it counts for: a time ahead of the gateway's own is not waited for. */
  readonly judged: Instant;
}

export interface SaidOf extends Said {
  readonly code: string;
}

/** What the records of one round brought of one stream. */
export interface Gathered {
  readonly mine: MineCode;
  readonly system: System;
  /** Newest samples came: the stream is alive. */
  heard: boolean;
  /** Values of switches that were another than before. */
  readonly changes: SaidOf[];
  /** Samples that were not newer than their point's newest, or came as backfill. */
  readonly late: SaidOf[];
  readonly stats: StatRow[];
}

export interface Gatherer {
  /** `quiet`: only to know what came before. */
  take(input: PacketInput, verdicts: Uint8Array | null, quiet: boolean): void;
  /** The clock was set: what counted for a moment ahead of it counts for now. */
  rebase(now: Instant): void;
  /** Rows that wait to be written, besides the newest samples. */
  size(): number;
  streams(): Iterable<Gathered>;
  snapshots(): readonly Snapshot[];
  readonly crew: Crew;
  newest(mine: MineCode, system: System): ReadonlyMap<string, Kept>;
  /** What was gathered is written; the newest samples stay. */
  clear(now: Instant): void;
  image(): Pick<Place, "points" | "snapshots" | "crew">;
  /** Lists of people that never became whole, and records of people that no file has words for. */
  leftOut(): number;
}

export interface GathererOptions {
  readonly systems: readonly System[];
  readonly isOurs: (mine: MineCode) => boolean;
  readonly isSwitch: (mine: MineCode, system: System, code: string) => boolean;
  readonly from: Pick<Place, "points" | "snapshots">;
  readonly crew: Crew;
}

/** A part that has not come by then does not come. */
const PARTS_WITHIN = 5 * MINUTE;
const NOT_OURS = VERDICT.duplicate | VERDICT.rejected;
/** With these a value says nothing of the switch. */
const SAYS_NOTHING = UNKNOWN_BITS | STATE.calibrating;

export function createGatherer({ systems, isOurs, isSwitch, from, crew }: GathererOptions): Gatherer {
  const points = new Map(Object.entries(from.points).map(([stream, rows]) => [stream, keptOf(rows)]));
  const open = new Map(from.snapshots.map((one) => [`${one.mine}:${one.ts}`, one]));
  let streams = new Map<string, Gathered>();
  let whole: Snapshot[] = [];
  let size = 0;
  let leftOut = 0;

  function newestOf(mine: MineCode, system: System): Map<string, Kept> {
    const key = `${mine}:${system}`;
    const found = points.get(key) ?? new Map<string, Kept>();
    points.set(key, found);
    return found;
  }

  function gathered(mine: MineCode, system: System): Gathered {
    const key = `${mine}:${system}`;
    const found = streams.get(key) ?? { mine, system, heard: false, changes: [], late: [], stats: [] };
    streams.set(key, found);
    return found;
  }

  function readings(
    input: PacketInput & { system: System },
    columns: Columns,
    verdicts: Uint8Array | null,
  ): void {
    const { mine, system, now, body } = input;
    const newest = newestOf(mine, system);
    const to = gathered(mine, system);
    const { n, codes, bad } = columns;
    for (let i = 0; i < n; i++) {
      const verdict = verdicts?.[i] ?? VERDICT.plain;
      if ((verdict & NOT_OURS) !== 0 || (bad?.[i] ?? 0) !== 0) continue;
      const code = codes[i] as string;
      const t = columns.t[i] as number;
      const said: Kept = {
        t,
        v: columns.v[i] as number,
        s: columns.s[i] as number,
        // A clock that is wrong is judged by arrival (contract §3, Time).
        judged: (verdict & VERDICT.suspect) !== 0 ? now : Math.min(t, now),
      };
      const before = newest.get(code);
      const isLate = body.kind === "backfill" || (verdict & VERDICT.late) !== 0;
      if (isLate || (before !== undefined && said.judged < before.judged)) {
        to.late.push({ code, ...said });
        size++;
        continue;
      }
      if (before !== undefined && isChange(before, said) && isSwitch(mine, system, code)) {
        to.changes.push({ code, ...said });
        size++;
      }
      newest.set(code, said);
      to.heard = true;
    }
  }

  function people({ mine, now, body }: PacketInput): void {
    if (body.kind !== "people") return;
    const { ts, part, parts } = body;
    const key = `${mine}:${ts}`;
    const before = open.get(key) ?? { mine, ts, since: now, parts, got: [] };
    const own = { part, people: body.people, areas: body.areas };
    const got = [...before.got.filter((other) => other.part !== part), own];
    if (got.length < parts) {
      open.set(key, { ...before, parts, got });
      return;
    }
    open.delete(key);
    got.sort((a, b) => a.part - b.part);
    const areas = got.flatMap((one) => one.areas ?? []);
    const hasAreas = got.some((one) => one.areas !== null);
    const list = { mine, ts, people: got.flatMap((one) => one.people), areas: hasAreas ? areas : null };
    whole.push(list);
    crew.list(list, now);
    size += got.reduce((sum, one) => sum + one.people.length, 0);
  }

  function clear(now: Instant): void {
    streams = new Map();
    whole = [];
    size = 0;
    crew.clear(now);
    for (const [key, { since }] of open) {
      if (now - since <= PARTS_WITHIN) continue;
      open.delete(key);
      leftOut++;
    }
  }

  return {
    take(input, verdicts, quiet) {
      const { mine, system, body } = input;
      if (system === null || !systems.includes(system) || !isOurs(mine)) return;
      switch (body.kind) {
        case "readings":
        case "backfill":
          readings({ ...input, system }, body.columns, verdicts);
          break;
        case "stats":
          gathered(mine, system).stats.push(...body.stats);
          size += body.stats.length;
          break;
        case "people":
          people(input);
          break;
        case "events":
          if (system === "person") for (const event of body.events) crew.event(mine, event, input.now, quiet);
          break;
        case "points":
        case "files":
        case "status":
        case "unusable":
          break;
      }
      if (quiet && size > 0) clear(input.now);
    },
    rebase(now) {
      for (const rows of points.values())
        for (const [code, kept] of rows) if (kept.judged > now) rows.set(code, { ...kept, judged: now });
    },
    size: () => size + crew.size(),
    streams: () => streams.values(),
    snapshots: () => whole,
    crew,
    newest: newestOf,
    clear,
    image: () => ({
      points: Object.fromEntries([...points].map(([stream, rows]) => [stream, rowsOf(rows)])),
      snapshots: [...open.values()] satisfies OpenSnapshot[],
      crew: crew.image(),
    }),
    leftOut: () => leftOut + crew.leftOut(),
  };
}

const isChange = (before: Said, { v, s }: Said): boolean =>
  !Number.isNaN(v) && v !== before.v && (s & SAYS_NOTHING) === 0;

const keptOf = (rows: readonly KeptRow[]): Map<string, Kept> =>
  new Map(rows.map(([code, judged, t, v, s]) => [code, { judged, t, v: v ?? Number.NaN, s }]));

const rowsOf = (rows: ReadonlyMap<string, Kept>): KeptRow[] =>
  [...rows].map(([code, { judged, t, v, s }]) => [code, judged, t, Number.isNaN(v) ? null : v, s]);
