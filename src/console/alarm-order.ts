import { type Level, levelRank } from "../model/rule.ts";
import type { AlarmJson } from "./shapes.ts";

/** One line of the alarm list: an alarm and how many are folded under it. */
export interface Line {
  readonly alarm: AlarmJson;
  readonly folded: number;
}

/** Unacknowledged first, then by level, then the newest; what asks for nobody comes last. */
export function listed(alarms: Iterable<AlarmJson>): Line[] {
  const all = [...alarms];
  const ids = new Set(all.map((alarm) => alarm.id));
  const folded = new Map<string, number>();
  const lines: AlarmJson[] = [];
  for (const alarm of all) {
    const parent = alarm.parent !== null && ids.has(alarm.parent) ? alarm.parent : null;
    if (parent === null) lines.push(alarm);
    else folded.set(parent, (folded.get(parent) ?? 0) + 1);
  }
  const keyed = lines.map((alarm) => ({ alarm, at: Date.parse(alarm.raisedAt), turn: turn(alarm) }));
  keyed.sort(
    (a, b) =>
      a.turn - b.turn ||
      levelRank(b.alarm.level) - levelRank(a.alarm.level) ||
      b.at - a.at ||
      (a.alarm.id < b.alarm.id ? -1 : 1),
  );
  return keyed.map(({ alarm }) => ({ alarm, folded: folded.get(alarm.id) ?? 0 }));
}

function turn(alarm: AlarmJson): number {
  if (alarm.suppression.kind !== "none") return 4;
  if (alarm.ack === "none") return 3;
  switch (alarm.state) {
    case "unacknowledged":
      return 0;
    case "returned":
      return 1;
    case "acknowledged":
      return 2;
    case "normal":
      return 5;
  }
}

/** Waits for a person: counted, flashing, and in the way until someone acknowledges. */
export const isWaiting = (alarm: AlarmJson): boolean =>
  alarm.ack === "required" &&
  alarm.suppression.kind === "none" &&
  (alarm.state === "unacknowledged" || alarm.state === "returned");

/** Rings until acknowledged: not what has returned, was late or is calibration gas. */
export const isRinging = (alarm: AlarmJson): boolean =>
  isWaiting(alarm) && alarm.state === "unacknowledged" && !alarm.retrospective;

type Tally = Readonly<Record<Level, number>>;

export interface Summary {
  /** Highest level of what is announced; none when nothing is. */
  readonly worst: Level;
  readonly waiting: Tally;
  readonly open: Tally;
  /** Longest waiting of the worst waiting level. */
  readonly oldest: AlarmJson | null;
  /** Worst of those in hand, where nothing waits. */
  readonly inHand: AlarmJson | null;
}

const NONE: Tally = { none: 0, blue: 0, yellow: 0, orange: 0, red: 0 };
export const NO_ALARMS: Summary = { worst: "none", waiting: NONE, open: NONE, oldest: null, inHand: null };

/** What the tiles say, by mine. */
export function byMine(alarms: Iterable<AlarmJson>): Map<string, Summary> {
  const groups = new Map<string, AlarmJson[]>();
  for (const alarm of alarms) {
    const group = groups.get(alarm.mine);
    if (group === undefined) groups.set(alarm.mine, [alarm]);
    else group.push(alarm);
  }
  return new Map([...groups].map(([mine, group]) => [mine, summary(group)]));
}

export function summary(alarms: readonly AlarmJson[]): Summary {
  const counted = alarms.filter(({ ack, suppression }) => ack === "required" && suppression.kind === "none");
  const waiting = counted.filter(isWaiting);
  return {
    worst: counted.reduce<Level>((worst, { level }) => higher(worst, level), "none"),
    waiting: tally(waiting),
    open: tally(counted),
    oldest: pick(waiting),
    inHand: pick(counted),
  };
}

const higher = (a: Level, b: Level): Level => (levelRank(b) > levelRank(a) ? b : a);

function tally(alarms: readonly AlarmJson[]): Tally {
  const counts = { ...NONE };
  for (const { level } of alarms) counts[level]++;
  return counts;
}

/** The worst level first, of those what is so now before what has returned, then what began first. */
function pick(alarms: readonly AlarmJson[]): AlarmJson | null {
  return alarms.reduce<AlarmJson | null>((best, alarm) => {
    if (best === null) return alarm;
    const before =
      levelRank(best.level) - levelRank(alarm.level) ||
      Number(alarm.state === "returned") - Number(best.state === "returned") ||
      Date.parse(alarm.raisedAt) - Date.parse(best.raisedAt);
    return before < 0 ? alarm : best;
  }, null);
}
