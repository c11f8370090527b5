import type { MineCode, System } from "./mine.ts";
import type { Instant } from "./time.ts";
import type { Counters } from "./view.ts";

/** What is looked at before a mine's connection is accepted (联网验收), in the order of the sheet. */
export const CHECKS = [
  "connected",
  "credential",
  "one-client",
  "refused",
  "table",
  "locations",
  "limits",
  "words",
  "cycle",
  "rejects",
  "clock",
  "events",
  "feeds",
  "people",
  "silence",
] as const;
export type CheckName = (typeof CHECKS)[number];

/** From best to worst as the sheet counts them; `unknown`: nothing can be said of it yet. */
export const CHECK_STATES = ["ok", "unknown", "warn", "bad"] as const;
export type CheckState = (typeof CHECK_STATES)[number];

/** The same sentence for the mine's people and for programmers. */
export interface Said {
  readonly zh: string;
  readonly en: string;
}

export interface CheckItem {
  readonly check: CheckName;
  readonly title: Said;
  readonly state: CheckState;
  /** What was measured, in short. */
  readonly figure: Said;
  /** What it is counted from. */
  readonly from: Said;
  /** Some of what was found, as it was sent. */
  readonly samples: readonly Said[];
  /** What to do; null = nothing. */
  readonly remedy: Said | null;
}

/** The link acceptance record (联网验收单) of one mine at one moment. */
export interface MineCheck {
  readonly mine: MineCode;
  readonly name: string;
  readonly at: Instant;
  /** Over how many hours before it. */
  readonly hours: number;
  readonly version: string;
  /** The worst of its items. */
  readonly state: CheckState;
  readonly items: readonly CheckItem[];
}

/** One program of a mine that is connected now. Strings from outside are capped and printable. */
export interface ClientView {
  readonly mine: MineCode;
  readonly address: string;
  readonly clientId: string;
  readonly transport: "tcp" | "tls" | "ws" | "wss";
  /** Goes in clear beyond this machine, by a listed exception. */
  readonly plain: boolean;
  readonly credential: { readonly kind: "password" | "certificate"; readonly name: string };
  /** The credential's only system; null = all of the mine's. */
  readonly system: System | null;
  readonly since: Instant;
}

/** One client id took the place of itself several times in a short while: two programs have the same one. */
export interface TwiceView {
  readonly mine: MineCode;
  readonly clientId: string;
  readonly addresses: readonly string[];
  readonly times: number;
  readonly at: Instant;
}

/** Which of a mine's limits is looser than the law's or the county's. */
export interface LooserLimit {
  readonly point: string;
  readonly place: string;
  readonly mine: number;
  readonly unit: string | null;
}

/** What of a mine only the core can tell for such a check. */
export interface CheckFacts {
  /** What the mine's counters grew by in these hours, and since when they are kept. */
  readonly counts: Counters;
  readonly countedFrom: Instant | null;
  /** Points by their id. */
  readonly unconfirmed: readonly string[];
  readonly looser: readonly LooserLimit[];
  /** Whose place nobody has confirmed, and whose alarm limit is above the strictest there is. */
  readonly overStrictest: readonly LooserLimit[];
  /** Switches whose meaning was taken from their type, and points whose unit nobody knows. */
  readonly assumed: readonly string[];
  readonly unitless: readonly string[];
  /** Cut devices no feed point shows; feed points without their device; cutting sensors without one. */
  readonly unfed: readonly string[];
  readonly loose: readonly string[];
  readonly cutless: readonly string[];
  /** How many cut devices there are. */
  readonly devices: number;
  readonly people: {
    readonly heard: Instant | null;
    readonly claimed: number | null;
    readonly tellsLeaders: boolean;
    readonly leaders: number;
    readonly doubted: boolean;
  } | null;
}
