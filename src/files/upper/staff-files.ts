import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { MineCode } from "../../model/mine.ts";
import { NO_CREW } from "./crew.ts";
import { type Place, readPlace, syncFolder, writeJson } from "./place.ts";
import type { StaffSheet, StaffSheets } from "./staff.ts";

/** What the cursor says instead of the sheets: which version of each. */
interface Cursor extends Place {
  readonly sheets?: Readonly<Record<MineCode, number>>;
}

/** Keeps a place on disk. Sheets of staff are long and change seldom: each has a file, which the cursor names. */
export interface Keeper {
  save(place: Place): Promise<void>;
}

const fileOf = (base: string, mine: MineCode, version: number): string =>
  join(`${base}.staff`, `${mine}.${version}`);

/** Null as `readPlace`. A sheet that cannot be read is begun anew: its cards come with the next lists. */
export async function readKept(
  base: string,
  epoch: string,
  lost: (what: string) => void,
): Promise<Place | null> {
  const cursor = (await readPlace(`${base}.cursor`, epoch)) as Cursor | null;
  if (cursor === null) return null;
  const { sheets = {}, ...place } = cursor;
  const staff: Record<MineCode, StaffSheet> = {};
  for (const [mine, version] of Object.entries(sheets)) {
    const sheet = await readSheet(fileOf(base, mine, version));
    if (sheet === null) lost(`the cards known of ${mine} cannot be read: they come again with its lists`);
    staff[mine] = sheet ?? { version, rows: [] };
  }
  return { ...place, crew: { ...(place.crew ?? NO_CREW), staff } };
}

async function readSheet(path: string): Promise<StaffSheet | null> {
  const text = await readFile(path, "utf8").catch(() => null);
  try {
    return text === null ? null : (JSON.parse(text) as StaffSheet);
  } catch {
    return null;
  }
}

/** A sheet is safe before the cursor that names it, and goes only after the cursor that does not. */
export function createKeeper(base: string, from: Place | null): Keeper {
  let saved: StaffSheets = from?.crew?.staff ?? {};
  let isClean = false;

  async function sweep(named: ReadonlySet<string>): Promise<void> {
    for (const name of await readdir(`${base}.staff`))
      if (!named.has(join(`${base}.staff`, name))) await rm(join(`${base}.staff`, name), { force: true });
  }

  return {
    async save({ crew = NO_CREW, ...place }) {
      const sheets = Object.entries(crew.staff);
      const changed = sheets.filter(([mine, sheet]) => saved[mine] !== sheet);
      if (changed.length > 0) await mkdir(`${base}.staff`, { recursive: true, mode: 0o700 });
      for (const [mine, sheet] of changed) await writeJson(fileOf(base, mine, sheet.version), sheet);
      if (changed.length > 0) await syncFolder(`${base}.staff`);
      const versions = sheets.map(([mine, { version }]) => [mine, version] as const);
      const cursor: Cursor = { ...place, crew: { ...crew, staff: {} }, sheets: Object.fromEntries(versions) };
      await writeJson(`${base}.cursor`, cursor);
      saved = crew.staff;
      if (changed.length === 0 && isClean) return;
      // What stays behind of a run that was killed goes with the first save.
      await sweep(new Set(versions.map(([mine, version]) => fileOf(base, mine, version)))).catch(() => {});
      isClean = true;
    },
  };
}
