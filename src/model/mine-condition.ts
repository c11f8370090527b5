import type { SwitchWord } from "./point.ts";
import type { Millis } from "./time.ts";

/**
 * Conditions about a mine's own monitoring system rather than about the air: what it says it did, whether that
 * happened, how it is looked after, and what it sends.
 * - `event`: the mine's own flag (`mask`) or open record of one of the `kinds`, without an alarm of ours on the point.
 * - `cut`: the mine says it cut the power. At once where an alarm of ours on the point explains it, else after `alone`.
 * - `feed`: `live-after-cut`: a cut command is in force and the feed point says powered, both confirmed by a sample at
 *   least `after` later, or the mine's own record 003; `dead-without-cut`; `unlinked`: cut devices no feed point shows.
 * - `calibration`: with a value over a limit; begun within `within` of a value ≥ `share` of the limit, or while another
 *   methane point of the working has one; longer than `after`; more than `more` times in `per`; none for `after`.
 * - `table`: a limit looser than the county's, or locations nobody confirmed.
 * - `unreported`: over a limit, and no record of it from a mine that keeps records, for `after`.
 * - `skew`: the stream's clock is off. `rejected`: a share of a message's readings, or of the last hour's.
 * - `supply`: every substation of the mine that is known is on `all`.
 * - `machines`: of a set, all unknown while the stream is alive; or the one that runs is another than before.
 */
export type MineCondition =
  | { readonly of: "event"; readonly kinds: readonly string[]; readonly mask: number }
  | { readonly of: "cut"; readonly alone: Millis }
  | { readonly of: "feed"; readonly is: "live-after-cut"; readonly after: Millis }
  | { readonly of: "feed"; readonly is: "dead-without-cut" | "unlinked" }
  | CalibrationCondition
  | { readonly of: "table"; readonly is: "looser" | "unconfirmed" }
  | { readonly of: "unreported"; readonly after: Millis }
  | { readonly of: "skew"; readonly over: Millis; readonly clear: Millis }
  | { readonly of: "rejected"; readonly message: number | null; readonly hour: number | null }
  | { readonly of: "supply"; readonly all: readonly SwitchWord[] }
  | { readonly of: "machines"; readonly are: "unknown" | "switched" };

export type CalibrationCondition =
  | { readonly of: "calibration"; readonly is: "over-limit" }
  | {
      readonly of: "calibration";
      readonly is: "soon-after-limit";
      readonly share: number;
      readonly within: Millis;
    }
  | { readonly of: "calibration"; readonly is: "too-long"; readonly after: Millis }
  | { readonly of: "calibration"; readonly is: "overdue"; readonly after: Millis }
  | { readonly of: "calibration"; readonly is: "too-often"; readonly more: number; readonly per: Millis };
