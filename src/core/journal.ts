import type { Alarm, AlarmState, Evidence, Transition } from "../model/alarm.ts";
import type { System } from "../model/mine.ts";
import { enter, leave, looksOther } from "./active.ts";
import { withFields } from "./alarm-copy.ts";
import { noteShadow } from "./shadow.ts";
import type { AlarmRecord, Mine, World } from "./world.ts";

/** What a person or a rule made of an alarm, without what follows from the alarm itself. */
export type Change = Omit<Transition, "from" | "to" | "n">;

/** Where a transition comes from: the inputs that made it, and what a raised alarm keeps. */
export interface Origin {
  readonly inputs: readonly number[];
  readonly evidence: Evidence | null;
}

/**
 * Takes one alarm one step further and writes it down; the only place where an alarm's state changes. One of a
 * shadow rule is noted beside, and nothing is written.
 */
export function transition(
  world: World,
  record: AlarmRecord,
  to: AlarmState,
  change: Change,
  fields: Partial<Alarm> = {},
  origin: Origin = { inputs: [world.input], evidence: null },
): void {
  const before = record.alarm;
  if (record.shadow) {
    record.alarm = withFields(before, { ...fields, state: to, n: before.n + 1 });
    noteShadow(world, record.alarm, change.what === "raise");
    return;
  }
  const seq = ++world.journalSeq;
  const n = before.n + 1;
  // Nobody answers a request about what is over.
  const over = to === "normal" ? { request: null } : {};
  const alarm = withFields(before, { ...fields, ...over, state: to, n, seq });
  record.alarm = alarm;
  world.entries.push({
    type: "transition",
    t: world.now,
    transition: { from: before.state, to, n, ...change },
    alarm,
    inputs: origin.inputs,
    evidence: origin.evidence,
  });
  keepCount(world, record, before);
  if (world.config?.duty && !UNCALLED.includes(change.what))
    world.duty.touched.set(record, change.what === "raise" ? world.entries.length - 1 : null);
}

/**
 * The first call for an alarm joins the entry that raised it in this same step: one record says both, and in a flood
 * there is half as much to write and to show. False where something else came in between.
 */
export function joinRaise(
  world: World,
  record: AlarmRecord,
  at: number,
  call: Pick<Change, "why" | "calls" | "note">,
  escalation: Alarm["escalation"],
): boolean {
  const entry = world.entries[at];
  if (entry?.type !== "transition" || entry.alarm !== record.alarm) return false;
  record.alarm = withFields(entry.alarm, { escalation });
  world.entries[at] = { ...entry, transition: { ...entry.transition, ...call }, alarm: record.alarm };
  return true;
}

/** What changes nothing about who is to be called. */
const UNCALLED: readonly Transition["what"][] = ["escalate", "quality", "comment", "event"];

/** Whether some rule folds under this alarm. */
export function isHead(world: World, alarm: Alarm): boolean {
  const parents = world.planner?.parents;
  return parents?.has(alarm.rule) === true || (alarm.ladder !== null && parents?.has(alarm.ladder) === true);
}

export const isActive = (state: AlarmState): boolean =>
  state === "unacknowledged" || state === "acknowledged";

/** Its condition holds, as far as is known: what is merely latched explains nothing and counts for no rule. */
export const isStanding = ({ state, latched }: Alarm): boolean => isActive(state) && !latched;

/** Who counts alarms looks again where there is one more or less, or one is another; an act changes neither. */
function keepCount(world: World, record: AlarmRecord, before: Alarm): void {
  const { alarm } = record;
  const mine = world.mines.get(alarm.mine);
  const [was, is] = [isStanding(before), isStanding(alarm)];
  if (alarm.state === "normal" && before.state !== "normal") world.ended.push(alarm.id);
  world.active += Number(isActive(alarm.state)) - Number(isActive(before.state));
  if (was === is && !(is && looksOther(before, alarm))) return;
  if (mine === undefined) return;
  if (mine.logic.listeners.length > 0) world.woken.add(mine);
  if (was) leave(mine, record, before);
  if (is) enter(mine, record);
  if (is && !was && isHead(world, alarm)) mine.heads.add(record);
  if (was && !is) mine.heads.delete(record);
}

/** What the spool no longer has, and no series ever had. */
export function gap(world: World, { from, to }: { from: number; to: number }, detail: string): void {
  world.journalSeq++;
  world.entries.push({ type: "gap", t: world.now, from, to, detail });
}

/** Something to be known about a mine that is not an alarm. */
export function notice(world: World, mine: Mine, system: System | null, code: string, detail: string): void {
  world.journalSeq++;
  world.entries.push({
    type: "notice",
    t: world.now,
    mine: mine.code,
    system,
    code,
    detail,
    inputs: [world.input],
  });
}
