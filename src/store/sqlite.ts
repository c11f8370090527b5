/** What we use of the `node:sqlite` API; node:sqlite and @photostructure/sqlite both have this shape. */
export type SqlValue = string | number | null | Uint8Array;

export interface Statement {
  run(...values: SqlValue[]): { changes: number | bigint; lastInsertRowid: number | bigint };
  /** Rows are objects by column name; who wrote the statement knows their type. */
  get(...values: SqlValue[]): unknown;
  all(...values: SqlValue[]): unknown[];
  iterate(...values: SqlValue[]): IterableIterator<unknown>;
}

export interface Database {
  exec(sql: string): void;
  prepare(sql: string): Statement;
  /** All of `work` or nothing of it is in the file afterwards. */
  transaction<T>(work: () => T): T;
  /** Of the file, without its WAL. */
  bytes(): number;
  close(): void;
}

interface Driver {
  DatabaseSync: new (
    path: string,
    options?: { timeout?: number },
  ) => { exec(sql: string): void; prepare(sql: string): Statement; close(): void };
}

export interface OpenOptions {
  /**
   * `full`: a commit is on disk when it returns. `normal`: the last commits may be missing after a power
   * loss, never half there; for what can be built again. `lock`: no WAL, no waiting, no schema.
   */
  readonly durability: "full" | "normal" | "lock";
  /** Steps of the schema; the file's `user_version` counts how many it has had. */
  readonly migrations?: readonly string[];
}

const BUSY_TIMEOUT_MS = 5_000;

/** Opens (and creates) a database. One connection a file, in one thread. */
export async function openDatabase(path: string, options: OpenOptions): Promise<Database> {
  const { DatabaseSync } = await driver();
  const raw = new DatabaseSync(path, { timeout: options.durability === "lock" ? 0 : BUSY_TIMEOUT_MS });
  let size: Statement | null = null;
  const database: Database = {
    exec: (sql) => raw.exec(sql),
    prepare: (sql) => raw.prepare(sql),
    transaction: (work) => transaction(raw, work),
    bytes() {
      size ??= raw.prepare("SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size");
      return (size.get() as { bytes: number }).bytes;
    },
    close: () => raw.close(),
  };
  try {
    prepareFile(database, options);
  } catch (fault) {
    raw.close();
    throw fault;
  }
  return database;
}

/** A copy as of one moment of a database that another process may be writing to; without its free room. */
export async function copyDatabase(from: string, to: string): Promise<void> {
  const db = await openDatabase(from, { durability: "lock" });
  try {
    db.prepare("VACUUM INTO ?").run(to);
  } finally {
    db.close();
  }
}

function prepareFile(database: Database, { durability, migrations = [] }: OpenOptions): void {
  if (durability === "lock") return;
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${durability}; PRAGMA foreign_keys = ON`);
  const { user_version: had } = database.prepare("PRAGMA user_version").get() as { user_version: number };
  if (had > migrations.length) {
    throw new Error(`written by a newer version (schema ${had}, this program knows ${migrations.length})`);
  }
  migrations.slice(had).forEach((sql, i) => {
    database.transaction(() => database.exec(`${sql}; PRAGMA user_version = ${had + i + 1}`));
  });
}

function transaction<T>(raw: { exec(sql: string): void }, work: () => T): T {
  raw.exec("BEGIN IMMEDIATE");
  let result: T;
  try {
    result = work();
    raw.exec("COMMIT");
  } catch (fault) {
    rollback(raw);
    throw fault;
  }
  return result;
}

/** After some faults (a full disk) SQLite has rolled back by itself and says so by failing here. */
function rollback(raw: { exec(sql: string): void }): void {
  try {
    raw.exec("ROLLBACK");
  } catch {}
}

let loaded: Promise<Driver> | null = null;

function driver(): Promise<Driver> {
  loaded ??= load();
  return loaded;
}

/** A variable, because the types of Node 20 do not know the module. */
const BUILT_IN: string = "node:sqlite";

/** The runtime's own SQLite where there is one (Node ≥ 22.13), else the package with the same API. */
async function load(): Promise<Driver> {
  try {
    return await withoutExperimentalWarning(() => import(BUILT_IN) as Promise<Driver>);
  } catch {
    return (await import("@photostructure/sqlite")) as unknown as Driver;
  }
}

/** Node 22 prints a warning for this one import, on every start; the choice is made and pinned by tests. */
async function withoutExperimentalWarning<T>(work: () => Promise<T>): Promise<T> {
  const emitWarning = process.emitWarning;
  process.emitWarning = ((warning: string | Error, ...rest: never[]) => {
    if (String(warning).includes("SQLite")) return;
    (emitWarning as (...args: unknown[]) => void).call(process, warning, ...rest);
  }) as typeof process.emitWarning;
  try {
    return await work();
  } finally {
    process.emitWarning = emitWarning;
  }
}
