import { createHash } from "node:crypto";
import type { Alarm, Transition } from "../../model/alarm.ts";
import { type MineCode, partsOfPoint, type System } from "../../model/mine.ts";
import type { Instant } from "../../model/time.ts";
import type { UpperPlatform } from "../../wire/config/upper-file.ts";
import {
  type RecordTexts,
  WRITTEN_TYPES,
  type WrittenType,
  writeNationalFile,
} from "../../wire/national/write.ts";
import type { Writing } from "../../wire/national/write-fields.ts";
import { areaRecord, personRecord, staffRecord } from "../../wire/national/write-people.ts";
import {
  alarmRecord,
  eventCode,
  pointRecord,
  readingRecord,
  stationRecord as stationRow,
  statRecord,
  switchRecord,
} from "../../wire/national/write-records.ts";
import {
  boreRecord,
  boreWarningRecord,
  stressPointRecord,
  stressRecord,
} from "../../wire/national/write-water.ts";
import type { UpperPoint } from "./calls.ts";
import type { AlarmStep, Crew, Snapshot } from "./crew.ts";
import type { Draft } from "./folder.ts";
import type { Gathered, Gatherer, Kept, SaidOf } from "./gather.ts";
import { grouped } from "./grouped.ts";
import { type Known, stationPart } from "./known.ts";
import { OCCURRENCE_TYPES, occurrenceRecord } from "./occurrence-records.ts";
import type { Occurrence } from "./occurrences.ts";
import type { Place } from "./place.ts";
import { secondOf, stationRecord, stationsOf } from "./stations.ts";

export interface Round {
  readonly moment: Instant;
  /** False = too much waits to keep until the moment: the newest samples follow with it. */
  readonly whole: boolean;
  /** Rounds of the platform so far: files of one old moment that come in several rounds have names of their own. */
  readonly n: number;
  readonly alarms: readonly AlarmStep[];
}

export interface Drafts {
  /** In the order in which a reader needs them: what things are before what they say. */
  readonly files: readonly Draft[];
  readonly tables: Place["tables"];
  /** Records that no file has words for. */
  readonly leftOut: number;
}

/** One that latches, or whose rule is gone, is over. */
const ONSETS_AND_ENDS: readonly Transition["what"][] = [
  "raise",
  "step-up",
  "return",
  "end",
  "latch",
  "rule-change",
];
/** Of these the files of people have nothing; they may come when all else about it is forgotten. */
const REMARKS: readonly Transition["what"][] = ["cause", "correct"];

const PERSON: System = "person";
const ZONE_MS = 8 * 3_600_000;
const DAY_MS = 24 * 3_600_000;

/** Files of what was gathered, by what points are called now. Remembers which tables it has looked at. */
export function createDrafter(platform: UpperPlatform, known: Known) {
  const { dialect, every, system, types } = platform;
  const writes = (type: WrittenType): boolean => types.includes(type);
  /** What is to be remembered of people. */
  const wanted = { staff: writes("RYXX"), occurrences: Object.values(OCCURRENCE_TYPES).some(writes) };
  const looked = new Map<string, string>();
  let files: { readonly type: WrittenType; readonly draft: Draft }[] = [];
  let tables: Place["tables"] = {};
  let leftOut = 0;

  const writingOf = (ours: MineCode): Writing => ({ dialect, ours, theirs: platform.codes[ours] ?? ours });
  const isOurs = (mine: MineCode): boolean => platform.mines === "*" || platform.mines.includes(mine);

  function put(type: WrittenType, mine: MineCode, moment: Instant, rows: Iterable<RecordTexts | null>): void {
    const all = [...rows];
    const records = all.filter((row) => row !== null);
    leftOut += all.length - records.length;
    if (records.length === 0) return;
    const { theirs } = writingOf(mine);
    const mineName = known.nameOf(mine);
    const at = (when: Instant) =>
      writeNationalFile({ mine: theirs, mineName, type, moment: when, records }, dialect);
    files.push({ type, draft: { moment, at } });
  }

  /** A table goes out when it is another than last time, and once a day. */
  function putTable(
    type: WrittenType,
    mine: MineCode,
    { moment }: Pick<Round, "moment">,
    rows: () => (RecordTexts | null)[],
    version: string,
  ): void {
    const key = `${mine}:${type}`;
    const day = Math.floor((moment + ZONE_MS) / DAY_MS);
    if (looked.get(key) === `${version} ${day}`) return;
    looked.set(key, `${version} ${day}`);
    const found = rows();
    const before = tables[key];
    const digest = createHash("sha256").update(JSON.stringify(found)).digest("base64").slice(0, 22);
    if (before?.digest === digest && before.day === day) return;
    tables = { ...tables, [key]: { day, digest } };
    put(type, mine, moment, found);
  }

  function putTables(round: Round): void {
    for (const mine of known.minesWith(system)) {
      if (!isOurs(mine)) continue;
      const writing = writingOf(mine);
      const listed = () => [...known.pointsOf(mine, system)].filter((point) => point.listed);
      const version = String(known.version(mine, system));
      if (writes("CDDY")) {
        const rows = () =>
          listed()
            .filter(({ def }) => !isStation(def) && !isStress(system, def, "ZKYL"))
            .map(({ def, tableAt }) => pointRecord(def, system, tableAt, writing));
        putTable("CDDY", mine, round, rows, version);
      }
      if (writes("ZKYL")) {
        const rows = () =>
          listed()
            .filter(({ def }) => isStress(system, def, "ZKYL"))
            .map(({ def }) => stressPointRecord(def, writing));
        putTable("ZKYL", mine, round, rows, version);
      }
      if (writes("FZDY")) putTable("FZDY", mine, round, () => stationRows(listed(), writing), version);
    }
    for (const mine of writes("RYJZ") ? known.minesWith(PERSON) : []) {
      if (!isOurs(mine)) continue;
      const rows = () =>
        stationRows(
          [...known.pointsOf(mine, PERSON)].filter(({ listed }) => listed),
          writingOf(mine),
        );
      putTable("RYJZ", mine, round, rows, String(known.version(mine, PERSON)));
    }
  }

  function putStaff(crew: Crew, round: Round): void {
    for (const [mine, version] of crew.staff.versions()) {
      const rows = () => crew.staff.of(mine).map((staff) => staffRecord(staff, writingOf(mine)));
      putTable("RYXX", mine, round, rows, String(version));
    }
  }

  /** A point in no table, or dropped from it, is written as long as it sends. */
  const isGone = ({ listed }: UpperPoint, { judged }: Kept, moment: Instant): boolean =>
    !listed && judged < moment - every;

  /** Stations have files of their own, where those are wanted. */
  const isStation = (def: UpperPoint["def"]): boolean => stationPart(def) !== null && writes("FZSS");
  /** As boreholes have, for the level of water and the stress of rock. */
  const isBore = (of: System, { type }: UpperPoint["def"]): boolean =>
    of === "hydro" && type === "0502" && writes("CGKCDSS");
  const isStress = (of: System, { type }: UpperPoint["def"], file: "ZKYL" | "ZKSS"): boolean =>
    of === "pressure" && type === "1201" && writes(file);

  function putStream(stream: Gathered, gatherer: Gatherer, round: Round): void {
    const { mine } = stream;
    const writing = writingOf(mine);
    const defOf = (code: string) => known.point(mine, stream.system, code)?.def ?? null;
    const isPerson = stream.system === PERSON;
    if (!isPerson && writes("KGBH"))
      put(
        "KGBH",
        mine,
        round.moment,
        stream.changes.map((said) => switchRecord(said.code, said, writing)),
      );
    if (!isPerson && writes("TJSJ"))
      put(
        "TJSJ",
        mine,
        round.moment,
        stream.stats.map((stat) => statRecord(stat, defOf(stat.p), writing)),
      );
    putLate(stream, round, writing);
    if (!round.whole || !stream.heard) return;
    const newest = gatherer.newest(mine, stream.system);
    if (!isPerson) putReadings(mine, stream.system, round.moment, newestOf(stream, newest, round));
    const state = isPerson ? "JZSS" : "FZSS";
    if (writes(state)) put(state, mine, round.moment, stateRows(stream, newest, round, writing));
  }

  function* newestOf(
    { mine, system: of }: Gathered,
    newest: ReadonlyMap<string, Kept>,
    { moment }: Round,
  ): Generator<SaidOf> {
    for (const [code, said] of newest) {
      const point = known.point(mine, of, code);
      if (point !== null && (isStation(point.def) || isGone(point, said, moment))) continue;
      yield { code, ...said };
    }
  }

  /** Each sample in the file its point has. */
  function putReadings(mine: MineCode, of: System, moment: Instant, samples: Iterable<SaidOf>): void {
    const writing = writingOf(mine);
    const rows: Record<"CDSS" | "CGKCDSS" | "ZKSS", (RecordTexts | null)[]> = {
      CDSS: [],
      CGKCDSS: [],
      ZKSS: [],
    };
    for (const { code, ...said } of samples) {
      const def = known.point(mine, of, code)?.def ?? null;
      if (def !== null && isBore(of, def)) rows.CGKCDSS.push(boreRecord(code, said, writing));
      else if (def !== null && isStress(of, def, "ZKSS"))
        rows.ZKSS.push(stressRecord(code, def, said, writing));
      else rows.CDSS.push(readingRecord(code, def, said, writing));
    }
    for (const type of ["CDSS", "CGKCDSS", "ZKSS"] as const)
      if (writes(type)) put(type, mine, moment, rows[type]);
  }

  function* stateRows(
    { mine, system: of }: Gathered,
    newest: ReadonlyMap<string, Kept>,
    { moment }: Round,
    writing: Writing,
  ): Generator<RecordTexts | null> {
    const samples = [...newest].flatMap(([code, said]) => {
      const point = known.point(mine, of, code);
      return point === null || isGone(point, said, moment) ? [] : [{ point, said }];
    });
    for (const [code, station] of stationsOf(samples)) {
      const row = stationRecord(code, station, writing);
      if (row !== null) yield row;
    }
  }

  /** Old samples in files of their own old moments (断点续传), each with all of them. */
  function putLate({ mine, system: of, late }: Gathered, { n }: Round, writing: Writing): void {
    const seconds = every / 1000;
    // The names that end a round are those of the live files.
    const back = (1 + (n % (seconds - 1))) * 1000;
    for (const [slot, samples] of inSlots(late, every)) {
      const moment = slot + every - back;
      const { states, readings } = apart(samples, mine, of);
      if (of === PERSON) {
        if (writes("JZSS")) put("JZSS", mine, moment, pastStates(states, writing));
        continue;
      }
      if (writes("FZSS")) put("FZSS", mine, moment, pastStates(states, writing));
      putReadings(mine, of, moment, readings);
    }
  }

  /** Samples of stations from the others: in the past a supply without its link of the same second is a reading. */
  function apart(samples: readonly SaidOf[], mine: MineCode, of: System) {
    const states: { point: UpperPoint; said: SaidOf }[] = [];
    const readings: SaidOf[] = [];
    for (const said of samples) {
      const point = known.point(mine, of, said.code);
      if (point !== null && (of === PERSON ? stationPart(point.def) !== null : isStation(point.def)))
        states.push({ point, said });
      else readings.push(said);
    }
    return { states, readings };
  }

  function* pastStates(
    states: readonly { point: UpperPoint; said: SaidOf }[],
    writing: Writing,
  ): Generator<RecordTexts | null> {
    const seconds = grouped(states, ({ said }) => secondOf(said.t));
    for (const second of [...seconds.values()])
      for (const [code, station] of stationsOf(second)) yield stationRecord(code, station, writing);
  }

  function putPeople({ mine, ts, people, areas }: Snapshot): void {
    const writing = writingOf(mine);
    if (areas !== null && writes("RYQY"))
      putTable(
        "RYQY",
        mine,
        { moment: ts },
        () => areas.map((area) => areaRecord(area, writing)),
        JSON.stringify(areas),
      );
    if (writes("RYSS"))
      put(
        "RYSS",
        mine,
        ts,
        people.map((person) => personRecord(person, writing)),
      );
  }

  /** Null = no file has a word for it. */
  function typeOf(alarm: Alarm): "YCBJ" | "CGKCDYC" | null {
    const { point, system: of, type } = alarm;
    if (point === null || of !== system || eventCode(alarm) === null) return null;
    const isLevel = of === "hydro" && type === "0502" && alarm.class === "over-limit";
    if (isLevel && writes("CGKCDYC")) return "CGKCDYC";
    return writes("YCBJ") ? "YCBJ" : null;
  }

  const isOfPeople = ({ system: of, rule }: Alarm): boolean =>
    of === PERSON && wanted.occurrences && known.ruleOf(rule) !== null;

  function putAlarms({ alarms, moment }: Round): void {
    const files = grouped(alarms, ({ alarm }) => `${typeOf(alarm)} ${alarm.mine}`);
    for (const steps of files.values()) {
      const { alarm: first } = steps[0] as AlarmStep;
      const type = typeOf(first);
      if (type === null) continue;
      const writing = writingOf(first.mine);
      const write = type === "YCBJ" ? alarmRecord : boreWarningRecord;
      const rows = steps.map(({ alarm, t }) =>
        write(alarm, partsOfPoint(alarm.point ?? "").code, t, writing),
      );
      put(type, first.mine, moment, rows);
    }
  }

  function putOccurrences(crew: Crew, { alarms, moment }: Round): void {
    for (const step of alarms) {
      const rule = isOfPeople(step.alarm) ? known.ruleOf(step.alarm.rule) : null;
      if (rule !== null) crew.alarm(step, rule);
    }
    const files = grouped(crew.changed(known.approvedOf, moment), ({ kind, mine }) => `${kind} ${mine}`);
    for (const all of files.values()) {
      const { kind, mine } = all[0] as Occurrence;
      const type = OCCURRENCE_TYPES[kind];
      const writing = writingOf(mine);
      if (writes(type))
        put(
          type,
          mine,
          moment,
          all.map((one) => occurrenceRecord(one, writing)),
        );
    }
  }

  return {
    isOurs,
    wanted,
    /** Whether a step is one of the platform's: of an alarm that a file has a word for, and changes what it says. */
    tells(alarm: Alarm, what: Transition["what"]): boolean {
      if (!isOurs(alarm.mine)) return false;
      if (isOfPeople(alarm)) return ONSETS_AND_ENDS.includes(what);
      return typeOf(alarm) !== null && [...ONSETS_AND_ENDS, ...REMARKS].includes(what);
    },
    draft(gatherer: Gatherer, round: Round, before: Place["tables"]): Drafts {
      files = [];
      tables = before;
      leftOut = 0;
      if (round.whole) putTables(round);
      if (round.whole && wanted.staff) putStaff(gatherer.crew, round);
      for (const snapshot of gatherer.snapshots()) putPeople(snapshot);
      for (const stream of gatherer.streams()) putStream(stream, gatherer, round);
      putAlarms(round);
      if (wanted.occurrences) putOccurrences(gatherer.crew, round);
      const ordered = WRITTEN_TYPES.flatMap((type) => files.filter((file) => file.type === type));
      return { files: ordered.map(({ draft }) => draft), tables, leftOut };
    },
  };
}

const stationRows = (points: readonly UpperPoint[], writing: Writing): (RecordTexts | null)[] =>
  points.filter(({ def }) => stationPart(def) === "link").map(({ def }) => stationRow(def, writing));

function inSlots(samples: readonly SaidOf[], every: number): [slot: Instant, samples: SaidOf[]][] {
  const slots = grouped(samples, ({ t }) => Math.floor(t / every) * every);
  for (const slot of slots.values()) slot.sort((a, b) => a.t - b.t);
  return [...slots].sort(([a], [b]) => a - b);
}
