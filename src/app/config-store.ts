import { join } from "node:path";
import { type Disk, readUpTo, writeAll } from "../log/disk.ts";
import type { EffectiveConfig } from "../model/config.ts";
import { sha256 } from "./hash.ts";

/** Every configuration that was ever in force, under its hash, so that the spool can be judged again by it. */
export interface ConfigStore {
  /** Writes it if it is new; resolves with the hash when it is safely on disk. */
  keep(canonical: string): Promise<string>;
  /** Reads those a replay will name, before it runs. */
  load(): Promise<(hash: string) => EffectiveConfig>;
}

export function createConfigStore(dir: string, disk: Disk): ConfigStore {
  const path = (hash: string) => join(dir, `${hash}.json`);
  return {
    async keep(canonical) {
      const hash = sha256(canonical);
      const names = await disk.readdir(dir);
      if (names.includes(`${hash}.json`)) return hash;
      const temporary = join(dir, `${hash}.tmp`);
      await writeSynced(disk, temporary, Buffer.from(canonical));
      await disk.rename(temporary, path(hash));
      await disk.syncDir(dir);
      return hash;
    },
    async load() {
      const names = (await disk.readdir(dir)).filter((name) => name.endsWith(".json"));
      const found = new Map<string, EffectiveConfig>();
      for (const name of names) {
        const text = (await readWhole(disk, join(dir, name))).toString("utf8");
        const hash = name.slice(0, -".json".length);
        if (sha256(text) === hash) found.set(hash, JSON.parse(text) as EffectiveConfig);
      }
      return (hash) => {
        const config = found.get(hash);
        if (config === undefined)
          throw new Error(`the configuration ${hash} is missing from ${dir} or was changed there`);
        return config;
      };
    },
  };
}

async function writeSynced(disk: Disk, path: string, bytes: Uint8Array): Promise<void> {
  // A file of this name is what a crash left of an earlier try.
  await disk.unlink(path).catch(() => {});
  const file = await disk.open(path, "create");
  try {
    await writeAll(file, bytes, 0);
    await file.datasync();
  } finally {
    await file.close();
  }
}

async function readWhole(disk: Disk, path: string): Promise<Buffer> {
  const file = await disk.open(path, "read");
  try {
    return await readUpTo(file, 0, await file.size());
  } finally {
    await file.close();
  }
}
