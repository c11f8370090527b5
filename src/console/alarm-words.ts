import { GATEWAY_MINE } from "../model/mine.ts";
import { figure, type Language, type Speech } from "./i18n.ts";
import type { AlarmJson } from "./shapes.ts";

export const titleOf = (alarm: AlarmJson, language: Language): string =>
  language === "en" && alarm.titleEn ? alarm.titleEn : alarm.title;

/** The gateway watches itself under a code, which is no name; its place text is for its engineers. */
export const mineName = ({ mine, mineName: name }: AlarmJson, speech: Speech): string =>
  mine === GATEWAY_MINE ? speech.t("system.gateway") : name;

export const placeOf = ({ mine, place }: AlarmJson, speech: Speech): string =>
  mine === GATEWAY_MINE && speech.language === "zh" ? "" : place;

/** The mine's own code of the point, else what the alarm is about. */
export const subjectOf = (alarm: AlarmJson): string =>
  alarm.point?.slice(alarm.point.lastIndexOf(":") + 1) ?? alarm.subject.name;

/** The value that set it off, or null where the alarm is about no number (a link, a switch). */
export function valueText(alarm: AlarmJson): string | null {
  if (alarm.value === null || (alarm.limit === null && alarm.unit === null)) return null;
  return figure(alarm.value, alarm.type);
}

export const limitText = (alarm: AlarmJson): string | null =>
  alarm.limit === null ? null : figure(alarm.limit, alarm.type);

/** From onset until it returned, or until now. */
export function durationOf(alarm: AlarmJson, now: number): number {
  const end = alarm.returnedAt ?? alarm.endedAt;
  return (end === null ? now : Date.parse(end)) - Date.parse(alarm.raisedAt);
}

export interface Mark {
  readonly words: string;
  readonly look: "" | "strong" | "dashed";
}

/** What else must be said beside the state: each has its own word, and none hides the alarm. */
export function marksOf(alarm: AlarmJson, provisional: boolean, folded: number, speech: Speech): Mark[] {
  const { t } = speech;
  const marks: Mark[] = [];
  if (provisional) marks.push({ words: t("mark.provisional"), look: "dashed" });
  if (alarm.retrospective) marks.push({ words: t("mark.retrospective"), look: "strong" });
  if (alarm.calibrating) marks.push({ words: t("mark.calibrating"), look: "strong" });
  if (alarm.quality === "unknown") marks.push({ words: t("mark.unknown"), look: "dashed" });
  if (alarm.quality === "suspect") marks.push({ words: t("mark.suspect"), look: "dashed" });
  if (alarm.suppression.kind !== "none")
    marks.push({ words: t(`mark.${alarm.suppression.kind}`), look: "strong" });
  if (alarm.preNotice !== null) marks.push({ words: t("mark.pre-notice"), look: "" });
  if (alarm.episode > 1) marks.push({ words: t("mark.episode", { n: alarm.episode }), look: "" });
  if (folded > 0) marks.push({ words: t("mark.folded", { n: folded }), look: "" });
  return marks;
}
