import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { EXIT, Refusal } from "../lib/refusal.ts";

export interface ConfigFile {
  readonly path: string;
  readonly text: string;
}

/**
 * A whole configuration; or, of a folder of rule packs alone, those packs with everything else as `base` has it.
 */
export async function readRuleFiles(dir: string, base: string): Promise<ConfigFile[]> {
  const files = await readConfigFiles(dir);
  if (files.some(({ path }) => path === "units.yaml")) return files;
  const others = (await readConfigFiles(base)).filter(({ path }) => !path.startsWith("rules/"));
  const packs = files.map(({ path, text }) => ({ path: `rules/${path}`, text }));
  return [...others, ...packs].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Every YAML file of a configuration directory, in a stable order. */
export async function readConfigFiles(dir: string): Promise<ConfigFile[]> {
  try {
    const entries = await readdir(dir, { recursive: true, withFileTypes: true });
    const paths = entries
      .filter((entry) => entry.isFile() && /\.ya?ml$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
    return await Promise.all(
      paths.map(async (path) => ({ path: relative(dir, path), text: await readFile(path, "utf8") })),
    );
  } catch (error) {
    throw new Refusal(EXIT.refused, `cannot read the configuration in ${dir}: ${(error as Error).message}`);
  }
}
