import type { Notification, NotificationQuery, NotificationState } from "../model/notification.ts";
import { LEVELS } from "../model/rule.ts";
import type { Outbox } from "./api.ts";
import type { Database, SqlValue } from "./sqlite.ts";

/** Who was told what, when, by which channel, and what came back; and where browsers are pushed to. */
export function sendLog(db: Database) {
  const byMessage = db.prepare(
    "SELECT * FROM notification WHERE message = ? AND channel = ? AND state IN ('sending', 'sent')",
  );
  const byProvider = db.prepare("SELECT * FROM notification WHERE provider = ? AND channel = ?");
  const told = db.prepare(
    `UPDATE notification SET delivered = coalesce(delivered, ?1),
       seen = CASE WHEN ?2 THEN coalesce(seen, ?1) ELSE seen END WHERE n = ?3`,
  );
  const putSubscription = db.prepare(
    "INSERT OR REPLACE INTO push_subscription (person, device, subscription) VALUES (?, ?, ?)",
  );
  const dropSubscription = db.prepare("DELETE FROM push_subscription WHERE person = ? AND device = ?");
  const getSubscription = db.prepare(
    "SELECT subscription FROM push_subscription WHERE person = ? AND device = ?",
  );
  return {
    list: (query: NotificationQuery) => list(db, query),
    receipt({ channel, providerId, message, rung, at }: Parameters<Outbox["receipt"]>[0]): Notification[] {
      const rows =
        message !== undefined
          ? byMessage.all(message, channel)
          : providerId !== undefined
            ? byProvider.all(providerId, channel)
            : [];
      return db.transaction(() =>
        (rows as StoredRow[]).map((row) => {
          told.run(at, +(rung === "seen"), row.n);
          return notificationOf(row);
        }),
      );
    },
    putSubscription(person: string, device: string, subscription: string | null): void {
      if (subscription === null) dropSubscription.run(person, device);
      else putSubscription.run(person, device, subscription);
    },
    getSubscription: (person: string, device: string) =>
      (getSubscription.get(person, device) as { subscription: string } | undefined)?.subscription ?? null,
  };
}

/** Newest first. The statement is made of what is asked for, every value bound. */
function list(db: Database, query: NotificationQuery): Notification[] {
  const terms: string[] = [];
  const values: SqlValue[] = [];
  const where = (term: string, ...bound: SqlValue[]) => {
    terms.push(term);
    values.push(...bound);
  };
  const oneOf = (column: string, words: readonly string[] | null) => {
    if (words !== null) where(`${column} IN (${words.map(() => "?").join(", ")})`, ...words);
  };
  if (query.alarm !== null) where("alarm = ?", query.alarm);
  if (query.person !== null) where("person = ?", query.person);
  if (query.from !== null) where("created >= ?", query.from);
  if (query.to !== null) where("created < ?", query.to);
  if (query.before !== null) where("n < ?", query.before);
  oneOf("mine", query.mines);
  oneOf("channel", query.channels);
  oneOf("state", query.states);
  const filter = terms.length === 0 ? "" : `WHERE ${terms.join(" AND ")}`;
  const rows = db.prepare(`SELECT * FROM notification ${filter} ORDER BY n DESC LIMIT ?`);
  return (rows.all(...values, query.limit) as StoredRow[]).map(notificationOf);
}

export interface StoredRow {
  n: number;
  id: string;
  step: string;
  seq: number;
  alarm: string;
  mine: string;
  level: number;
  channel: string;
  person: string | null;
  device: string | null;
  why: string;
  state: string;
  created: number;
  tries: number;
  tried: number | null;
  ended: number | null;
  repeated: number;
  message: string | null;
  provider: string | null;
  address: string | null;
  result: string | null;
  delivered: number | null;
  seen: number | null;
}

export const notificationOf = (row: StoredRow): Notification => ({
  n: row.n,
  id: row.id,
  step: row.step,
  seq: row.seq,
  alarm: row.alarm,
  mine: row.mine,
  level: LEVELS[row.level] ?? "none",
  channel: row.channel,
  person: row.person,
  device: row.device,
  why: row.why as Notification["why"],
  state: row.state as NotificationState,
  createdAt: row.created,
  tries: row.tries,
  triedAt: row.tried,
  endedAt: row.ended,
  repeated: row.repeated === 1,
  message: row.message,
  providerId: row.provider,
  address: row.address,
  result: row.result,
  deliveredAt: row.delivered,
  seenAt: row.seen,
});
