import type { Instant } from "./time.ts";

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

export interface Area {
  readonly code: string;
  readonly name: string;
  readonly kind: "normal" | "key" | "restricted" | "rockburst";
  readonly quota?: number;
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
