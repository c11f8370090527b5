import type { Instant } from "../model/time.ts";
import type { Database } from "./sqlite.ts";

export const PUSH_SCHEMA = `
  CREATE TABLE push (alarm TEXT NOT NULL, n INTEGER NOT NULL, stored REAL NOT NULL, pushed REAL, PRIMARY KEY (alarm, n))
  WITHOUT ROWID;
`;

/** When a ring of an alarm was on disk, and written to the screens; null = there was none. */
export interface PushRow {
  readonly alarm: string;
  readonly n: number;
  readonly stored: Instant;
  readonly pushed: Instant | null;
}

/** What no log can hold of itself: the moments after a record was written. */
export function pushes(db: Database) {
  const put = db.prepare("INSERT OR IGNORE INTO push (alarm, n, stored, pushed) VALUES (?, ?, ?, ?)");
  const of = db.prepare("SELECT alarm, n, stored, pushed FROM push WHERE alarm = ? ORDER BY n");
  return {
    put(rows: readonly PushRow[]): void {
      db.transaction(() => {
        for (const { alarm, n, stored, pushed } of rows) put.run(alarm, n, stored, pushed);
      });
    },
    of: (alarm: string) => of.all(alarm) as PushRow[],
  };
}
