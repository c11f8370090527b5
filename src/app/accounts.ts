import type { Role } from "../model/act.ts";
import type { MineCode, MineConfig, System } from "../model/mine.ts";
import { hashPassword } from "../web/identity.ts";
import type { SessionRow, UserRow, WebPorts } from "../web/ports.ts";

export type Accounts = Pick<WebPorts, "users" | "sessions" | "tokens">;

/** The demo's accounts (contract §2): name, role and password `demo-` + name. Only under `--dev`. */
const DEMO_ROLES: readonly Role[] = ["viewer", "duty", "lead", "admin", "auditor", "mine"];
const DEMO_MINE: MineCode = "520523017311";

/** Accounts and sessions that live as long as the process: nothing of the demo is ever in a data directory. */
export function demoAccounts(): Accounts {
  const users = new Map<string, Promise<UserRow>>();
  const sessions = new Map<string, SessionRow>();
  const user = (role: Role): Promise<UserRow> => {
    const known = users.get(role);
    if (known !== undefined) return known;
    const made = hashPassword(`demo-${role}`).then((password) => ({
      name: role,
      role,
      mines: role === "mine" ? [DEMO_MINE] : ["*"],
      password,
      disabled: false,
    }));
    users.set(role, made);
    return made;
  };
  return {
    users: {
      get: async (name) => (DEMO_ROLES.includes(name as Role) ? user(name as Role) : null),
    },
    sessions: {
      get: async (id) => sessions.get(id) ?? null,
      put: async (row) => {
        sessions.set(row.id, row);
      },
      touch: async (id, seenAt) => {
        const row = sessions.get(id);
        if (row !== undefined) sessions.set(id, { ...row, seenAt });
      },
      remove: async (id) => {
        sessions.delete(id);
      },
    },
    tokens: { get: async () => null },
  };
}

export type MineLogin =
  | { readonly ok: true; readonly mine: MineCode; readonly system: System | null }
  | { readonly ok: false; readonly reason: string };

/** Who a publisher is under `--dev`: user = mine code, password = `demo-` + code (contract §2). */
export function demoMineLogin(
  mines: readonly MineConfig[],
  login: { readonly user: string | null; readonly password: string | null },
): MineLogin {
  const { user, password } = login;
  if (user === null || user === "") return { ok: false, reason: "no user name; it is the mine code" };
  if (!mines.some((mine) => mine.code === user)) return { ok: false, reason: "unknown mine code" };
  if (password !== `demo-${user}`) return { ok: false, reason: "wrong password" };
  return { ok: true, mine: user, system: null };
}
