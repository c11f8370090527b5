import type { MineCode } from "../../model/mine.ts";
import type { Person } from "../../model/people.ts";
import { DAY, type Instant } from "../../model/time.ts";
import type { Staff } from "../../wire/national/write-people.ts";

/** When it was underground, to a week, and what lists said of it. */
type StaffRow = readonly [seen: Instant, staff: Staff];

/** The cards of one mine; the version grows with every change. */
export interface StaffSheet {
  readonly version: number;
  readonly rows: readonly StaffRow[];
}
export type StaffSheets = Readonly<Record<MineCode, StaffSheet>>;

/** Who cards are, as far as lists of who is underground told. */
export interface StaffBook {
  take(mine: MineCode, ts: Instant, people: readonly Person[]): void;
  forget(now: Instant): void;
  versions(): Iterable<readonly [mine: MineCode, version: number]>;
  of(mine: MineCode): readonly Staff[];
  image(): StaffSheets;
}

/** Who was not underground for so long is no longer among the staff. */
const STAFF_FOR = 90 * DAY;
/** Every list shows somebody; what is on disk changes only with what is known, or this seldom. */
const SEEN_EVERY = 7 * DAY;
const MOST_STAFF = 20_000;

interface Sheet {
  version: number;
  rows: Map<string, StaffRow>;
  /** As it is on disk; null = it changed. */
  image: StaffSheet | null;
}

export function createStaffBook(from: StaffSheets): StaffBook {
  const sheets = new Map<MineCode, Sheet>(
    Object.entries(from).map(([mine, image]) => {
      const rows = new Map(image.rows.map((row) => [row[1].card, row]));
      return [mine, { version: image.version, rows, image }];
    }),
  );

  function turn(sheet: Sheet): void {
    sheet.version++;
    sheet.image = null;
  }

  return {
    take(mine, ts, people) {
      const sheet = sheets.get(mine) ?? { version: 0, rows: new Map<string, StaffRow>(), image: null };
      let isOther = false;
      for (const person of people) {
        const [seen = 0, known] = sheet.rows.get(person.card) ?? [];
        const next = ts < seen ? null : staffOf(person, known);
        if (next === null) continue;
        if (ts - seen <= SEEN_EVERY && JSON.stringify(next) === JSON.stringify(known)) continue;
        isOther = true;
        sheet.rows.set(person.card, [ts, next]);
      }
      if (!isOther) return;
      sheets.set(mine, sheet);
      turn(sheet);
    },
    forget(now) {
      for (const sheet of sheets.values()) {
        const kept = [...sheet.rows].filter(([, [seen]]) => now - seen <= STAFF_FOR);
        if (kept.length > MOST_STAFF) kept.sort(([, [a]], [, [b]]) => b - a).splice(MOST_STAFF);
        if (kept.length === sheet.rows.size) continue;
        sheet.rows = new Map(kept);
        turn(sheet);
      }
    },
    versions: () => [...sheets].map(([mine, { version }]) => [mine, version] as const),
    of: (mine) =>
      [...(sheets.get(mine)?.rows.values() ?? [])]
        .map(([, staff]) => staff)
        .sort((a, b) => (a.card < b.card ? -1 : 1)),
    image() {
      for (const sheet of sheets.values())
        sheet.image ??= { version: sheet.version, rows: [...sheet.rows.values()] };
      return Object.fromEntries([...sheets].map(([mine, { image }]) => [mine, image as StaffSheet]));
    },
  };
}

/** Null = a list says nothing of the card but that it is there. */
function staffOf(person: Person, before: Staff | undefined): Staff | null {
  const { card } = person;
  const { name = before?.name, team = before?.team, job = before?.job } = person;
  const { leader = before?.leader, special = before?.special } = person;
  const known = Object.entries({ name, team, job, leader, special }).filter(
    ([, value]) => value !== undefined,
  );
  return known.length === 0 ? null : { card, ...Object.fromEntries(known) };
}
