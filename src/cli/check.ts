import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { EXIT } from "../lib/refusal.ts";
import { faultWords } from "../wire/config/fault-words.ts";
import { jsonSchemas } from "../wire/config/json-schemas.ts";
import { type Fault, type LoadedConfig, loadConfig } from "../wire/config/load.ts";
import { upperFolderFaults, watchedFolderFaults } from "./check-folders.ts";
import { readConfigFiles } from "./config-files.ts";

/** `davylamp check`: every fault as `file:line:column what (allowed: …)`; exit 1 on any. */
export async function check(options: {
  config: string;
  writeSchemas: boolean;
  json: boolean;
}): Promise<number> {
  if (options.writeSchemas) await writeSchemas(join(options.config, "schema"));
  const files = await readConfigFiles(options.config);
  const loaded = loadConfig(files, secretOf, Date.now());
  const faults = loaded.ok ? await folderFaults(loaded) : loaded.faults;
  if (loaded.ok && faults.length === 0) {
    const { mines, rules, limits } = loaded.config;
    if (options.json) console.log(JSON.stringify({ ok: true, faults: [] }));
    else
      console.log(
        `${files.length} files are well: ${mines.length} mines, ${rules.length} rules, ${limits.length} legal limits`,
      );
    return EXIT.well;
  }
  if (options.json) console.log(JSON.stringify({ ok: false, faults }));
  else {
    for (const fault of faults) console.error(faultLine(options.config, fault));
    console.error(`${faults.length} ${faults.length === 1 ? "fault" : "faults"}`);
  }
  return EXIT.faults;
}

const folderFaults = async ({ folders, uppers }: LoadedConfig & { ok: true }): Promise<readonly Fault[]> => [
  ...(await watchedFolderFaults(folders)),
  ...(await upperFolderFaults(uppers, folders)),
];

export const faultLine = (dir: string, fault: Fault): string => faultWords(fault, join(dir, fault.file));

/** What `${env:NAME}` and `${file:PATH}` stand for; a file's last line end is not part of a secret. */
export function secretOf(reference: string): string | undefined {
  const [kind, ...rest] = reference.split(":");
  const name = rest.join(":");
  if (kind === "env") return process.env[name];
  try {
    return readFileSync(name, "utf8").replace(/\r?\n$/, "");
  } catch {
    return undefined;
  }
}

async function writeSchemas(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true });
  await Promise.all(Object.entries(jsonSchemas()).map(([name, text]) => writeFile(join(dir, name), text)));
}
