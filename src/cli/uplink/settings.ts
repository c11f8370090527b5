import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { z } from "zod";
import { EXIT, Refusal } from "../../lib/refusal.ts";
import { DialectFile } from "../../wire/config/dialect-file.ts";
import { faultWords } from "../../wire/config/fault-words.ts";
import type { WatchedFolder } from "../../wire/config/folders.ts";
import { Size } from "../../wire/config/units-of-time.ts";
import { parseYaml, readYaml } from "../../wire/config/yaml-source.ts";
import { MINE_CODE, SYSTEM_NAME } from "../../wire/topic.ts";
import type { Way } from "./tunnel.ts";

/** `uplink.yaml` on the mine's own computer; the command line may say the same of one folder. */
const UplinkFile = z.strictObject({
  mine: z.string().regex(MINE_CODE, { error: "the mine's code in quotes" }),
  url: z.url({ protocol: /^(mqtts?|wss?)$/, error: "mqtts://, wss://, mqtt:// or ws://" }),
  user: z.string().optional(),
  passwordFile: z.string().min(1).optional(),
  proxy: z.url({ protocol: /^http$/, error: "http://host:port" }).optional(),
  caFile: z.string().optional(),
  certFile: z.string().optional(),
  keyFile: z.string().optional(),
  data: z.string().min(1).default("./uplink-data"),
  queueBytes: Size.default(2 * 2 ** 30),
  folders: z.record(
    z.string().regex(SYSTEM_NAME),
    z.strictObject({
      folder: z.string().min(1),
      dialect: DialectFile.default(DialectFile.parse({})),
    }),
  ),
});

export interface UplinkArguments {
  readonly config?: string;
  readonly folder?: string;
  readonly system: string;
  readonly url?: string;
  readonly mine?: string;
  readonly user?: string;
  readonly passwordFile?: string;
  readonly proxy?: string;
  readonly ca?: string;
  readonly data?: string;
}

export interface UplinkSettings {
  readonly mine: string;
  readonly user: string;
  readonly password: string;
  readonly way: Way;
  readonly data: string;
  readonly queueBytes: number;
  readonly folders: readonly WatchedFolder[];
}

/** Throws a Refusal that names every fault. The password comes from a file or from `DAVYLAMP_PASSWORD`. */
export async function readSettings(
  given: UplinkArguments,
  secret: string | undefined,
): Promise<UplinkSettings> {
  const source = readYaml(
    given.config ?? "arguments",
    given.config === undefined ? "{}" : await text(given.config),
  );
  const own = (source.value ?? {}) as Record<string, unknown>;
  const { folder, system, url, mine, user, passwordFile, proxy, ca, data } = given;
  const said = { url, mine, user, passwordFile, proxy, caFile: ca, data };
  const value = {
    ...own,
    ...Object.fromEntries(Object.entries(said).filter(([, one]) => one !== undefined)),
    ...(folder === undefined ? {} : { folders: { [system]: { folder } } }),
  };
  const parsed = parseYaml({ ...source, value }, UplinkFile);
  if (!parsed.ok) throw new Refusal(EXIT.refused, parsed.faults.map((fault) => faultWords(fault)).join("\n"));
  const file = parsed.value;
  const password = file.passwordFile === undefined ? secret : (await text(file.passwordFile)).trim();
  if (password === undefined) {
    throw new Refusal(EXIT.refused, "没有口令: 请用 --password-file, 或环境变量 DAVYLAMP_PASSWORD");
  }
  const pem = async (path: string | undefined) => (path === undefined ? null : text(path));
  return {
    mine: file.mine,
    user: file.user ?? file.mine,
    password,
    way: {
      url: new URL(file.url),
      proxy: file.proxy === undefined ? null : new URL(file.proxy),
      ca: await pem(file.caFile),
      cert: await pem(file.certFile),
      key: await pem(file.keyFile),
    },
    data: resolve(file.data),
    queueBytes: file.queueBytes,
    folders: Object.entries(file.folders).map(([name, { folder: path, dialect }]) => ({
      mine: file.mine,
      aliases: [],
      system: name,
      path: resolve(path),
      dialect,
      place: { file: source.file, line: 1, column: 1 },
    })),
  };
}

async function text(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new Refusal(EXIT.refused, `读不出 ${path}: ${(error as Error).message}`);
  }
}
