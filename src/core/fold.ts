import type { Alarm } from "../model/alarm.ts";
import { parentsOf, type Rule } from "../model/rule.ts";
import { MINUTE } from "../model/time.ts";
import { remembered } from "./columns.ts";
import { isActive, isHead, transition } from "./journal.ts";
import { causeOf } from "./mine/facts.ts";
import type { AlarmRecord, Point, Watch, World } from "./world.ts";

/** A point that was in alarm, pending or rising this recently is not folded away. */
const LIVELY = 5 * MINUTE;

/** The open alarm that explains a new one; null = it stands for itself (contract §4). */
export function parentOf(world: World, watch: Watch, rule: Rule): string | null {
  const cause = causeOfCut(watch, rule);
  if (cause !== null) {
    cause.covers = true;
    return cause.alarm.id;
  }
  const parents = parentsOf(rule);
  if (parents.length === 0 || (watch.point !== null && isLively(world, watch.point))) return null;
  let parent: AlarmRecord | null = null;
  for (const record of watch.mine.heads) {
    if (!answersTo(record.alarm, parents) || !explains(world, record.alarm, watch)) continue;
    if (parent === null || byDetection(record, parent) < 0) parent = record;
  }
  if (parent === null) return null;
  parent.covers = true;
  return parent.alarm.id;
}

/** Folds what was already open under an alarm that explains it. */
export function foldUnder(world: World, parent: AlarmRecord): void {
  if (parent.shadow || !isHead(world, parent.alarm)) return;
  for (const record of activeOf(world, parent.alarm)) {
    const { watch, alarm } = record;
    if (watch === null || alarm.parent !== null || alarm.id === parent.alarm.id) continue;
    const rule = watch.plan.steps[Math.max(watch.reached, 0)]?.rule;
    if (rule === undefined || !answersTo(parent.alarm, parentsOf(rule))) continue;
    if (!explains(world, parent.alarm, watch) || (watch.point !== null && isLively(world, watch.point)))
      continue;
    parent.covers = true;
    transition(world, record, alarm.state, { what: "fold" }, { parent: parent.alarm.id });
  }
}

/** What is still open when its explanation ends stands for itself again. */
export function unfold(world: World, parent: AlarmRecord): void {
  if (!parent.covers) return;
  for (const record of activeOf(world, parent.alarm)) {
    if (record.alarm.parent === parent.alarm.id && isActive(record.alarm.state)) {
      transition(world, record, record.alarm.state, { what: "fold" }, { parent: null });
    }
  }
}

/** A cut folds under what made the mine cut, on the same point (CUT-01). */
function causeOfCut({ point }: Watch, { when }: Rule): AlarmRecord | null {
  return point !== null && when.kind === "mine" && when.is.of === "cut" ? causeOf(point) : null;
}

const activeOf = (world: World, { mine }: Alarm): AlarmRecord[] =>
  [...(world.mines.get(mine)?.active ?? [])].sort(byDetection);

/** The same after a restart, which does not know in which order alarms came back to life. */
const byDetection = ({ alarm: a }: AlarmRecord, { alarm: b }: AlarmRecord): number =>
  a.detectedAt - b.detectedAt || (a.id < b.id ? -1 : 1);

const answersTo = (alarm: Alarm, parents: readonly string[]): boolean =>
  parents.includes(alarm.rule) || (alarm.ladder !== null && parents.includes(alarm.ladder));

/** A mine's line explains all of it, a stream's link its own points, a substation the points behind it. */
function explains(world: World, parent: Alarm, watch: Watch): boolean {
  if (parent.subject.kind === "mine") return true;
  if (parent.system !== watch.stream?.system) return false;
  if (parent.subject.kind !== "point") return true;
  const slot = watch.stream.slots.get(parent.subject.id.split(":")[2] ?? "");
  const station = slot === undefined ? undefined : world.points[slot]?.def;
  const substation = watch.point?.def.substation;
  return substation !== undefined && (station?.substation === substation || station?.code === substation);
}

function isLively(world: World, point: Point): boolean {
  const others = point.watches.filter((watch) => watch.plan.group === "point");
  const since = world.now - LIVELY;
  const inAlarm = others.some(
    (watch) =>
      watch.open !== null ||
      watch.pending.some((onset) => onset !== null) ||
      watch.episodes.some((episode) => (episode.returned ?? world.now) >= since),
  );
  return inAlarm || isRising(world, point, since);
}

function isRising(world: World, point: Point, since: number): boolean {
  const limited = point.watches.some((watch) => watch.plan.steps.some(({ test }) => test.kind === "high"));
  if (!limited) return false;
  const values = remembered(world.columns, point.slot)
    .filter((sample) => sample.judged >= since && !Number.isNaN(sample.value))
    .map((sample) => sample.value);
  return values.length > 1 && (values.at(-1) as number) > (values[0] as number);
}
