import { rm } from "node:fs/promises";
import type { Alarm, Evidence, JournalRecord, Transition } from "../model/alarm.ts";
import type { DutyRecord } from "../model/duty.ts";
import { levelRank } from "../model/rule.ts";
import type { AlarmQuery, AlarmRecord, DutyLogQuery, FactPage, FactQuery } from "./api.ts";
import { factOf, type StoredStep } from "./facts.ts";
import { type Database, openDatabase, type SqlValue, type Statement } from "./sqlite.ts";

const SCHEMA = `
  CREATE TABLE alarm (
    id TEXT PRIMARY KEY, seq INTEGER NOT NULL, raised REAL NOT NULL,
    mine TEXT NOT NULL, level INTEGER NOT NULL, class TEXT NOT NULL, state TEXT NOT NULL,
    words TEXT NOT NULL,              -- what a search looks through, in lower case
    body TEXT NOT NULL
  );
  CREATE INDEX alarm_by_onset ON alarm (raised, id);
  CREATE INDEX alarm_by_mine ON alarm (mine, raised, id);
  CREATE TABLE transition (
    alarm TEXT NOT NULL, n INTEGER NOT NULL, seq INTEGER NOT NULL, t REAL NOT NULL,
    body TEXT NOT NULL, inputs TEXT NOT NULL, evidence TEXT,
    PRIMARY KEY (alarm, n)
  ) WITHOUT ROWID;
  CREATE TABLE cursor (one INTEGER PRIMARY KEY CHECK (one = 1), epoch TEXT NOT NULL, journal INTEGER NOT NULL);
`;

/** Alarms that were written before they said all they say now: the journal tells them anew. */
const TELL_ANEW = "DELETE FROM alarm; DELETE FROM transition; DELETE FROM cursor";

/** What the figures ask: which alarms a range touches, and how each step left its alarm. All is read in anew. */
const FIGURES = `
  DELETE FROM alarm; DELETE FROM transition; DELETE FROM cursor;
  ALTER TABLE alarm ADD COLUMN detected REAL NOT NULL DEFAULT 0;
  ALTER TABLE alarm ADD COLUMN ended REAL NOT NULL DEFAULT 0;   -- 9e15 while it is open
  ALTER TABLE transition ADD COLUMN suppression TEXT NOT NULL DEFAULT 'none';
  ALTER TABLE transition ADD COLUMN stage TEXT NOT NULL DEFAULT 'received';
  ALTER TABLE transition ADD COLUMN calls INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX alarm_by_end ON alarm (ended, id, detected, class);
  CREATE TABLE duty (seq INTEGER PRIMARY KEY, body TEXT NOT NULL);
`;
const STILL_OPEN = 9e15;

/** No answer has more alarms than this. */
const MOST_ALARMS = 1_000;

/** The journal's alarms for asking. Holds nothing of its own: whatever is wrong with it, it is built anew. */
export interface IndexDb {
  /** Last journal record that is in it; 0 = none. */
  journal(): number;
  /** The records and the cursor behind the last of them, in one transaction. */
  add(records: readonly JournalRecord[], upTo: number): void;
  clear(): void;
  alarms(query: AlarmQuery): Alarm[];
  alarm(id: string): AlarmRecord | null;
  facts(query: FactQuery): FactPage;
  dutyLog(query: DutyLogQuery): DutyRecord[];
  bytes(): number;
  close(): void;
}

export async function openIndex(path: string, epoch: string): Promise<IndexDb> {
  const db = await openOrBegin(path);
  const sql = statements(db);
  const selects = new Map<string, Statement>();
  const journal = () => (sql.cursor.get() as { epoch: string; journal: number } | undefined) ?? null;

  function clear(): void {
    db.transaction(() => {
      db.exec("DELETE FROM alarm; DELETE FROM transition; DELETE FROM duty");
      sql.setCursor.run(epoch, 0);
    });
  }

  function select(where: string): Statement {
    const text = `SELECT body FROM alarm WHERE ${where} ORDER BY raised DESC, id DESC LIMIT ?`;
    const statement = selects.get(text) ?? db.prepare(text);
    selects.set(text, statement);
    return statement;
  }

  // Positions of another epoch mean other records (contract §5).
  if (journal()?.epoch !== epoch) clear();

  return {
    journal: () => journal()?.journal ?? 0,
    add(records, upTo) {
      db.transaction(() => {
        const newest = new Map<string, TransitionRecord>();
        for (const record of records) {
          if (record.type === "transition") {
            addTransition(sql, record);
            newest.set(record.alarm.id, record);
          }
          if (record.type === "duty") addDuty(sql, record);
        }
        // An alarm is as its last record says: in a flood each has two or three of them at once.
        for (const record of newest.values()) putAlarm(sql, record);
        sql.setCursor.run(epoch, upTo);
      });
    },
    clear,
    alarms(query) {
      const { where, values } = filters(query);
      const limit = Math.max(1, Math.min(query.limit, MOST_ALARMS));
      return (select(where).all(...values, limit) as { body: string }[]).map(
        ({ body }) => JSON.parse(body) as Alarm,
      );
    },
    alarm: (id) => alarmRecord(sql, id),
    facts: (query) => factPage(sql, query),
    dutyLog: ({ before, limit }) =>
      (sql.dutyLog.all(before ?? Number.MAX_SAFE_INTEGER, limit) as { body: string }[]).map(
        ({ body }) => JSON.parse(body) as DutyRecord,
      ),
    bytes: db.bytes,
    close: db.close,
  };
}

async function openOrBegin(path: string): Promise<Database> {
  const options = { durability: "normal", migrations: [SCHEMA, TELL_ANEW, FIGURES] } as const;
  try {
    return await openDatabase(path, options);
  } catch {
    // Damaged, or written by another version: the journal has it all.
    await Promise.all(["", "-wal", "-shm"].map((end) => rm(path + end, { force: true })));
    return openDatabase(path, options);
  }
}

type Statements = ReturnType<typeof statements>;

const statements = (db: Database) => ({
  cursor: db.prepare("SELECT epoch, journal FROM cursor"),
  setCursor: db.prepare(
    `INSERT INTO cursor (one, epoch, journal) VALUES (1, ?, ?)
     ON CONFLICT (one) DO UPDATE SET epoch = excluded.epoch, journal = excluded.journal`,
  ),
  putAlarm: db.prepare(
    `INSERT OR REPLACE INTO alarm (id, seq, raised, mine, level, class, state, words, body, detected, ended)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  ),
  putTransition: db.prepare(
    `INSERT OR REPLACE INTO transition (alarm, n, seq, t, body, inputs, evidence, suppression, stage, calls)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  ),
  alarm: db.prepare("SELECT body FROM alarm WHERE id = ?"),
  transitions: db.prepare("SELECT seq, t, body, inputs, evidence FROM transition WHERE alarm = ? ORDER BY n"),
  touched: db.prepare(
    `SELECT id, ended FROM alarm WHERE (ended, id) > (?, ?) AND detected < ? AND class <> 'test'
     ORDER BY ended, id LIMIT ?`,
  ),
  putDuty: db.prepare("INSERT OR REPLACE INTO duty (seq, body) VALUES (?, ?)"),
  dutyLog: db.prepare("SELECT body FROM duty WHERE seq < ? ORDER BY seq DESC LIMIT ?"),
  steps: db.prepare("SELECT t, body, suppression, stage, calls FROM transition WHERE alarm = ? ORDER BY n"),
});

type TransitionRecord = Extract<JournalRecord, { type: "transition" }>;

function addTransition(sql: Statements, record: TransitionRecord): void {
  const { seq, t, transition, inputs, evidence, alarm } = record;
  sql.putTransition.run(
    alarm.id,
    transition.n,
    seq,
    t,
    JSON.stringify(transition),
    JSON.stringify(inputs),
    evidence && JSON.stringify(evidence),
    alarm.suppression.kind,
    alarm.handling.stage,
    alarm.calls.length,
  );
}

function putAlarm(sql: Statements, record: TransitionRecord): void {
  const { seq, t } = record;
  const alarm: Alarm = { ...record.alarm, seq };
  const { id, raisedAt, mine, level, class: kind, state } = alarm;
  sql.putAlarm.run(
    id,
    seq,
    raisedAt,
    mine,
    levelRank(level),
    kind,
    state,
    words(alarm),
    JSON.stringify(alarm),
    alarm.detectedAt,
    state === "normal" ? (alarm.endedAt ?? t) : STILL_OPEN,
  );
}

function addDuty(sql: Statements, { seq, t, by, duty }: Extract<JournalRecord, { type: "duty" }>): void {
  sql.putDuty.run(seq, JSON.stringify({ seq, t, by, duty } satisfies DutyRecord));
}

const words = ({ title, titleEn, place, mineName, point, subject }: Alarm): string =>
  [title, titleEn, place, mineName, point ?? "", subject.name].join("\n").toLowerCase();

/** The canary is in no list (contract §4). */
const LISTED = "class <> 'test'";

function filters(query: AlarmQuery): { where: string; values: SqlValue[] } {
  const { after, from, to, q } = query;
  const parts: { sql: string; values: SqlValue[] }[] = [
    ...among("state", query.state),
    ...among("mine", query.mines),
    ...among("level", query.levels?.map(levelRank) ?? null),
    ...among("class", query.classes),
    ...(from === null ? [] : [{ sql: "raised >= ?", values: [from] }]),
    ...(to === null ? [] : [{ sql: "raised < ?", values: [to] }]),
    ...(q === null ? [] : [{ sql: "instr(words, ?) > 0", values: [q.toLowerCase()] }]),
    ...(after === null ? [] : [{ sql: "(raised, id) < (?, ?)", values: [after.raisedAt, after.id] }]),
  ];
  return {
    where: [LISTED, ...parts.map(({ sql }) => sql)].join(" AND "),
    values: parts.flatMap(({ values }) => values),
  };
}

const among = (column: string, values: readonly (string | number)[] | null) =>
  values === null
    ? []
    : [{ sql: `${column} IN (SELECT value FROM json_each(?))`, values: [JSON.stringify(values)] }];

function alarmRecord(sql: Statements, id: string): AlarmRecord | null {
  const row = sql.alarm.get(id) as { body: string } | undefined;
  if (row === undefined) return null;
  const transitions = (sql.transitions.all(id) as StoredTransition[]).map(
    ({ seq, t, body, inputs, evidence }) => ({
      seq,
      t,
      transition: JSON.parse(body) as Transition,
      inputs: JSON.parse(inputs) as number[],
      evidence: evidence === null ? null : (JSON.parse(evidence) as Evidence),
    }),
  );
  const evidence = transitions.findLast((one) => one.evidence !== null)?.evidence ?? null;
  return { alarm: JSON.parse(row.body) as Alarm, transitions, evidence };
}

/** Alarms in the order of their ends: those of a range of long ago are found without reading the others. */
function factPage(sql: Statements, { from, to, mines, limit, after }: FactQuery): FactPage {
  const { ended, id } = after ?? { ended: from, id: "" };
  const touched = sql.touched.all(ended, id, to, limit) as { id: string; ended: number }[];
  const facts = touched.flatMap((one) => {
    const { body } = sql.alarm.get(one.id) as { body: string };
    const alarm = JSON.parse(body) as Alarm;
    if (mines !== null && !mines.includes(alarm.mine)) return [];
    return [factOf(alarm, sql.steps.all(one.id) as StoredStep[])];
  });
  return { facts, next: touched.length < limit ? null : (touched.at(-1) ?? null) };
}

interface StoredTransition {
  seq: number;
  t: number;
  body: string;
  inputs: string;
  evidence: string | null;
}
