import { randomBytes } from "node:crypto";
import { mkdir, readFile, stat } from "node:fs/promises";
import {
  ACCOUNT_NAME,
  ACCOUNTS_FILE,
  type AccountRow,
  changeAccounts,
  PASSWORD_LEAST,
  passwordKey,
  readAccounts,
} from "../app/account-file.ts";
import { sha256 } from "../app/hash.ts";
import { EXIT, Refusal } from "../lib/refusal.ts";
import type { Role } from "../model/act.ts";

interface InData {
  readonly data: string;
}
interface WithPassword extends InData {
  readonly passwordFile?: string;
}
type Print = (line: string) => void;

/** `davylamp account add NAME --role …`: before the first start or beside the running gateway. Its password is shown once. */
export async function accountAdd(
  name: string,
  options: WithPassword & { readonly role: Role; readonly mines: readonly string[] },
  print: Print,
): Promise<number> {
  const { role, mines } = options;
  if (!ACCOUNT_NAME.test(name))
    throw new Refusal(
      EXIT.usage,
      "a name is 1 to 64 letters, digits or . _ - and begins with a letter or digit",
    );
  if (role === "mine" && mines.includes("*"))
    throw new Refusal(EXIT.usage, "an account of a mine sees that mine alone: name it with --mines CODE");
  const password = await passwordOf(options);
  const key = await passwordKey(password.text);
  const createdAt = new Date().toISOString();
  await change(options.data, (accounts) => {
    if (accounts.some((row) => row.name === name))
      throw new Refusal(
        EXIT.usage,
        `there is an account ${name} already; a new password: davylamp account password ${name}`,
      );
    const row: AccountRow = { name, role, mines: [...mines], disabled: false, createdAt, ...key, tokens: [] };
    return [...accounts, row];
  });
  print(`账号     ${name}`);
  print(`角色     ${role}`);
  print(`矿井     ${mines.includes("*") ? "全部" : mines.join(" ")}`);
  tellPassword(password, print);
  return EXIT.well;
}

/** `davylamp account password NAME`: a new one; sessions opened with the old one end. */
export async function accountPassword(name: string, options: WithPassword, print: Print): Promise<number> {
  const password = await passwordOf(options);
  const key = await passwordKey(password.text);
  await changeOne(options.data, name, (row) => ({ ...row, ...key }));
  print(`账号     ${name}`);
  tellPassword(password, print);
  return EXIT.well;
}

/** `davylamp account disable NAME`, `enable`: its name stays in the records, so nobody else ever gets it. */
export async function accountDisable(
  name: string,
  { data, disabled }: InData & { readonly disabled: boolean },
  print: Print,
): Promise<number> {
  await changeOne(data, name, (row) => ({ ...row, disabled }));
  print(disabled ? `${name} 已停用，其会话和令牌随即失效` : `${name} 已启用`);
  return EXIT.well;
}

/** `davylamp account token NAME`: for a program that asks with this account's rights. Shown once. */
export async function accountToken(name: string, { data }: InData, print: Print): Promise<number> {
  const token = `davylamp_${randomBytes(32).toString("base64url")}`;
  const id = randomBytes(4).toString("hex");
  await changeOne(data, name, (row) => ({ ...row, tokens: [...row.tokens, { id, hash: sha256(token) }] }));
  print(`令牌     ${token}`);
  print(`号       ${id}；只显示这一次。程序以 Authorization: Bearer 发送，命令行用环境变量 DAVYLAMP_TOKEN`);
  print(`作废     davylamp account revoke ${name} ${id}`);
  return EXIT.well;
}

export async function accountRevoke(
  name: string,
  id: string,
  { data }: InData,
  print: Print,
): Promise<number> {
  await changeOne(data, name, (row) => {
    if (row.tokens.every((token) => token.id !== id))
      throw new Refusal(EXIT.usage, `${name} has no token ${id}; \`davylamp account list\` shows them`);
    return { ...row, tokens: row.tokens.filter((token) => token.id !== id) };
  });
  print(`令牌 ${id} 已作废`);
  return EXIT.well;
}

export async function accountList({ data, json }: InData & { readonly json: boolean }, print: Print) {
  const read = await readAccounts(data);
  if (!read.ok) throw new Refusal(EXIT.faults, read.why);
  const rows = read.accounts.map(({ name, role, mines, disabled, createdAt, tokens }) => ({
    name,
    role,
    mines,
    disabled,
    createdAt,
    tokens: tokens.map(({ id }) => id),
  }));
  if (json) print(JSON.stringify(rows));
  else if (rows.length === 0) print(`${data} 中还没有账号: davylamp account add NAME --role admin`);
  else
    for (const { name, role, mines, disabled, createdAt, tokens } of rows)
      print([name, role, mines.join(","), createdAt, disabled ? "已停用" : "", ...tokens].join("  ").trim());
  return EXIT.well;
}

type Change = (accounts: readonly AccountRow[]) => readonly AccountRow[];

async function change(data: string, to: Change): Promise<void> {
  await mkdir(data, { recursive: true, mode: 0o700 }).catch((error: { code?: string }) => {
    throw new Refusal(
      EXIT.usage,
      `${data} cannot be made (${error.code}): name the data directory with --data`,
    );
  });
  await mustBeOurs(data);
  if (!(await changeAccounts(data, to)))
    throw new Refusal(
      EXIT.running,
      `another command is changing the accounts; if none is, it was cut off: remove ${data}/${ACCOUNTS_FILE}.new`,
    );
}

function changeOne(data: string, name: string, to: (row: AccountRow) => AccountRow): Promise<void> {
  return change(data, (accounts) => {
    if (accounts.every((row) => row.name !== name))
      throw new Refusal(EXIT.usage, `${data} has no account ${name}; \`davylamp account list\` shows them`);
    return accounts.map((row) => (row.name === name ? to(row) : row));
  });
}

/** A file of another user would be one that the gateway cannot read. */
async function mustBeOurs(data: string): Promise<void> {
  const [{ uid }, me] = [await stat(data), process.getuid?.()];
  if (me !== undefined && uid !== me)
    throw new Refusal(
      EXIT.usage,
      `${data} belongs to another user; run this as that user: sudo -u '#${uid}' davylamp account …`,
    );
}

interface Password {
  readonly text: string;
  readonly made: boolean;
}

async function passwordOf({ passwordFile }: { readonly passwordFile?: string }): Promise<Password> {
  if (passwordFile === undefined) return { text: randomBytes(12).toString("hex"), made: true };
  const text = await readFile(passwordFile, "utf8").catch(() => null);
  if (text === null) throw new Refusal(EXIT.usage, `${passwordFile} cannot be read`);
  const trimmed = text.replace(/\r?\n$/, "");
  if (trimmed.length < PASSWORD_LEAST || trimmed.startsWith("demo-"))
    throw new Refusal(
      EXIT.usage,
      `a password has at least ${PASSWORD_LEAST} characters and is none of the demo's`,
    );
  return { text: trimmed, made: false };
}

function tellPassword({ text, made }: Password, print: Print): void {
  print(made ? `口令     ${text}（只显示这一次，只存哈希）` : "口令     取自文件");
}
