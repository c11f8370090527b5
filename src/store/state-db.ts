import type { Role } from "../model/act.ts";
import { DAY } from "../model/time.ts";
import type { CredentialRow, Cursor, SessionRow, TokenRow, UserRow } from "./api.ts";
import { OUTBOX_SCHEMA, outbox } from "./outbox-db.ts";
import { PUSH_SCHEMA, pushes } from "./pushes.ts";
import { type Database, openDatabase } from "./sqlite.ts";

/** Only ever add a step at the end: a file that has had some gets the rest. */
const MIGRATIONS = [
  `CREATE TABLE consumer (name TEXT PRIMARY KEY, epoch TEXT NOT NULL, seq INTEGER NOT NULL, updated REAL NOT NULL);
   CREATE TABLE user (
     name TEXT PRIMARY KEY, role TEXT NOT NULL, mines TEXT NOT NULL, password TEXT NOT NULL,
     disabled INTEGER NOT NULL
   );
   CREATE TABLE session (
     id TEXT PRIMARY KEY, user TEXT NOT NULL, created REAL NOT NULL, seen REAL NOT NULL, expires REAL NOT NULL,
     address TEXT NOT NULL, device TEXT NOT NULL
   );
   CREATE INDEX session_by_user ON session (user);
   CREATE TABLE token (id TEXT PRIMARY KEY, hash TEXT NOT NULL, user TEXT NOT NULL, expires REAL)`,
  OUTBOX_SCHEMA,
  PUSH_SCHEMA,
  `CREATE TABLE credential (
     id TEXT PRIMARY KEY, mine TEXT NOT NULL, system TEXT, hash TEXT NOT NULL, note TEXT NOT NULL,
     "by" TEXT NOT NULL, created REAL NOT NULL
   )`,
];

/** A consumer not heard of for this long holds nothing back (contract §5). */
const CONSUMER_KEPT = 30 * DAY;

export type StateDb = Awaited<ReturnType<typeof openState>>;

/** What is not in the logs and cannot be built again: people, sessions, tokens, positions of consumers. */
export async function openState(path: string) {
  const db = await openDatabase(path, { durability: "full", migrations: MIGRATIONS });
  return {
    cursors: cursors(db),
    users: users(db),
    sessions: sessions(db),
    tokens: tokens(db),
    credentials: credentials(db),
    outbox: outbox(db),
    pushes: pushes(db),
    bytes: db.bytes,
    close: db.close,
  };
}

function cursors(db: Database) {
  const get = db.prepare("SELECT name AS consumer, epoch, seq, updated FROM consumer WHERE name = ?");
  const put = db.prepare("INSERT OR REPLACE INTO consumer (name, epoch, seq, updated) VALUES (?, ?, ?, ?)");
  const min = db.prepare("SELECT min(seq) AS seq FROM consumer WHERE epoch = ? AND updated >= ?");
  return {
    get: (consumer: string) => (get.get(consumer) as Cursor | undefined) ?? null,
    /** Many in one commit. */
    set(cursors: readonly Cursor[]): void {
      db.transaction(() => {
        for (const { consumer, epoch, seq, updated } of cursors) put.run(consumer, epoch, seq, updated);
      });
    },
    min: (epoch: string, now: number) => (min.get(epoch, now - CONSUMER_KEPT) as { seq: number | null }).seq,
  };
}

interface StoredUser {
  name: string;
  role: string;
  mines: string;
  password: string;
  disabled: number;
}

function users(db: Database) {
  const get = db.prepare("SELECT * FROM user WHERE name = ?");
  const list = db.prepare("SELECT * FROM user ORDER BY name");
  const put = db.prepare(
    "INSERT OR REPLACE INTO user (name, role, mines, password, disabled) VALUES (?, ?, ?, ?, ?)",
  );
  const endSessions = db.prepare("DELETE FROM session WHERE user = ?");
  return {
    get(name: string): UserRow | null {
      const row = get.get(name) as StoredUser | undefined;
      return row === undefined ? null : user(row);
    },
    list: () => (list.all() as StoredUser[]).map(user),
    put({ name, role, mines, password, disabled }: UserRow): void {
      db.transaction(() => {
        put.run(name, role, JSON.stringify(mines), password, +disabled);
        if (disabled) endSessions.run(name);
      });
    },
  };
}

const user = ({ name, role, mines, password, disabled }: StoredUser): UserRow => ({
  name,
  role: role as Role,
  mines: JSON.parse(mines) as string[],
  password,
  disabled: disabled === 1,
});

const SESSION_COLUMNS =
  "id, user, created AS createdAt, seen AS seenAt, expires AS expiresAt, address, device";

function sessions(db: Database) {
  const get = db.prepare(`SELECT ${SESSION_COLUMNS} FROM session WHERE id = ? AND expires > ?`);
  const put = db.prepare(
    `INSERT OR REPLACE INTO session (id, user, created, seen, expires, address, device)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
  );
  const touch = db.prepare("UPDATE session SET seen = max(seen, ?) WHERE id = ?");
  const remove = db.prepare("DELETE FROM session WHERE id = ?");
  const removeAll = db.prepare("DELETE FROM session WHERE user = ?");
  const sweep = db.prepare("DELETE FROM session WHERE expires <= ?");
  return {
    get: (id: string, now: number) => (get.get(id, now) as SessionRow | undefined) ?? null,
    /** Also drops those that have expired, so that they never pile up. */
    put(row: SessionRow, now: number): void {
      db.transaction(() => {
        sweep.run(now);
        put.run(row.id, row.user, row.createdAt, row.seenAt, row.expiresAt, row.address, row.device);
      });
    },
    touch: (id: string, seenAt: number) => void touch.run(seenAt, id),
    remove: (id: string) => void remove.run(id),
    removeAll: (name: string) => void removeAll.run(name),
  };
}

function credentials(db: Database) {
  const list = db.prepare(
    'SELECT id, mine, system, hash, note, "by", created AS createdAt FROM credential ORDER BY id',
  );
  const put = db.prepare(
    'INSERT OR REPLACE INTO credential (id, mine, system, hash, note, "by", created) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const remove = db.prepare("DELETE FROM credential WHERE id = ?");
  return {
    list: () => list.all() as CredentialRow[],
    put: ({ id, mine, system, hash, note, by, createdAt }: CredentialRow) =>
      void put.run(id, mine, system, hash, note, by, createdAt),
    remove: (id: string) => void remove.run(id),
  };
}

function tokens(db: Database) {
  const columns = "id, hash, user, expires AS expiresAt";
  const get = db.prepare(`SELECT ${columns} FROM token WHERE id = ? AND (expires IS NULL OR expires > ?)`);
  const list = db.prepare(`SELECT ${columns} FROM token ORDER BY id`);
  const put = db.prepare("INSERT OR REPLACE INTO token (id, hash, user, expires) VALUES (?, ?, ?, ?)");
  const remove = db.prepare("DELETE FROM token WHERE id = ?");
  return {
    get: (id: string, now: number) => (get.get(id, now) as TokenRow | undefined) ?? null,
    list: () => list.all() as TokenRow[],
    put: ({ id, hash, user, expiresAt }: TokenRow) => void put.run(id, hash, user, expiresAt),
    remove: (id: string) => void remove.run(id),
  };
}
