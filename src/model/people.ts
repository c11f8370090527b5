import type { Instant, Millis } from "./time.ts";

/** One person underground, as the mine reported (contract §3, `people`). Personal data: show by role only. */
export interface Person {
  readonly card: string;
  readonly name?: string;
  readonly team?: string;
  readonly job?: string;
  readonly down: Instant;
  readonly up?: Instant;
  readonly area?: string;
  readonly areaSince?: Instant;
  readonly station?: string;
  readonly stationSince?: Instant;
  readonly dist?: number;
  readonly seen?: Instant;
  readonly state?: string;
  readonly leader?: boolean;
  readonly special?: boolean;
  readonly sos?: boolean;
}

export type AreaKind = "normal" | "key" | "restricted" | "rockburst";

export interface Area {
  readonly code: string;
  readonly name: string;
  readonly kind: AreaKind;
  readonly quota?: number;
}

/**
 * What a list of people may show to be so (domain.md §3, PER rules). The subject in brackets.
 * - `sos`: a card calls for help (card). `restricted`: somebody is in a restricted area (area).
 * - `over`: more underground than approved (mine), or more in an area than its quota (area; `rockburst` = the
 *   areas of that kind, `area` = all others). At the number itself nothing is wrong.
 * - `underground`: more than a number underground, or than the mine is permitted while it stands still (mine).
 * - `outside`: somebody is in an area that is not among those the county permits (area).
 * - `overtime`: underground for this long or longer (card).
 * - `leader-absent`: people but no leader underground, where the mine says who leads (mine).
 * - `unseen`: not seen for this long: so large a share of the cards or so many (mine), or a card that was moving (card).
 * - `fall`: a sudden fall of the count that waits to be confirmed (mine).
 * - `mismatch`: the count of the message is not that of its rows (mine).
 */
export type PeopleState =
  | { readonly what: "sos" | "restricted" | "outside" | "leader-absent" | "fall" | "mismatch" }
  | { readonly what: "over"; readonly of: "mine" | "area" | "rockburst" }
  | { readonly what: "underground"; readonly above: number | "permitted" }
  | { readonly what: "overtime"; readonly after: Millis }
  | { readonly what: "unseen"; readonly of: "card"; readonly after: Millis }
  | {
      readonly what: "unseen";
      readonly of: "mine";
      /** 0 to 1. */
      readonly share: number;
      readonly atLeast: number;
      readonly after: Millis;
    };

/** What the alarms of such a rule are about. */
export function subjectOfPeople(is: PeopleState): "mine" | "area" | "card" {
  switch (is.what) {
    case "sos":
    case "overtime":
      return "card";
    case "restricted":
    case "outside":
      return "area";
    case "over":
      return is.of === "mine" ? "mine" : "area";
    case "unseen":
      return is.of;
    case "underground":
    case "leader-absent":
    case "fall":
    case "mismatch":
      return "mine";
  }
}

/** The count frozen into an alarm when it is raised. */
export interface PeopleCount {
  readonly underground: number;
  readonly area: number | null;
  readonly asOf: Instant;
  /** `good`, or `last-credible` while a sudden fall waits for a second snapshot. */
  readonly quality: "good" | "last-credible";
  /** Names the people record of the journal that holds the list. */
  readonly list: string | null;
}
