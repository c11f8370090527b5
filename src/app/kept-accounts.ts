import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Logger } from "../lib/logger.ts";
import { replaceFile } from "../lib/replace-file.ts";
import type { UserView } from "../web/ports.ts";
import { type AccountRow, accountsStamp, passwordFits, readAccounts } from "./account-file.ts";
import type { Accounts } from "./accounts.ts";
import { sha256 } from "./hash.ts";

/** A wall screen must come back by itself after a restart at night: sessions are kept, as hashes. */
const SESSIONS_FILE = "sessions.json";
const SESSIONS_MOST = 10_000;
const Sessions = z.array(
  z.tuple([z.string(), z.strictObject({ user: z.string(), expires: z.number(), of: z.string() })]),
);
type Session = z.infer<typeof Sessions>[number][1];

/**
 * The accounts that `davylamp account` writes. Looked at anew whenever the file has changed, so a disabled account, a new
 * password or a lesser role holds at once, for sessions that are open too.
 */
export async function keptAccounts(options: {
  readonly data: string;
  readonly now: () => number;
  readonly log: Logger;
}): Promise<Accounts> {
  const { data, now, log } = options;
  const sessions = new Map<string, Session>(await readSessions(data));
  let accounts: readonly AccountRow[] = [];
  let stamp = "";
  let writing: Promise<void> = Promise.resolve();

  async function current(): Promise<readonly AccountRow[]> {
    const found = await accountsStamp(data);
    if (found === stamp) return accounts;
    const read = await readAccounts(data);
    // Who could sign in a moment ago still can: a file that a hand has broken must not empty the room.
    if (!read.ok) log.error({ why: read.why }, "accounts cannot be read; those known hold");
    else accounts = read.accounts;
    stamp = found;
    return accounts;
  }

  async function named(name: string): Promise<AccountRow | undefined> {
    return (await current()).find((row) => row.name === name);
  }

  function keep(): Promise<void> {
    writing = writing
      .then(() => replaceFile(join(data, SESSIONS_FILE), JSON.stringify([...sessions]), { mode: 0o600 }))
      .catch((error: unknown) =>
        log.warn({ error: String(error) }, "sessions are not on disk: a restart would end them"),
      );
    return writing;
  }

  function makeRoom(): void {
    for (const [hash, { expires }] of sessions) if (expires <= now()) sessions.delete(hash);
    const [oldest] = sessions.keys();
    if (sessions.size >= SESSIONS_MOST && oldest !== undefined) sessions.delete(oldest);
  }

  return {
    users: {
      async verify(name, password) {
        const row = await named(name);
        const fits = await passwordFits(row, password);
        return row !== undefined && fits ? viewOf(row) : null;
      },
    },
    sessions: {
      async create(secret, { user, expires }) {
        const row = await named(user);
        if (row === undefined) return;
        makeRoom();
        sessions.set(sha256(secret), { user, expires, of: sha256(row.key) });
        await keep();
      },
      async get(secret) {
        const session = sessions.get(sha256(secret));
        if (session === undefined || session.expires <= now()) return null;
        const row = await named(session.user);
        const holds = row !== undefined && !row.disabled && sha256(row.key) === session.of;
        return holds ? { user: viewOf(row) } : null;
      },
      async revoke(secret) {
        if (sessions.delete(sha256(secret))) await keep();
      },
    },
    tokens: {
      async get(secret) {
        const hash = sha256(secret);
        for (const row of await current()) {
          const token = row.tokens.find((each) => each.hash === hash);
          if (token !== undefined && !row.disabled) return { token: { id: token.id }, user: viewOf(row) };
        }
        return null;
      },
    },
  };
}

/** What cannot be read is no session: people sign in again. */
async function readSessions(data: string): Promise<z.infer<typeof Sessions>> {
  try {
    return Sessions.parse(JSON.parse(await readFile(join(data, SESSIONS_FILE), "utf8")));
  } catch {
    return [];
  }
}

const viewOf = ({ name, role, mines, disabled }: AccountRow): UserView => ({ name, role, mines, disabled });
