export type PointKind = "analog" | "switch" | "total" | "state";

/** Canonical words of a switch; rules use words, never 0 and 1. */
export type SwitchWord =
  | "on"
  | "off"
  | "fault"
  | "running"
  | "stopped"
  | "wind"
  | "no-wind"
  | "open"
  | "closed"
  | "powered"
  | "unpowered"
  | "smoke"
  | "clear"
  | "forward"
  | "reversed"
  | "lost"
  | "ok"
  | "unknown"
  | "battery"
  | "mains"
  | "broken";

/** One row of a mine's point table as it was sent (contract §3); units and words are resolved elsewhere. */
export interface PointDef {
  readonly code: string;
  /** Four-digit national code as a string, or a built-in or configured name. */
  readonly type: string;
  readonly kind: PointKind;
  readonly unit?: string;
  readonly resolution?: number;
  readonly high?: number;
  readonly low?: number;
  readonly alarmHigh?: number;
  readonly alarmHighClear?: number;
  readonly alarmLow?: number;
  readonly alarmLowClear?: number;
  readonly cutHigh?: number;
  readonly restoreHigh?: number;
  readonly cutLow?: number;
  readonly restoreLow?: number;
  readonly onText?: string;
  readonly offText?: string;
  readonly states?: Readonly<Record<string, string>>;
  readonly place: string;
  /** A location class of domain.md §1.2: the mine's proposal. */
  readonly loc?: string;
  readonly substation?: string;
  readonly relation?: string;
  readonly cuts?: readonly string[];
  readonly feeds?: string;
  readonly set?: string;
  readonly machine?: string;
  readonly part?: string;
  readonly bearing?: string;
  readonly xyz?: readonly number[];
  readonly cycle?: number;
}

/** What the county adds to a row that lacks it; an empty text or list = nothing. */
export interface PointLinks {
  readonly set?: string;
  readonly machine?: string;
  readonly cuts?: readonly string[];
  readonly feeds?: string;
}

/** Default resolution by sensor type (contract §3): a value is rounded half up to it before judging. */
export const DEFAULT_RESOLUTION: Readonly<Record<string, number>> = {
  "0001": 0.01,
  "0011": 0.01,
  "0043": 0.01,
  "0022": 0.01,
  "0004": 1,
  "0038": 1,
  "0002": 0.1,
  "0003": 0.1,
};

export const METHANE_TYPES: readonly string[] = ["0001", "0011", "0043"];
/** Methane in drainage pipes: no air limit, judged by its own limits only. */
export const PIPE = "PIPE";
/** Stands for "no location class known" in a rule's `loc`. */
export const UNASSIGNED = "UNASSIGNED";
