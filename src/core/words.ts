import type { EffectiveConfig } from "../model/config.ts";
import type { PointDef, PointKind, SwitchWord } from "../model/point.ts";

/** What the values of one switch mean. */
export interface Meaning {
  readonly values: Readonly<Record<string, SwitchWord>>;
  /** The type's default was taken because the mine's own words tell nothing: somebody should confirm it. */
  readonly assumed: boolean;
}

const NO_MEANING: Meaning = { values: {}, assumed: true };

/** From the point's `states`, else from its texts by the table of words, else the type's default (contract §3). */
export function meaningOf(def: PointDef, config: EffectiveConfig): Meaning {
  return statesOf(def, config) ?? textsOf(def, config) ?? defaultOf(def, config);
}

function statesOf(def: PointDef, config: EffectiveConfig): Meaning | null {
  if (def.states === undefined) return null;
  const pairs = Object.entries(def.states).flatMap(([value, text]) => {
    const word = config.switchWords[text.trim()] ?? asWord(text.trim());
    return word === undefined ? [] : [[value, word] as const];
  });
  return pairs.length === 0 ? null : { values: Object.fromEntries(pairs), assumed: false };
}

function textsOf(def: PointDef, config: EffectiveConfig): Meaning | null {
  const on = def.onText === undefined ? undefined : config.switchWords[def.onText.trim()];
  const off = def.offText === undefined ? undefined : config.switchWords[def.offText.trim()];
  return on === undefined || off === undefined || on === off
    ? null
    : { values: { "1": on, "0": off }, assumed: false };
}

function defaultOf(def: PointDef, config: EffectiveConfig): Meaning {
  const byType = config.switchTypes[def.type];
  return byType === undefined ? NO_MEANING : { values: byType.values, assumed: true };
}

const WORDS: Readonly<Record<SwitchWord, true>> = {
  on: true,
  off: true,
  fault: true,
  running: true,
  stopped: true,
  wind: true,
  "no-wind": true,
  open: true,
  closed: true,
  powered: true,
  unpowered: true,
  smoke: true,
  clear: true,
  forward: true,
  reversed: true,
  lost: true,
  ok: true,
  unknown: true,
  battery: true,
  mains: true,
  broken: true,
};

const asWord = (text: string): SwitchWord | undefined =>
  Object.hasOwn(WORDS, text) ? (text as SwitchWord) : undefined;

/** Words that say the equipment's state is not known. */
export const tellsNothing = (word: SwitchWord): boolean =>
  word === "unknown" || word === "fault" || word === "lost" || word === "broken";

/** The parts of a national point code: mine(12) system(2) MN|KG|LJ|DT type(4) local(≤ 8) (domain.md §2.3). */
const NATIONAL = /^[0-9A-Za-z]{12}\d{2}(MN|KG|LJ|DT)(\d{4}).{1,8}$/;
const NATIONAL_KINDS: Readonly<Record<string, PointKind>> = {
  MN: "analog",
  KG: "switch",
  LJ: "total",
  DT: "state",
};

/** The definition a point in no table gets; `known: false` when its code tells nothing. */
export function definitionFromCode(code: string): { def: PointDef; known: boolean } {
  const [, kind = "", type = ""] = NATIONAL.exec(code) ?? [];
  const known = type !== "";
  return {
    known,
    def: { code, type: known ? type : "unknown", kind: NATIONAL_KINDS[kind] ?? "analog", place: "" },
  };
}
