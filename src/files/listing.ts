import { type Dir, opendirSync } from "node:fs";
import { type Instant, MINUTE } from "../model/time.ts";
import type { Dialect } from "../wire/config/dialect-file.ts";
import { parseFileName } from "../wire/national/file-name.ts";
import { FILE_TYPES, type Meaning } from "../wire/national/layouts.ts";

/** A file that lies in a folder, as far as its name tells. */
export interface Named {
  readonly name: string;
  readonly moment: Instant;
  /** Later files are read with what it says: it goes before the others of its batch. */
  readonly defines: boolean;
}

export interface Listing {
  /** In the order they are to be read. */
  readonly queue: readonly Named[];
  /** Names that are no file name of the norm: something else, or an upload that has not its last name yet. */
  readonly strange: readonly string[];
  readonly total: number;
  readonly oldest: Instant | null;
}

/** A backlog of no more goes in the order of time; of a greater one the newest files go first. */
const IN_ORDER = 512;
const FRESH = 15 * MINUTE;
/** Names remembered of one look: the rest is found by a later one. */
const MOST_NAMES = 20_000;
const MOST_STRANGE = 1_000;
const AT_ONCE = 256;

/**
 * Looks through a folder a piece at a time, so that one with millions of files keeps nobody waiting and fills no
 * memory. `step` answers null until it has seen all. Folders inside, and names that begin with a dot, are nobody's
 * upload.
 */
export function createListing(path: string, dialect: Dialect): { step(entries: number): Listing | null } {
  let dir: Dir | null = opendirSync(path, { bufferSize: AT_ONCE });
  const oldest = createOldest(MOST_NAMES);
  let fresh: Named[] = [];
  const strange: string[] = [];
  let total = 0;
  let newest = Number.NEGATIVE_INFINITY;

  function take(name: string): void {
    const read = parseFileName(name, dialect);
    if (!read.ok) {
      if (strange.length < MOST_STRANGE) strange.push(name);
      return;
    }
    const { moment, type } = read.name;
    const named = { name, moment, defines: DEFINING.has(FILE_TYPES[type]?.meaning ?? "readings") };
    total++;
    oldest.add(named);
    newest = Math.max(newest, moment);
    if (moment <= newest - FRESH) return;
    fresh.push(named);
    if (fresh.length > 2 * MOST_NAMES) fresh = freshOf(fresh, newest).slice(-MOST_NAMES);
  }

  function listed(): Listing {
    const old = oldest.sorted();
    return {
      queue: total <= IN_ORDER ? old : freshFirst(freshOf(fresh, newest), old),
      strange,
      total,
      oldest: old[0]?.moment ?? null,
    };
  }

  return {
    step(entries) {
      if (dir === null) return listed();
      try {
        for (let i = 0; i < entries; i++) {
          const entry = dir.readSync();
          if (entry === null) {
            dir.closeSync();
            dir = null;
            return listed();
          }
          if (entry.isFile() && !entry.name.startsWith(".")) take(entry.name);
        }
        return null;
      } catch (error) {
        const broken = dir;
        dir = null;
        broken?.closeSync();
        throw error;
      }
    },
  };
}

const DEFINING: ReadonlySet<Meaning> = new Set(["points", "stations", "personnel", "areas"]);

const byMoment = (a: Named, b: Named): number => a.moment - b.moment || (a.name < b.name ? -1 : 1);

const freshOf = (files: readonly Named[], newest: Instant): Named[] =>
  files.filter(({ moment }) => moment > newest - FRESH).sort(byMoment);

function freshFirst(fresh: readonly Named[], old: readonly Named[]): Named[] {
  const first = new Set(fresh.map(({ name }) => name));
  return [...fresh, ...old.filter(({ name }) => !first.has(name))];
}

/** The `most` oldest of any number. */
function createOldest(most: number) {
  let kept: Named[] = [];
  let bound = Number.POSITIVE_INFINITY;
  return {
    add(named: Named): void {
      if (named.moment > bound) return;
      kept.push(named);
      if (kept.length < 2 * most) return;
      kept = kept.sort(byMoment).slice(0, most);
      bound = kept.at(-1)?.moment ?? bound;
    },
    sorted: (): Named[] => kept.sort(byMoment).slice(0, most),
  };
}
