import type { System } from "../../model/mine.ts";
import type { PointDef } from "../../model/point.ts";

/** A point of a simulated mine: its row in the table, and where its truth comes from. */
export interface SimPoint {
  readonly system: System;
  readonly def: PointDef;
  /** For points without a working of their own: the value they rest at and how far they wander. */
  readonly rest: {
    readonly value: number;
    readonly sigma: number;
    /** How far it goes up and down with the day. */
    readonly swing?: number;
  } | null;
  /** In the table only: for trials by hand. */
  readonly silent: boolean;
}

export const point = (system: System, def: PointDef, extra: Partial<SimPoint> = {}): SimPoint => ({
  system,
  def,
  rest: null,
  silent: false,
  ...extra,
});

export const METHANE = { type: "0001", kind: "analog", unit: "%CH4", resolution: 0.01, low: 0 } as const;
export const LIMITS = {
  /** T0 and T1: alarm 1.0, cut 1.5, restore below 1.0 (Coal Mine Safety Regulation, article 536). */
  working: { alarmHigh: 1, alarmHighClear: 1, cutHigh: 1.5, restoreHigh: 1 },
  returning: { alarmHigh: 1, alarmHighClear: 1, cutHigh: 1, restoreHigh: 1 },
  mainReturn: { alarmHigh: 0.75, alarmHighClear: 0.75 },
  chamber: { alarmHigh: 0.5, alarmHighClear: 0.5 },
} as const;
export const CO = { type: "0004", kind: "analog", unit: "ppm", resolution: 1, low: 0, high: 1_000 } as const;
export const CO_LIMIT = { alarmHigh: 24, alarmHighClear: 24 } as const;
export const WIND = { type: "0002", kind: "analog", unit: "m/s", resolution: 0.1, low: 0, high: 15 } as const;
export const HEAT = { type: "0003", kind: "analog", unit: "℃", resolution: 0.1, low: 0, high: 100 } as const;
export const FAN_STATES = {
  kind: "switch",
  onText: "运行",
  offText: "停止",
  states: { "0": "stopped", "1": "running" },
} as const;

export const LINK_STATES = { "0": "ok", "1": "lost", "2": "fault", "9": "unknown" } as const;
