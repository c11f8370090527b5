import type { EscalationReason, Transition } from "../model/alarm.ts";
import { BOUNDS } from "../model/bounds.ts";
import type { NotificationState } from "../model/notification.ts";
import { type Level, levelRank } from "../model/rule.ts";
import { HOUR } from "../model/time.ts";
import type { Due, Ended, Outbox, OutboxDepth } from "./api.ts";
import { notificationOf, type StoredRow, sendLog } from "./send-log.ts";
import type { Database } from "./sqlite.ts";

/**
 * A partial index serves only the rows that wait, so that a log of a million costs them nothing. `message` and
 * `attempt` outlive the process: by them a killed one knows what was in flight and how much it may still send.
 */
export const OUTBOX_SCHEMA = `
  CREATE TABLE outbox_cursor (
    one INTEGER PRIMARY KEY CHECK (one = 1), epoch TEXT NOT NULL, seq INTEGER NOT NULL, dropped INTEGER NOT NULL
  );
  CREATE TABLE notification (
    n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, step TEXT NOT NULL, seq INTEGER NOT NULL, alarm TEXT NOT NULL,
    mine TEXT NOT NULL, level INTEGER NOT NULL, channel TEXT NOT NULL, person TEXT, device TEXT, why TEXT NOT NULL,
    state TEXT NOT NULL, created REAL NOT NULL, due REAL NOT NULL, tries INTEGER NOT NULL, tried REAL, ended REAL,
    repeated INTEGER NOT NULL, message TEXT, provider TEXT, address TEXT, result TEXT, delivered REAL, seen REAL
  );
  CREATE INDEX notification_waiting ON notification (channel, level DESC, n) WHERE state = 'waiting';
  CREATE INDEX notification_least ON notification (level, n) WHERE state = 'waiting';
  CREATE INDEX notification_open ON notification (seq) WHERE state IN ('waiting', 'sending');
  CREATE INDEX notification_sending ON notification (message) WHERE state = 'sending';
  CREATE INDEX notification_by_alarm ON notification (alarm, n);
  CREATE INDEX notification_by_provider ON notification (provider) WHERE provider IS NOT NULL;
  CREATE INDEX notification_by_message ON notification (message) WHERE message IS NOT NULL;
  CREATE TABLE notification_body (seq INTEGER PRIMARY KEY, body TEXT NOT NULL);
  CREATE TABLE attempt (message TEXT PRIMARY KEY, channel TEXT NOT NULL, at REAL NOT NULL);
  CREATE INDEX attempt_by_time ON attempt (channel, at);
  CREATE TABLE push_subscription (
    person TEXT NOT NULL, device TEXT NOT NULL, subscription TEXT NOT NULL, PRIMARY KEY (person, device)
  )`;

/** One row to be made of a journal record. */
export interface NewRow {
  readonly id: string;
  readonly step: string;
  readonly seq: number;
  readonly alarm: string;
  readonly mine: string;
  readonly level: Level;
  readonly channel: string;
  readonly person: string | null;
  readonly device: string | null;
  readonly why: EscalationReason | Transition["what"];
  /** null = it waits; else why it never will. */
  readonly refused: string | null;
}

/** What one journal record brings: rows, and the event they tell of (null = all of them are refused). */
export interface NewRows {
  readonly seq: number;
  readonly at: number;
  readonly rows: readonly NewRow[];
  readonly body: string | null;
}

export const NO_CHANNEL = "gateway.yaml has no such channel";
const ATTEMPTS_KEPT = HOUR;
/** Additions between two sweeps of what is no longer remembered. */
const SWEEP_EVERY = 10_000;

export type OutboxDb = ReturnType<typeof outbox>;

export function outbox(db: Database, most: number = BOUNDS.outbox) {
  const cursor = db.prepare("SELECT epoch, seq, dropped FROM outbox_cursor");
  const setCursor = db.prepare(
    `INSERT INTO outbox_cursor (one, epoch, seq, dropped) VALUES (1, ?, ?, 0)
     ON CONFLICT (one) DO UPDATE SET epoch = excluded.epoch, seq = excluded.seq`,
  );
  const countWaiting = db.prepare("SELECT count(*) AS n FROM notification WHERE state = 'waiting'");
  const interrupted = db.prepare(
    "UPDATE notification SET state = 'waiting', repeated = 1, result = 'interrupted' WHERE state = 'sending'",
  );
  const waitsIn = db.prepare("SELECT DISTINCT channel FROM notification WHERE state = 'waiting'");
  const strand = db.prepare(
    "UPDATE notification SET state = 'refused', result = ? WHERE state = 'waiting' AND channel = ?",
  );
  const forgetCursor = db.prepare("DELETE FROM outbox_cursor");
  const adding = additions(db, most);
  const sending = sends(db);
  let waiting = (countWaiting.get() as { n: number }).n;
  let unswept = SWEEP_EVERY;

  /** What was counted in a transaction that failed has not happened. */
  function counted<T>(work: () => T): T {
    const before = waiting;
    try {
      return db.transaction(work);
    } catch (fault) {
      waiting = before;
      throw fault;
    }
  }

  return {
    ...sendLog(db),
    cursor: () => (cursor.get() as { epoch: string; seq: number } | undefined) ?? null,
    /** What was in flight when the process died waits again; what no channel is left for never will be sent. */
    open(epoch: string, seq: number, channels: readonly string[]): number {
      return counted(() => {
        setCursor.run(epoch, seq);
        const repeated = Number(interrupted.run().changes);
        waiting += repeated;
        for (const { channel } of waitsIn.all() as { channel: string }[]) {
          if (!channels.includes(channel)) waiting -= Number(strand.run(NO_CHANNEL, channel).changes);
        }
        return repeated;
      });
    },
    /** Nobody beyond the screens is told: what happens meanwhile is news to no channel that comes later. */
    close: () => void forgetCursor.run(),
    /** Rows and cursor in one transaction; answers how many rows wait that did not. */
    add(records: readonly NewRows[], epoch: string, last: number): number {
      if (unswept >= SWEEP_EVERY) {
        adding.sweep();
        unswept = 0;
      }
      return counted(() => {
        let added = 0;
        for (const record of records) {
          const made = adding.record(record, waiting);
          waiting = made.waiting;
          added += made.added;
        }
        setCursor.run(epoch, last);
        unswept += added;
        return added;
      });
    },
    due: sending.due,
    bodies: sending.bodies,
    begin(messages: Parameters<Outbox["begin"]>[0]): void {
      counted(() => {
        for (const message of messages) waiting -= sending.begin(message);
      });
    },
    finish(ended: Ended): void {
      counted(() => {
        const rows = sending.finish(ended);
        if (ended.state === "waiting") waiting += rows;
      });
    },
    attempts: sending.attempts,
    depth: () => depth(db),
  };
}

function additions(db: Database, most: number) {
  const insert = db.prepare(
    `INSERT OR IGNORE INTO notification
       (id, step, seq, alarm, mine, level, channel, person, device, why, state, created, due, tries, ended, repeated, result)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, 0, ?)`,
  );
  const insertBody = db.prepare("INSERT OR IGNORE INTO notification_body (seq, body) VALUES (?, ?)");
  const victim = db.prepare(
    "SELECT n, seq FROM notification WHERE state = 'waiting' AND level < ? ORDER BY level, n LIMIT 1",
  );
  const drop = db.prepare(
    "UPDATE notification SET state = 'dropped', ended = ?, result = 'the outbox was full' WHERE n = ?",
  );
  const countDropped = db.prepare("UPDATE outbox_cursor SET dropped = dropped + 1");
  const forgetBody = bodyForgetter(db);
  const sweepRows = db.prepare(
    `DELETE FROM notification WHERE state NOT IN ('waiting', 'sending')
       AND n <= (SELECT coalesce(max(n), 0) FROM notification) - ?`,
  );

  function one(row: NewRow, at: number, full: boolean): "waiting" | "refused" | "dropped" | "known" {
    const state: NotificationState = row.refused !== null ? "refused" : full ? "dropped" : "waiting";
    const ended = state === "waiting" ? null : at;
    const result = row.refused ?? (full ? "the outbox was full" : null);
    const { id, step, seq, alarm, mine, channel, person, device, why } = row;
    const level = levelRank(row.level);
    const changes = insert.run(
      ...[id, step, seq, alarm, mine, level, channel, person, device, why, state, at, at, ended, result],
    ).changes;
    return Number(changes) === 0 ? "known" : state;
  }

  /** Past the bound the oldest of the least level goes, if anything is less than what comes. */
  function room(level: Level, at: number): boolean {
    const least = victim.get(levelRank(level)) as { n: number; seq: number } | undefined;
    if (least === undefined) return false;
    drop.run(at, least.n);
    forgetBody(least.seq);
    countDropped.run();
    return true;
  }

  return {
    record({ at, rows, body, seq }: NewRows, before: number): { waiting: number; added: number } {
      let waiting = before;
      let added = 0;
      if (body !== null) insertBody.run(seq, body);
      for (const row of rows) {
        const tight = row.refused === null && waiting >= most;
        const made = tight && room(row.level, at);
        if (made) waiting -= 1;
        const state = one(row, at, tight && !made);
        if (state === "waiting") {
          waiting += 1;
          added += 1;
        } else if (state === "dropped") countDropped.run();
      }
      if (body !== null) forgetBody(seq);
      return { waiting, added };
    },
    sweep: () => void sweepRows.run(BOUNDS.sendLog),
  };
}

/** A body is kept as long as a row of its record is still to be told. */
function bodyForgetter(db: Database) {
  const forget = db.prepare(
    `DELETE FROM notification_body WHERE seq = ?1 AND NOT EXISTS
       (SELECT 1 FROM notification WHERE seq = ?1 AND state IN ('waiting', 'sending'))`,
  );
  return (seq: number): void => void forget.run(seq);
}

function sends(db: Database) {
  const due = db.prepare(
    `SELECT * FROM notification WHERE state = 'waiting' AND channel = ? AND level >= ? AND due <= ?
     ORDER BY level DESC, n LIMIT ?`,
  );
  const next = db.prepare(
    "SELECT min(due) AS due FROM notification WHERE state = 'waiting' AND channel = ? AND level >= ? AND due > ?",
  );
  const body = db.prepare("SELECT body FROM notification_body WHERE seq = ?");
  const begin = db.prepare(
    `UPDATE notification SET state = 'sending', tries = tries + 1, tried = ?, message = ?, address = ?
     WHERE n = ? AND state = 'waiting'`,
  );
  const attempt = db.prepare("INSERT OR REPLACE INTO attempt (message, channel, at) VALUES (?, ?, ?)");
  const forgetAttempts = db.prepare("DELETE FROM attempt WHERE at < ?");
  const attempts = db.prepare("SELECT at FROM attempt WHERE channel = ? AND at > ? ORDER BY at");
  const inFlight = db.prepare("SELECT n, seq FROM notification WHERE message = ? AND state = 'sending'");
  const finish = db.prepare(
    `UPDATE notification SET state = ?, due = ?, ended = ?, repeated = repeated OR ?, provider = ?, result = ?
     WHERE n = ?`,
  );
  const forgetBody = bodyForgetter(db);
  return {
    due({ channel, now, least, limit }: Parameters<Outbox["due"]>[0]): Due {
      const rank = levelRank(least);
      const rows = (due.all(channel, rank, now, limit) as StoredRow[]).map(notificationOf);
      return { rows, next: (next.get(channel, rank, now) as { due: number | null }).due };
    },
    bodies(seqs: readonly number[]): Record<number, string> {
      const found = seqs.flatMap((seq) => {
        const row = body.get(seq) as { body: string } | undefined;
        return row === undefined ? [] : [[seq, row.body] as const];
      });
      return Object.fromEntries(found);
    },
    /** Answers how many rows it took. */
    begin({ message, channel, at, rows, address }: Parameters<Outbox["begin"]>[0][number]): number {
      attempt.run(message, channel, at);
      forgetAttempts.run(at - ATTEMPTS_KEPT);
      let taken = 0;
      for (const n of rows) taken += Number(begin.run(at, message, address, n).changes);
      return taken;
    },
    finish({ message, at, state, due: notBefore, unsure, providerId, result }: Ended): number {
      const rows = inFlight.all(message) as { n: number; seq: number }[];
      const ended = state === "waiting" ? null : at;
      for (const { n } of rows) finish.run(state, notBefore, ended, +unsure, providerId, result, n);
      if (state !== "waiting") for (const { seq } of rows) forgetBody(seq);
      return rows.length;
    },
    attempts: (channel: string, since: number): number[] =>
      (attempts.all(channel, since) as { at: number }[]).map(({ at }) => at),
  };
}

function depth(db: Database): { channels: OutboxDepth[]; dropped: number } {
  const red = levelRank("red");
  const channels = db
    .prepare(
      `SELECT channel, sum(state = 'waiting') AS waiting, sum(state = 'sending') AS sending,
         min(CASE WHEN state = 'waiting' THEN created END) AS oldest,
         min(CASE WHEN state = 'waiting' AND level = ${red} THEN created END) AS oldestRed
       FROM notification WHERE state IN ('waiting', 'sending') GROUP BY channel`,
    )
    .all() as OutboxDepth[];
  const counted = db.prepare("SELECT dropped FROM outbox_cursor").get() as { dropped: number } | undefined;
  return { channels, dropped: counted?.dropped ?? 0 };
}
