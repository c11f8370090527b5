import { STATE, UNKNOWN_BITS, VALUELESS_BITS } from "../model/reading.ts";
import { figure, type Speech } from "./i18n.ts";
import type { PointJson } from "./shapes.ts";

type Shown = Pick<PointJson, "value" | "word" | "state" | "quality" | "def">;

/** True when the value is what is so now; else it is drawn hollow. */
export const isCertain = ({ quality, state }: Pick<PointJson, "quality" | "state">): boolean =>
  (quality === "good" || quality === "calibrating" || quality === "over-range" || quality === "suspect") &&
  (state & UNKNOWN_BITS) === 0;

/** The value, or a dash: a point that is faulty, silent or out of range is never a number, least of all 0. */
export function valueOfPoint(point: Shown, speech: Speech): string {
  if ((point.state & VALUELESS_BITS) !== 0 || point.quality === "none" || point.quality === "unknown")
    return "–";
  if (point.word !== null) return speech.word("word", point.word);
  return point.value === null ? "–" : figure(point.value, point.def.type);
}

/** State bits by name; what the gateway itself found wrong comes first. */
export function stateOfPoint(point: Judged, speech: Speech): string {
  const bits = speech.stateWords(point.state);
  const said = point.quality === "calibrating" || point.quality === "over-range" || point.quality === "good";
  const quality = said || (point.quality === "unknown" && bits.length > 0) ? [] : [point.quality];
  const words = [...quality.map((q) => speech.t(`quality.${q}`)), ...bits];
  if (words.length > 0) return words.join(" ");
  return speech.t(isAbnormal(point) ? "point.over" : "quality.good");
}

type Judged = Pick<PointJson, "state" | "quality" | "value" | "limits">;

/** What makes a row stand out: the mine's own alarm and cut bits, or a limit passed. */
export function isAbnormal(point: Judged): boolean {
  if ((point.state & (STATE.alarm | STATE.cut | STATE.overRange)) !== 0) return true;
  const { limits, value } = point;
  if (value === null || limits?.alarm == null || point.quality !== "good") return false;
  const low = limits.release !== null && limits.release > limits.alarm;
  return low ? value <= limits.alarm : value >= limits.alarm;
}
