import { sameText } from "../lib/same-text.ts";
import type { Role } from "../model/act.ts";
import type { MineCode, MineConfig, System } from "../model/mine.ts";
import type { UserView, WebPorts } from "../web/ports.ts";
import { sha256 } from "./hash.ts";

export type Accounts = Pick<WebPorts, "users" | "sessions" | "tokens">;

/** The demo's accounts (contract §2): name, role and password `demo-` + name. Only under `--dev`. */
const DEMO_ROLES: readonly Role[] = ["viewer", "duty", "lead", "admin", "auditor", "mine"];
const DEMO_MINE: MineCode = "520523017311";
const SESSIONS_MOST = 1_000;

/** Accounts and sessions that live as long as the process: nothing of the demo is ever in a data directory. */
export function demoAccounts(now: () => number): Accounts {
  const sessions = new Map<string, { user: UserView; expires: number }>();
  return {
    users: {
      async verify(name, password) {
        const user = demoUser(name);
        const right = user !== null && sameText(password, `demo-${name}`);
        return right ? user : null;
      },
    },
    sessions: {
      async create(secret, { user, expires }) {
        const found = demoUser(user);
        if (found === null) return;
        const [oldest] = sessions.keys();
        if (sessions.size >= SESSIONS_MOST && oldest !== undefined) sessions.delete(oldest);
        sessions.set(sha256(secret), { user: found, expires });
      },
      async get(secret) {
        const session = sessions.get(sha256(secret));
        return session === undefined || session.expires <= now() ? null : { user: session.user };
      },
      async revoke(secret) {
        sessions.delete(sha256(secret));
      },
    },
    tokens: { get: async () => null },
  };
}

function demoUser(name: string): UserView | null {
  const role = DEMO_ROLES.find((known) => known === name);
  if (role === undefined) return null;
  return { name, role, mines: role === "mine" ? [DEMO_MINE] : ["*"], disabled: false };
}

export type MineLogin =
  | {
      readonly ok: true;
      readonly mine: MineCode;
      readonly aliases: readonly MineCode[];
      readonly system: System | null;
    }
  | { readonly ok: false; readonly reason: string };

/** In production a password that `davylamp mine token` did not make is nobody's. */
export function noMineLogin(mines: readonly MineConfig[], { user }: { readonly user: string }): MineLogin {
  if (user === "") return { ok: false, reason: "no user name; it is the mine code" };
  return { ok: false, reason: mineNamed(mines, user) === undefined ? "unknown mine code" : "wrong password" };
}

/** By its code, or by one it goes by elsewhere. */
export const mineNamed = (mines: readonly MineConfig[], user: string): MineConfig | undefined =>
  mines.find(({ code, aliases }) => code === user || aliases.includes(user));

/** Who a publisher is under `--dev`: user = mine code or an alias of it, password = `demo-` + user (contract §2). */
export function demoMineLogin(
  mines: readonly MineConfig[],
  { user, password }: { readonly user: string; readonly password: string },
): MineLogin {
  const mine = mineNamed(mines, user);
  if (mine === undefined || !sameText(password, `demo-${user}`)) return noMineLogin(mines, { user });
  return { ok: true, mine: mine.code, aliases: mine.aliases, system: null };
}
