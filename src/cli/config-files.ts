import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { EXIT, Refusal } from "../lib/refusal.ts";

export interface ConfigFile {
  readonly path: string;
  readonly text: string;
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
