import type { MineCode } from "../../model/mine.ts";
import type { Person } from "../../model/people.ts";
import { HOUR, type Instant, MINUTE } from "../../model/time.ts";
import type { OccurrenceKind } from "./people-rules.ts";

/** What was known of its people when it was first written: its later record says the same, with its end. */
export interface Detail {
  /** Of a card. */
  readonly person?: Person;
  /** Of too many. */
  readonly area?: string;
  readonly quota?: number;
  readonly cards?: readonly string[];
}

/** Something about people that began, as the files say it once. A plain JSON value. */
export interface Occurrence {
  readonly mine: MineCode;
  readonly kind: OccurrenceKind;
  /** A card, of too many an area; "" = the mine as a whole. */
  readonly subject: string;
  /** Where the card is, as far as whoever told of it said so. */
  readonly area: string | null;
  readonly by: Teller;
  readonly start: Instant;
  end: Instant | null;
  /** By which it is known again: the mine's record, our alarm. */
  names: string[];
  quota: number | null;
  detail: Detail | null;
  /** The gateway's `now` when it was last told of. */
  at: Instant;
}

export type Teller = "mine" | "gateway";

type Said = Pick<
  Occurrence,
  "mine" | "kind" | "subject" | "area" | "by" | "start" | "end" | "names" | "quota"
>;
export interface Telling extends Said {
  /** It ends because its rule is gone, which says nothing of what the mine recorded. */
  readonly lapsed?: boolean;
}

export interface Occurrences {
  /** `quiet`: only to know it again. */
  tell(telling: Telling, now: Instant, quiet: boolean): void;
  /** Those that have not ended. */
  open(mine: MineCode, kind: OccurrenceKind): readonly Occurrence[];
  /** What is to be written: begun, ended, or ended otherwise. */
  changed(): readonly Occurrence[];
  clear(): void;
  forget(now: Instant): void;
  image(): readonly Occurrence[];
}

/** A record of a mine and an alarm of ours are of one occurrence within this (contract §4). */
const NEAR = 5 * MINUTE;
/** A mine may tell of what is over again and again. */
const REMEMBERED = 24 * HOUR;
const MOST_A_MINE = 512;
const MOST_NAMES = 8;

/**
 * Occurrences that mines record and that our own alarms are of, each once: who tells of it first gives it its start,
 * and what the other says of the same is the same.
 */
export function createOccurrences(from: readonly Occurrence[]): Occurrences {
  const mines = new Map<MineCode, Occurrence[]>();
  for (const one of from) listOf(one.mine).push({ ...one, names: [...one.names] });
  const changed = new Set<Occurrence>();

  function listOf(mine: MineCode): Occurrence[] {
    const found = mines.get(mine) ?? [];
    mines.set(mine, found);
    return found;
  }

  function find({ mine, kind, names, ...telling }: Said): Occurrence | null {
    const all = listOf(mine).filter((one) => one.kind === kind);
    const named = all.find((one) => one.names.some((name) => names.includes(name)));
    const others = all.filter(({ subject, by }) => subject === telling.subject && by !== telling.by);
    return named ?? others.findLast((one) => isOne(one, telling)) ?? null;
  }

  return {
    tell({ lapsed = false, ...telling }, now, quiet) {
      const found = find(telling);
      if (found === null) {
        const one: Occurrence = { ...telling, detail: null, at: now };
        const all = listOf(telling.mine);
        all.push(one);
        if (all.length > 2 * MOST_A_MINE) mines.set(telling.mine, newest(all));
        if (!quiet) changed.add(one);
        return;
      }
      found.at = now;
      found.names = [...new Set([...found.names, ...telling.names])].slice(-MOST_NAMES);
      const { by, end } = telling;
      if (end === null || found.end === end || (lapsed && found.by === "mine")) return;
      if (!mayEnd(found, by, end)) return;
      found.end = end;
      if (!quiet) changed.add(found);
    },
    open: (mine, kind) => listOf(mine).filter((one) => one.kind === kind && one.end === null),
    changed: () => [...changed],
    clear: () => changed.clear(),
    forget(now) {
      for (const [mine, all] of mines) {
        const kept = all.filter(({ end, at }) => end === null || now - at <= REMEMBERED);
        mines.set(mine, kept.length > MOST_A_MINE ? newest(kept) : kept);
      }
    },
    image: () => [...mines.values()].flat(),
  };
}

/**
 * Our alarm returns when a later list shows that it is over, though a mine never says so; but of its own record a mine
 * knows better. Of ours it is told again only when the mine's goes on after it.
 */
function mayEnd({ by, end: before }: Occurrence, teller: Teller, end: Instant): boolean {
  if (teller === "gateway") return before === null;
  return by === "mine" || (before !== null && end > before);
}

/** Both at one time; or one a little before the other, which a list shows later than who watches the card. */
function isOne(known: Occurrence, { by, start, end }: Pick<Said, "by" | "start" | "end">): boolean {
  if (by === "gateway" && Math.abs(start - known.start) <= NEAR) return true;
  // A call that begins after ours was over is another call, however soon.
  if (start > (known.end ?? Number.POSITIVE_INFINITY)) return false;
  return (end ?? Number.POSITIVE_INFINITY) >= known.start || known.start - start <= NEAR;
}

/** What has ended is forgotten first: an end that comes later brings its start along. */
function newest(all: readonly Occurrence[]): Occurrence[] {
  const ended = all.filter(({ end }) => end !== null).sort((a, b) => a.at - b.at);
  const gone = new Set([...ended, ...all].slice(0, all.length - MOST_A_MINE));
  return all.filter((one) => !gone.has(one));
}
