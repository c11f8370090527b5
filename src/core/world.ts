import type { Alarm, JournalEntry, SubjectKind } from "../model/alarm.ts";
import type { EffectiveConfig } from "../model/config.ts";
import type { MineEvent } from "../model/input.ts";
import type { MineCode, MineConfig, System } from "../model/mine.ts";
import type { Person } from "../model/people.ts";
import type { PointDef, PointLinks } from "../model/point.ts";
import type { Instant } from "../model/time.ts";
import type { RejectSample } from "../model/view.ts";
import { type Columns, createColumns } from "./columns.ts";
import type { Digests } from "./digests.ts";
import { createDutyMemory, type DutyMemory } from "./duty/memory.ts";
import { countHour, createHours, type Hours } from "./hours.ts";
import type { Lane } from "./lane.ts";
import { createLife, type Life } from "./life.ts";
import { createMineLogic, type Expression, type Logic, type MineLogic, type Tie } from "./logic/bound.ts";
import type { SlotWindows } from "./logic/slot-windows.ts";
import { createOwnSide, type Memory, type OwnSide } from "./mine/memory.ts";
import type { Observer } from "./observer.ts";
import type { OwnWatches } from "./own-watches.ts";
import { type Crew, createCrew, type People } from "./people/crew.ts";
import type { Plan, Planner, Wiring } from "./plan.ts";
import type { Rows } from "./rows.ts";
import type { ShadowLog } from "./shadow.ts";
import {
  createOffsets,
  createParts,
  createTable,
  type Front,
  type Offsets,
  type Parts,
  type Table,
  type TopicSeq,
} from "./stream-memory.ts";
import type { Meaning } from "./words.ts";

/** Makes a rule's expression ready to be asked. */
export type Compile = (source: string, names: readonly string[]) => Expression;

/** Everything the engine knows. Changed only inside `step`. */
export interface World {
  readonly hash: (text: string) => string;
  /** Null in a live engine. */
  readonly observer: Observer | null;
  /** Null where no configuration has an expression. */
  readonly compile: Compile | null;
  readonly expressions: Map<string, Expression>;
  config: EffectiveConfig | null;
  configHash: string;
  planner: Planner | null;
  /** Gateway time of what is being judged: the input's, or that of the deadline that fires. */
  now: Instant;
  /** Spool seq of the input being judged. */
  input: number;
  journalSeq: number;
  /** Journal entries of this step. */
  entries: JournalEntry[];
  /** Deadlines on `now` have fired up to this full second. */
  swept: Instant;
  /** No point can become stale before this moment. */
  staleFrom: Instant;
  columns: Columns;
  /** Null while nobody asks for them. */
  rows: Rows | null;
  /** By slot. */
  readonly points: Point[];
  /** By slot: the codes apart, for a reading looks at nothing else of its point. */
  readonly codes: string[];
  readonly mines: Map<MineCode, Mine>;
  readonly alarms: Map<string, AlarmRecord>;
  /** The same by case (`core/known.ts`). */
  readonly cases: Map<string, AlarmRecord[]>;
  /** How many alarms are B or C. */
  active: number;
  readonly life: Life;
  /** Ids in the order in which they ended, for forgetting them after a day. */
  readonly ended: string[];
  /** The last acts by id, oldest first, with their results as text. */
  readonly acts: Map<string, string>;
  /** Locations confirmed by an act, by point id. */
  readonly confirmed: Map<string, string>;
  /** What the county added to points' rows, by point id. */
  readonly linked: Map<string, PointLinks>;
  readonly lanes: Map<number, Lane>;
  /** By slot: what rules keep of a point's values over time; null for most. */
  readonly windows: (SlotWindows | null)[];
  /** Mines whose formulas must find their points anew; those with formulas about alarms that changed. */
  readonly unbound: Set<Mine>;
  readonly woken: Set<Mine>;
  readonly duty: DutyMemory;
  /** What shadow rules would have done, by rule. */
  readonly shadows: Map<string, ShadowLog>;
  /** Watches that may have something to remember: what a snapshot must keep of them. */
  readonly remembered: Set<Watch>;
  /** Watches about mines' own systems that look every second, for something goes on. */
  readonly looks: Set<Watch>;
  /** Counts changes of point definitions, for what snapshots keep ready. */
  definitions: number;
  generation: number;
  /** The generation of the last look at every mine's own system; -1 = everything must be looked at anew. */
  looked: number;
}

export interface Mine {
  readonly code: MineCode;
  config: MineConfig | null;
  readonly streams: Map<System, Stream>;
  /** Open connections and the system each is scoped to. */
  readonly connections: Map<number, System | null>;
  link: "up" | "down" | "unknown";
  /** Connections are reported for it; without that only its streams' own status tells. */
  linked: boolean;
  /** Since when all connections are down or all streams offline; NaN = not. */
  downSince: Instant;
  /** Its last packets; and the last text files an uplink or a folder told of. */
  digests: Digests | null;
  files: Digests | null;
  readonly counters: Map<string, number>;
  readonly hours: Hours;
  readonly rejects: RejectSample[];
  people: People | null;
  readonly peopleParts: Parts<Person>;
  readonly crew: Crew;
  readonly events: HeardEvent[];
  watches: Watch[];
  /** About its own system as a whole. */
  own: Watch[];
  /** Its alarms that are B or C and not merely latched; the same by rule, ladder and class (`core/active.ts`). */
  readonly active: Set<AlarmRecord>;
  readonly kinds: Map<string, Set<AlarmRecord>>;
  /** Those of them under which others may fold. */
  readonly heads: Set<AlarmRecord>;
  readonly logic: MineLogic<Watch>;
  points: number;
  /** Gateway time since when alarms of it are kept back because too many are open; NaN = none is. */
  floodedSince: Instant;
  flood: Watch | null;
}
/** The last packets of a mine by digest. */
interface HeardEvent {
  readonly system: System;
  readonly event: MineEvent;
  readonly at: Instant;
}

export interface Stream {
  readonly mine: Mine;
  readonly system: System;
  readonly slots: Map<string, number>;
  /** Newest accepted sample time (judged): what delays run on. */
  clock: Instant;
  /** Gateway time of the newest live message, or of arming. */
  heard: Instant;
  newestMessage: Instant | null;
  /** `ts` of the newest live message as sent; null = never. */
  newestSent: Instant | null;
  /** Gateway time of the first message after a pause. */
  revived: Instant;
  /** By connection. */
  readonly fronts: Map<number, Front>;
  readonly offsets: Offsets;
  clockTold: 0 | 1 | 2;
  /** Watches with a running delay. */
  readonly waiting: Set<Watch>;
  nextDue: Instant;
  /** Slot of the last reading of the last message. */
  previous: number;
  seqs: { readings: TopicSeq | null; backfill: TopicSeq | null };
  seqGaps: number;
  /** Its mine said so; and since when no connection serves it (NaN = one does, or nothing is known). */
  offline: boolean;
  downSince: Instant;
  table: Table;
  watches: Watch[];
  sets: Watch[];
  readonly own: OwnSide;
}

export interface Point {
  readonly slot: number;
  readonly id: string;
  readonly mine: Mine;
  readonly stream: Stream;
  def: PointDef;
  /** False when the latest table dropped it. */
  listed: boolean;
  /** In a table, or named by a code that tells its type. */
  known: boolean;
  /** Past the bound on points: stored and listed, not judged. */
  beyond: boolean;
  /** The definition before a loosened limit that nobody confirmed. */
  kept: PointDef | null;
  /** A new definition that would end an open alarm: it waits for a person. */
  deferred: PointDef | null;
  loc: string | null;
  meaning: Meaning | null;
  wiring: Wiring | null;
  /** Seconds between samples; 0 = on change. */
  cycle: number;
  /** Without a sample for this long it is stale; 0 = never. */
  stale: number;
  watches: readonly Watch[];
  silences: readonly Watch[];
  /** About the mine's own system. */
  own: OwnWatches;
  /** Of feed points that show whether what this point commands happened. */
  commands: readonly Watch[];
  sets: readonly Watch[];
  /** Of shadow rules on its samples: apart, so that nothing that decides can meet them. */
  shadows: readonly Watch[];
  ties: readonly Tie<Watch>[];
  /** Other subjects' formulas that speak of it. */
  logics: readonly Watch[];
}

export interface Subject {
  readonly kind: SubjectKind;
  readonly id: string;
  readonly name: string;
  readonly place: string;
}

/** Where a watch stands: one for all watches of a subject. */
export interface Post {
  readonly subject: Subject;
  readonly mine: Mine;
  readonly stream: Stream | null;
  /** Null for sets, streams and mines. */
  readonly point: Point | null;
}

/** A ladder at work on one subject. */
export interface Watch extends Post {
  plan: Plan;
  post: Post;
  subject: Subject;
  /** Of a set: the slots of each machine. Of the mine's own system: those it is judged from besides. */
  machines: readonly (readonly number[])[];
  logic: Logic | null;
  /** There never was anything to remember of it. */
  readonly atRest: boolean;
  /** By step: since when its condition is true; null = it is not. Empty until one was. */
  pending: Pending;
  /** Index of the highest step of the open alarm; -1 = none is open. */
  reached: number;
  open: AlarmRecord | null;
  /** Judged time since when the release condition holds; NaN = it does not. */
  clearing: Instant;
  /** By step, of conditions about the mine's own system. */
  memory: readonly (Memory | null)[];
  /** The last occurrences, newest last. */
  episodes: readonly Episode[];
}

export type Pending = (Onset | null)[];

/** The sample that made a condition true. */
export interface Onset {
  readonly judged: Instant;
  readonly sent: Instant;
  readonly input: number;
}

export interface Episode {
  readonly id: string;
  readonly case: string;
  readonly episode: number;
  readonly raised: Instant;
  /** Null while it is open. */
  returned: Instant | null;
}

export interface AlarmRecord {
  alarm: Alarm;
  /** Null once its rule is gone. */
  watch: Watch | null;
  /** Journal seq of the last transition that asked for attention: an older `expect` is stale. */
  attention: number;
  readonly receipts: Set<string>;
  /** The worst value when it was acknowledged; null = it was not, or shows none. */
  seen: number | null;
  /** Of a shadow rule: known to its watch only, never journalled. */
  readonly shadow: boolean;
  /** Others are folded under it. */
  covers: boolean;
}

export function createWorld(given: Pick<World, "hash" | "observer" | "compile">): World {
  const { hash, observer, compile } = given;
  return {
    hash,
    observer,
    compile,
    expressions: new Map(),
    config: null,
    configHash: "",
    planner: null,
    now: 0,
    input: 0,
    journalSeq: 0,
    entries: [],
    swept: Number.NEGATIVE_INFINITY,
    staleFrom: Number.NEGATIVE_INFINITY,
    columns: createColumns(),
    rows: null,
    points: [],
    codes: [],
    mines: new Map(),
    alarms: new Map(),
    cases: new Map(),
    active: 0,
    life: createLife(),
    ended: [],
    acts: new Map(),
    confirmed: new Map(),
    linked: new Map(),
    lanes: new Map(),
    windows: [],
    unbound: new Set(),
    woken: new Set(),
    duty: createDutyMemory(),
    shadows: new Map(),
    remembered: new Set(),
    looks: new Set(),
    definitions: 0,
    generation: 0,
    looked: -1,
  };
}

export function createMine(code: MineCode, config: MineConfig | null): Mine {
  return {
    code,
    config,
    streams: new Map(),
    connections: new Map(),
    link: "unknown",
    linked: false,
    downSince: Number.NaN,
    digests: null,
    files: null,
    counters: new Map(),
    hours: createHours(),
    rejects: [],
    people: null,
    peopleParts: createParts(),
    crew: createCrew(),
    events: [],
    watches: [],
    own: [],
    active: new Set(),
    kinds: new Map(),
    heads: new Set(),
    logic: createMineLogic(),
    points: 0,
    floodedSince: Number.NaN,
    flood: null,
  };
}

export function createStream(mine: Mine, system: System, now: Instant): Stream {
  return {
    mine,
    system,
    slots: new Map(),
    clock: Number.NEGATIVE_INFINITY,
    heard: now,
    newestMessage: null,
    newestSent: null,
    revived: now,
    fronts: new Map(),
    offsets: createOffsets(),
    clockTold: 0,
    waiting: new Set(),
    nextDue: Number.POSITIVE_INFINITY,
    previous: -1,
    seqs: { readings: null, backfill: null },
    seqGaps: 0,
    offline: false,
    downSince: Number.NaN,
    table: createTable(),
    watches: [],
    sets: [],
    own: createOwnSide(),
  };
}

export const watchId = (subject: Subject, plan: Plan): string =>
  `${subject.kind}|${subject.id}|${plan.group}|${plan.key}`;

/** Begins or ends the delay of one step. */
export function setPending(watch: Watch, step: number, onset: Onset | null): void {
  if (watch.pending.length === 0) {
    if (onset === null) return;
    watch.pending = watch.plan.steps.map(() => null);
  }
  watch.pending[step] = onset;
}

export function dropPending(watch: Watch): void {
  if (watch.pending.length > 0) watch.pending.fill(null);
}

/** The mine, made on first mention. */
export function mineOf(world: World, code: MineCode): Mine {
  const known = world.mines.get(code);
  if (known !== undefined) return known;
  const made = createMine(code, null);
  world.mines.set(code, made);
  return made;
}

export function streamOf(world: World, mine: Mine, system: System): Stream {
  const known = mine.streams.get(system);
  if (known !== undefined) return known;
  const made = createStream(mine, system, world.now);
  mine.streams.set(system, made);
  return made;
}

export function count(mine: Mine, what: string, by = 1): void {
  mine.counters.set(what, (mine.counters.get(what) ?? 0) + by);
  countHour(mine.hours, what, by);
}
