import type { ActResult } from "../model/act.ts";
import type { Alarm, Service } from "../model/alarm.ts";
import type { EffectiveConfig } from "../model/config.ts";
import type { DutyView, PreNotice, StatusChange } from "../model/duty.ts";
import type { Input } from "../model/input.ts";
import { GATEWAY_MINE, type MineCode, type System } from "../model/mine.ts";
import type { CheckFacts } from "../model/mine-check.ts";
import type { SeriesRows } from "../model/series.ts";
import { DAY, type Instant } from "../model/time.ts";
import type {
  FloodView,
  LimitsView,
  LiveValue,
  MineView,
  PeopleView,
  PointView,
  RequestView,
  ShadowView,
  ShelfView,
  TableView,
  UnrestView,
} from "../model/view.ts";
import { readAct, readReceipt } from "./acts.ts";
import { viewCheck } from "./check-view.ts";
import { readClock, readStart } from "./clock.ts";
import { readConfig } from "./config.ts";
import { followChains } from "./duty/escalation.ts";
import { viewDuty } from "./duty/view.ts";
import { type Effects, NOTHING } from "./effects.ts";
import { hasEnded } from "./forget.ts";
import { imageOf, restoreFrom } from "./image.ts";
import { viewRequests, viewServices, viewShelves } from "./life-views.ts";
import { readLink } from "./links.ts";
import { followLogic } from "./logic/follow.ts";
import type { Observer } from "./observer.ts";
import { viewLimits } from "./origins.ts";
import { viewFloods } from "./pace.ts";
import { readPacket } from "./packets.ts";
import { createRows } from "./rows.ts";
import { readSelf } from "./self.ts";
import { viewShadows } from "./shadow.ts";
import { fireDeadlines } from "./silence.ts";
import { readFile } from "./text-files.ts";
import { viewUnrest } from "./unrest.ts";
import { viewChanged, viewMine, viewMines, viewPeople, viewPoint, viewPoints, viewTable } from "./views.ts";
import { type Compile, createWorld, type Point, type World } from "./world.ts";

/** Everything that decides about alarms. Deterministic: the same inputs give the same effects. */
export interface Engine {
  /** Fires every deadline up to the input's `now`, then the input. Never throws for what came from outside. */
  step(input: Input): Effects;
  /** Seq of the last journal entry that was returned. */
  readonly journalSeq: number;
  /** After a replay: the journal's head is what counts, also where the replay made more or fewer entries. */
  alignJournal(head: number): void;
  /** From now on the rows of accepted readings are gathered for `takeRows`; a replay has no use for them. */
  gatherRows(): void;
  /** The rows of all steps since the last time; null = none. */
  takeRows(): SeriesRows | null;
  /** The world as plain data and copied columns, to be cloned and kept; `restore` continues identically. */
  image(): unknown;
  restore(image: unknown): void;

  config(): EffectiveConfig | null;
  configHash(): string;
  /** Open alarms and those that ended within a day. */
  openAlarms(): Iterable<Alarm>;
  alarm(id: string): Alarm | null;
  mines(): MineView[];
  mine(code: MineCode): MineView | null;
  points(mine: MineCode): PointView[];
  point(id: string): PointView | null;
  slotCount(): number;
  pointIdOfSlot(slot: number): string | null;
  pointOfSlot(slot: number): PointView | null;
  /** Grows when a point's definition, place or limits may have changed. */
  definitions(): number;
  /** Grows with every step; what changed after one is what a live screen must redraw. */
  liveGeneration(): number;
  changedSince(generation: number): Iterable<LiveValue>;
  people(mine: MineCode): PeopleView | null;
  table(mine: MineCode, system: System): TableView | null;
  /** What of a mine a check of its connection cannot learn elsewhere; counts of the hours since then. */
  check(mine: MineCode, since: Instant): CheckFacts | null;
  /** Streams, as `mine:system`, whose newest point table waits for a person. */
  heldTables(): string[];
  /** The limits in force for a point, each with where it came from. */
  limits(id: string): LimitsView | null;
  /** The rules on trial and what they would have done. */
  shadows(): ShadowView[];
  /** Who is on duty, and what is planned; null = there is no roster. */
  duty(): DutyView | null;
  /** With or without a roster: announced work, and what was said of mines. */
  preNotices(): PreNotice[];
  statuses(): StatusChange[];
  /** Cases that are shelved; what is out of service; what waits for a second person. */
  shelves(): ShelfView[];
  outOfService(): Service[];
  requests(): RequestView[];
  /** Of every mine with new alarms within ten minutes, and of the county: how many, and whether it is a flood. */
  floods(): FloodView[];
  /** Subjects whose alarms chatter or are fleeting, the worst first. */
  unrest(): UnrestView[];
}

export interface EngineDeps {
  /** 128 bits of a collision-resistant hash, base32. */
  hash(text: string): string;
  /** Compiles the expressions of rules; they have been checked when they were loaded. */
  readonly compile?: Compile;
  /** For measuring scenarios only. */
  readonly observer?: Observer;
}

export function createEngine(deps: EngineDeps): Engine {
  const { observer = null, compile = null } = deps;
  const world = createWorld({ hash: (text) => deps.hash(text), observer, compile });
  return {
    step: (input) => step(world, input),
    get journalSeq() {
      return world.journalSeq;
    },
    alignJournal(head) {
      world.journalSeq = head;
    },
    gatherRows() {
      world.rows ??= createRows();
    },
    takeRows: () => world.rows?.take() ?? null,
    image: () => imageOf(world),
    restore: (image) => restoreFrom(world, image),
    config: () => world.config,
    configHash: () => world.configHash,
    *openAlarms() {
      for (const { alarm } of world.alarms.values()) if (!hasEnded(alarm, world.now - DAY)) yield alarm;
    },
    alarm: (id) => world.alarms.get(id)?.alarm ?? null,
    mines: () => viewMines(world),
    mine(code) {
      const mine = world.mines.get(code);
      return mine === undefined || mine.config === null ? null : viewMine(world, mine);
    },
    points: (mine) => viewPoints(world, mine),
    point(id) {
      const point = pointOf(world, id);
      return point === null ? null : viewPoint(world, point);
    },
    slotCount: () => world.columns.n,
    pointIdOfSlot: (slot) => world.points[slot]?.id ?? null,
    pointOfSlot(slot) {
      const point = world.points[slot];
      return point === undefined ? null : viewPoint(world, point);
    },
    definitions: () => world.definitions,
    liveGeneration: () => world.generation,
    changedSince: (generation) => viewChanged(world, generation),
    people: (mine) => viewPeople(world, mine),
    check(code, since) {
      const mine = world.mines.get(code);
      return mine === undefined ? null : viewCheck(world, mine, since);
    },
    heldTables: () =>
      [...world.mines.values()].flatMap((mine) =>
        [...mine.streams.values()]
          .filter(({ table }) => table.held !== null)
          .map(({ system }) => `${mine.code}:${system}`),
      ),
    table: (mine, system) => viewTable(world, mine, system),
    limits(id) {
      const point = pointOf(world, id);
      return point === null ? null : viewLimits(world, point);
    },
    shadows: () => viewShadows(world),
    duty: () => viewDuty(world),
    preNotices: () => [...world.duty.preNotices.values()],
    statuses: () => [...world.duty.statuses],
    shelves: () => viewShelves(world.life),
    outOfService: () => viewServices(world.life),
    requests: () => viewRequests(world.life),
    floods: () => viewFloods(world.life),
    unrest: () => viewUnrest(world.life),
  };
}

function pointOf(world: World, id: string): Point | null {
  const [mine = GATEWAY_MINE, system = "", code = ""] = id.split(":");
  const slot = world.mines.get(mine)?.streams.get(system)?.slots.get(code);
  return slot === undefined ? null : (world.points[slot] as Point);
}

const NO_ENTRIES = NOTHING.entries;

function step(world: World, input: Input): Effects {
  world.input = input.seq;
  world.generation++;
  // What a start or a set clock changes about the deadlines comes before any of them fires.
  if (input.type === "start" || input.type === "clock") world.now = input.now;
  else fireDeadlines(world, input.now);
  const read = readInput(world, input);
  followLogic(world);
  if (world.duty.touched.size > 0) followChains(world);
  if (world.entries.length === 0 && read === NOTHING) return NOTHING;
  const entries = world.entries.length === 0 ? NO_ENTRIES : world.entries;
  if (world.entries.length > 0) world.entries = [];
  return { entries, verdicts: read.verdicts, result: read.result };
}

type Read = Omit<Effects, "entries">;

function readInput(world: World, input: Input): Read {
  switch (input.type) {
    case "packet": {
      const verdicts = readPacket(world, input);
      return verdicts === null ? NOTHING : { verdicts, result: null };
    }
    case "tick":
    case "stop":
      return NOTHING;
    case "act":
      return answer(readAct(world, input));
    case "link":
      readLink(world, input);
      return NOTHING;
    case "receipt":
      readReceipt(world, input);
      return NOTHING;
    case "config":
      readConfig(world, input);
      return NOTHING;
    case "self":
      readSelf(world, input);
      return NOTHING;
    case "file":
      readFile(world, input);
      return NOTHING;
    case "clock":
      readClock(world, input);
      return NOTHING;
    case "start":
      readStart(world, input);
      return NOTHING;
  }
}

const answer = (result: ActResult): Read => ({ verdicts: null, result });
