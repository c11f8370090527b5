import type { DutyConfig } from "./duty.ts";
import type { MineConfig, System } from "./mine.ts";
import type { SwitchWord } from "./point.ts";
import type { LawLimit, Rule } from "./rule.ts";
import type { Instant } from "./time.ts";

/** A unit as it may be sent, and how it becomes the unit rules are written in: value × factor + offset. */
export interface UnitAlias {
  readonly unit: string;
  readonly quantity: string;
  readonly factor: number;
  readonly offset: number;
}

/** The meaning of a switch type where the point table says nothing better. */
export interface SwitchMeaning {
  readonly values: Readonly<Record<string, SwitchWord>>;
}

/** The unit and name of a sensor type. */
export interface TypeInfo {
  readonly name: string;
  readonly nameEn: string;
  /** Canonical unit; a known other unit of the same quantity is converted for judging. */
  readonly unit: string | null;
  readonly resolution: number | null;
}

/**
 * Everything the core may know that is not a reading: one value, frozen, kept under `data/config/<hash>`.
 * Replaced as a whole by a `config` input.
 */
export interface EffectiveConfig {
  readonly zone: string;
  /** Offsets of the zone: from this moment on, so many minutes east of UTC. Ascending. */
  readonly offsets: readonly { readonly from: Instant; readonly minutes: number }[];
  readonly systems: readonly System[];
  readonly mines: readonly MineConfig[];
  readonly rules: readonly Rule[];
  readonly limits: readonly LawLimit[];
  /** Keyed by alias as sent, after trimming. */
  readonly units: Readonly<Record<string, UnitAlias>>;
  /** Keyed by switch text as sent. */
  readonly switchWords: Readonly<Record<string, SwitchWord>>;
  /** Keyed by sensor type. */
  readonly switchTypes: Readonly<Record<string, SwitchMeaning>>;
  readonly types: Readonly<Record<string, TypeInfo>>;
  /** Absent or null: nobody is called, alarms are on screens only. */
  readonly duty?: DutyConfig | null;
}
