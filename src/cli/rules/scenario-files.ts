import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { EXIT, Refusal } from "../../lib/refusal.ts";

export interface ScenarioFile {
  readonly file: string;
  readonly text: string;
}

/** The files named, all scenarios of the folders named; of none, those of the configuration. */
export async function readScenarios(names: readonly string[], config: string): Promise<ScenarioFile[]> {
  const files =
    names.length > 0
      ? (await Promise.all(names.map(filesOf))).flat()
      : await below(join(config, "scenarios"));
  return Promise.all(files.map(async (file) => ({ file, text: await readFile(file, "utf8") })));
}

async function filesOf(name: string): Promise<string[]> {
  const known = await stat(name).catch(() => null);
  if (known === null) throw new Refusal(EXIT.usage, `there is no file ${name}`);
  return known.isDirectory() ? below(name) : [name];
}

/** Every scenario below a folder, in a stable order. */
async function below(dir: string): Promise<string[]> {
  const names = await readdir(dir, { recursive: true }).catch(() => null);
  if (names === null) throw new Refusal(EXIT.usage, `there is no folder ${dir}; name scenario files`);
  return names
    .filter((name) => name.endsWith(".txt"))
    .sort()
    .map((name) => join(dir, name));
}
