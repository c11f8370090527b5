import type { AreaKind } from "./people.ts";
import type { Millis } from "./time.ts";

/** A mine code: 4–24 letters or digits, always a string (codes of 9 to 20 characters exist). */
export type MineCode = string;

/** `safety`, `fan`, `person`, `ring`, `gateway` or one declared in the configuration. */
export type System = string;

export const BUILT_IN_SYSTEMS = ["safety", "fan", "person", "ring"] as const;

/** The gateway watches itself on points of this mine code and system; no mine may claim either. */
export const GATEWAY_MINE: MineCode = "gateway";
export const GATEWAY_SYSTEM: System = "gateway";

export type MineStatus = "producing" | "rectifying" | "building" | "stopped" | "closed";
export type GasGrade = "low" | "high" | "outburst";

/** Own limits of one point or one (type, location) of a mine: 一矿一策. Absent = not overridden. */
export interface LimitOverride {
  readonly alarm?: number;
  readonly cut?: number;
  readonly release?: number;
  readonly alarmLow?: number;
  readonly releaseLow?: number;
  /** Four graded limits, upper or lower as the rule is that names them. */
  readonly blue?: number;
  readonly yellow?: number;
  readonly orange?: number;
  readonly red?: number;
}

/** What the county says about one point; `loc` here is confirmed, a mine's own `loc` is only a proposal. */
export interface PointPolicy {
  readonly loc?: string;
  readonly cycle?: number;
  readonly limits?: LimitOverride;
  /** Code of the area of the personnel system the point is in. */
  readonly area?: string;
}

/** What the county says about one area of the personnel system. */
export interface AreaPolicy {
  /** Instead of the quota the mine sends. */
  readonly quota?: number;
  readonly kind?: AreaKind;
  /** People may be there although the mine stands still. */
  readonly permitted?: boolean;
}

export interface Contact {
  readonly name: string;
  readonly role: string;
  readonly phone: string;
}

/** One file of `config/mines`. */
export interface MineConfig {
  readonly code: MineCode;
  readonly name: string;
  readonly aliases: readonly string[];
  readonly kind: "coal" | "metal" | "open-pit";
  readonly status: MineStatus;
  readonly gasGrade: GasGrade | null;
  readonly rockBurst: boolean;
  readonly approvedUnderground: number | null;
  /** How many may be underground while the mine stands still; absent = nobody. */
  readonly permittedUnderground?: number | null;
  readonly contacts: readonly Contact[];
  /** Systems the mine is expected to publish; each is a stream with its own silence. */
  readonly systems: readonly System[];
  /** Seconds between samples, per system; 0 = on change. */
  readonly cycles: Readonly<Record<System, number>>;
  /** Keyed `{system}:{point code}`. */
  readonly points: Readonly<Record<string, PointPolicy>>;
  /** Overrides by sensor type and confirmed location class, keyed `{type}:{loc}` or `{type}`. */
  readonly limits: Readonly<Record<string, LimitOverride>>;
  /** Keyed by area code. */
  readonly areas?: Readonly<Record<string, AreaPolicy>>;
  /** Where each entry of `points` and `limits` was read, `file:line`, keyed `points.{key}` and `limits.{key}`. */
  readonly sources?: Readonly<Record<string, string>>;
}

/** Joined, for a template's text stays in three pieces that all have to be kept. */
export const pointId = (mine: MineCode, system: System, code: string): string =>
  [mine, system, code].join(":");

/** What a point's id is made of; neither a mine nor a system has a colon, a code may have. */
export function partsOfPoint(id: string): { mine: string; system: string; code: string } {
  const [mine = "", system = "", ...code] = id.split(":");
  return { mine, system, code: code.join(":") };
}

/** Seconds between samples when neither point nor mine says (contract §3). */
export const defaultCycle = (system: System): number =>
  system === "safety" ? 30 : system === "fan" ? 10 : 60;

/** No point is stale sooner, however short its cycle. */
export const LEAST_STALE: Millis = 90_000;

/** A point is stale when no sample came for this long (contract §3: max(3 × cycle, 90 s)); 0 = never. */
export const staleAfter = (cycleSeconds: number): Millis =>
  cycleSeconds === 0 ? 0 : Math.max(3000 * cycleSeconds, LEAST_STALE);
