import type { Role } from "../model/act.ts";
import type { MineCode, MineConfig, System } from "../model/mine.ts";

/** The demo's accounts (contract §2): name, role and password `demo-` + name. Only under `--dev`. */
export const DEMO_ROLES: readonly Role[] = ["viewer", "duty", "lead", "admin", "auditor", "mine"];
const DEMO_MINE: MineCode = "520523017311";

export interface DemoAccount {
  readonly name: string;
  readonly role: Role;
  readonly mines: readonly MineCode[];
  readonly password: string;
}

export function demoAccounts(): DemoAccount[] {
  return DEMO_ROLES.map((role) => ({
    name: role,
    role,
    mines: role === "mine" ? [DEMO_MINE] : ["*"],
    password: `demo-${role}`,
  }));
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
