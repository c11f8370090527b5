import type { Instant } from "../../model/time.ts";
import type { Step } from "../plan.ts";
import type { Verdict } from "../verdict.ts";
import type { Watch, World } from "../world.ts";
import type { Memory } from "./memory.ts";

/** When a look is taken: the sample that was its reason, or how far the stream has come. */
export interface Moment {
  readonly judged: Instant;
  readonly sent: Instant;
  readonly suspect: boolean;
}

/** What a look found. `hold`: nothing can be told now, what stands stays; `same`: nothing has come to look at. */
export interface Finding {
  readonly verdict: Verdict | "hold" | "same";
  readonly memory: Memory | null;
  /** When it began, where that is not the moment of the look. */
  readonly onset?: { readonly judged: Instant; readonly sent: Instant };
  readonly value?: number | null;
}

/** One step of one watch, at one moment. */
export interface Look {
  readonly world: World;
  readonly watch: Watch;
  readonly step: Step;
  readonly memory: Memory | null;
  readonly moment: Moment;
}

export const CLEAR: Finding = Object.freeze({ verdict: "clear", memory: null });
