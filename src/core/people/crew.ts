import type { Area, Person } from "../../model/people.ts";
import type { Instant } from "../../model/time.ts";
import type { Plan } from "../plan.ts";
import type { Watch } from "../world.ts";

/** The list of people underground that is believed. */
export interface People {
  readonly ts: Instant;
  readonly at: Instant;
  /** `ts`, but never later than it came. */
  readonly judged: Instant;
  /** Likewise of the newest snapshot, which is another one while a fall is doubted. */
  readonly newest: Instant;
  /** Its clock was in doubt. */
  readonly suspect: boolean;
  readonly list: readonly Person[];
  /** The list as text, for snapshots. */
  readonly text: string;
  readonly areas: readonly Area[];
  readonly underground: number;
  /** How many the message said they are. */
  readonly claimed: number | null;
  /** Cards that were elsewhere when they were seen before. */
  readonly moving: ReadonlySet<string>;
  readonly quality: "good" | "last-credible";
  /** A sudden fall that waits for a second snapshot: gateway time of the first one. */
  readonly doubtedAt: Instant | null;
  /** Set once an alarm named this list. */
  readonly named: string | null;
}

/** How the rules about people stand for a mine. */
export interface Crew {
  plans: readonly Plan[];
  /** By subject and plan; made on need, forgotten when idle. */
  readonly watches: Map<string, Watch>;
  /** What the mine's own system says of people and has not ended. */
  readonly words: Word[];
  /** Gateway time of the newest live snapshot; NaN = none came. */
  heard: Instant;
  /** Whether the list is what is so now: not after a restart before a new one came, not once none comes any more. */
  trust: "fresh" | "unsure" | "stale";
  /** When the next card has been underground for as long as a rule says; NaN = to be looked up. */
  due: Instant;
  /** It tells who leads and who does not. */
  tellsLeaders: boolean;
}

/** A record of the mine's own about a card, an area, or itself where it names neither. */
export interface Word {
  readonly id: string | null;
  readonly kind: "sos" | "overtime" | "over-capacity" | "restricted";
  readonly subject: "card" | "area" | "mine";
  readonly code: string;
  /** The card or area as the record names it. */
  readonly named: string;
  readonly start: Instant;
}

export const createCrew = (): Crew => ({
  plans: [],
  watches: new Map(),
  words: [],
  heard: Number.NaN,
  trust: "unsure",
  due: Number.NaN,
  tellsLeaders: false,
});
