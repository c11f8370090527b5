import { opendir, readFile, stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import { replaceFile } from "../../lib/replace-file.ts";
import type { Instant } from "../../model/time.ts";
import { syncFolder } from "./place.ts";

/** A file before its moment is sure: another one of its name with other content may lie there unfetched. */
export interface Draft {
  readonly moment: Instant;
  at(moment: Instant): { readonly name: string; readonly bytes: Uint8Array };
}

export interface UpperFolder {
  /**
   * Puts it in place whole; what is there already in the same words stays. Rejects when the folder takes nothing.
   * Safe from a power loss once the folder is synced.
   */
  put(draft: Draft): Promise<"written" | "there">;
  /** Rejects when the folder is not there, or its disk is nearly full: that of the logs may be the same. */
  look(): Promise<void>;
  sync(): Promise<void>;
  /** The name of a file of ours that is older than `within`; null = none. */
  overdue(within: number, wall: number): Promise<string | null>;
}

const SECOND = 1000;
/** The logs are worth more than files that nobody fetches. */
const LEAST_FREE = 0.03;
/** Seconds back from its moment in which a name is looked for. */
const MOST_NAMES = 3600;
const MOST_LOOKED_AT = 5_000;
const OWN = /^[0-9A-Za-z]{4,24}_[0-9A-Z]+_\d{14}\.txt$/;

/** `every`: the moments of live files; no other file takes the name of one, which may have been fetched. */
export function createUpperFolder(path: string, every: number): UpperFolder {
  return {
    async look() {
      const { bavail, blocks } = await statfs(path);
      if (bavail < blocks * LEAST_FREE)
        throw new Error(`only ${Math.floor((100 * bavail) / blocks)} % of its disk is free`);
    },
    async put(draft) {
      for (let back = 0; back < MOST_NAMES; back++) {
        const moment = draft.moment - back * SECOND;
        if (back > 0 && moment % every < SECOND) continue;
        const { name, bytes } = draft.at(moment);
        const there = await readFile(join(path, name)).catch(missing);
        if (there === null) {
          await replaceFile(join(path, name), bytes, { mode: 0o644, beside: join(path, `${name}.tmp`) });
          return "written";
        }
        if (there.equals(bytes)) return "there";
      }
      throw new Error(`every name before ${draft.at(draft.moment).name} is taken by files nobody fetched`);
    },
    sync: () => syncFolder(path),
    async overdue(within, wall) {
      let looked = 0;
      for await (const { name } of await opendir(path)) {
        if (!OWN.test(name)) continue;
        if (++looked > MOST_LOOKED_AT) return null;
        const found = await stat(join(path, name)).catch(missing);
        if (found !== null && wall - found.mtimeMs > within) return name;
      }
      return null;
    },
  };
}

function missing(error: NodeJS.ErrnoException): null {
  if (error.code === "ENOENT") return null;
  throw error;
}
