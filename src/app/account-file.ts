import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { chmod, open, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { ROLES } from "../model/act.ts";

/** In the data directory, 0600: a command writes it whole beside the running gateway, which reads it again when it changes. */
export const ACCOUNTS_FILE = "accounts.json";
export const PASSWORD_LEAST = 12;

export const ACCOUNT_NAME = /^[\p{L}\p{N}][\p{L}\p{N}._-]{0,63}$/u;

const AccountRow = z.strictObject({
  name: z.string().regex(ACCOUNT_NAME),
  role: z.enum(ROLES),
  mines: z.array(z.string()).min(1),
  disabled: z.boolean(),
  createdAt: z.string(),
  salt: z.string(),
  key: z.string(),
  tokens: z.array(z.strictObject({ id: z.string(), hash: z.string() })),
});
const AccountsFile = z.strictObject({ version: z.literal(1), accounts: z.array(AccountRow) });

export type AccountRow = z.infer<typeof AccountRow>;
type AccountsRead =
  | { readonly ok: true; readonly accounts: readonly AccountRow[] }
  | { readonly ok: false; readonly why: string };

/** What stands there now; a folder without the file has no accounts yet. */
export async function readAccounts(data: string): Promise<AccountsRead> {
  const path = join(data, ACCOUNTS_FILE);
  try {
    const parsed = AccountsFile.safeParse(JSON.parse(await readFile(path, "utf8")));
    if (parsed.success) return { ok: true, accounts: parsed.data.accounts };
    return { ok: false, why: `${path}: ${parsed.error.issues[0]?.message ?? "not as it was written"}` };
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === "ENOENT" || code === "ENOTDIR") return { ok: true, accounts: [] };
    return { ok: false, why: `${path} cannot be read (${code ?? "it is no JSON"})` };
  }
}

/**
 * Reads, changes and writes it whole; false = another command is at it. Synced before it takes the old one's place, so a
 * password that was told is kept.
 */
export async function changeAccounts(
  data: string,
  change: (accounts: readonly AccountRow[]) => readonly AccountRow[],
): Promise<boolean> {
  const path = join(data, ACCOUNTS_FILE);
  const file = await open(`${path}.new`, "wx", 0o600).catch((error: { code?: string }) => {
    if (error.code === "EEXIST") return null;
    throw error;
  });
  if (file === null) return false;
  try {
    const read = await readAccounts(data);
    if (!read.ok) throw new Error(read.why);
    const accounts = change(read.accounts);
    await file.writeFile(`${JSON.stringify(AccountsFile.parse({ version: 1, accounts }), null, 2)}\n`);
    await file.sync();
    await file.close();
    await chmod(`${path}.new`, 0o600);
    await rename(`${path}.new`, path);
    return true;
  } catch (error) {
    await file.close().catch(() => {});
    await rm(`${path}.new`, { force: true });
    throw error;
  }
}

/** Changes whenever the file was written anew. */
export async function accountsStamp(data: string): Promise<string> {
  const { ino, mtimeMs, size } = await stat(join(data, ACCOUNTS_FILE)).catch(() => ({
    ino: 0,
    mtimeMs: 0,
    size: 0,
  }));
  return `${ino} ${mtimeMs} ${size}`;
}

const derive = promisify(scrypt) as (
  password: string,
  salt: Buffer,
  length: number,
  cost: { N: number; r: number; p: number; maxmem: number },
) => Promise<Buffer>;
/** 32 MiB and about a tenth of a second a try. */
const COST = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 2 ** 20 };

export async function passwordKey(password: string): Promise<Pick<AccountRow, "salt" | "key">> {
  const salt = randomBytes(16);
  return {
    salt: salt.toString("base64url"),
    key: (await derive(password, salt, 32, COST)).toString("base64url"),
  };
}

/** Takes as long where there is no such account. */
export async function passwordFits(row: AccountRow | undefined, password: string): Promise<boolean> {
  const wanted = Buffer.from(row?.key ?? "", "base64url");
  const given = await derive(password, Buffer.from(row?.salt ?? "nobody", "base64url"), 32, COST);
  return wanted.length === given.length && timingSafeEqual(wanted, given);
}

/** Who could let anybody else in. */
export const hasAdministrator = (accounts: readonly AccountRow[]): boolean =>
  accounts.some(({ role, disabled }) => role === "admin" && !disabled);
