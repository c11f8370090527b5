import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ConfigText } from "../../src/wire/config/load.ts";

const DIR = "config";

/** The configuration that ships, as texts. */
export function shippedConfig(): ConfigText[] {
  return readdirSync(DIR, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".yaml"))
    .sort()
    .map((path) => ({ path, text: readFileSync(join(DIR, path), "utf8") }));
}

export function shippedSchemas(): Record<string, string> {
  const dir = join(DIR, "schema");
  return Object.fromEntries(readdirSync(dir).map((name) => [name, readFileSync(join(dir, name), "utf8")]));
}
