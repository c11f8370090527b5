import type { Alarm } from "../../model/alarm.ts";
import type { PreNotice, PreNoticeKind, PreNoticeSubject } from "../../model/duty.ts";
import type { MineCode, System } from "../../model/mine.ts";
import { DAY, type Instant } from "../../model/time.ts";
import { isActive, transition } from "../journal.ts";
import type { AlarmRecord, Watch, World } from "../world.ts";
import { writeDuty } from "./log.ts";

/**
 * Pre-notices (报备): work, calibration, a planned change-over. One in force is shown on the alarms it is about and
 * hides none; when it ends, what is still active asks for attention again.
 */

/** What an alarm, or a watch before it has one, is about. */
interface Extent {
  readonly mine: MineCode;
  readonly system: System | null;
  readonly ids: readonly string[];
}

/** The pre-notice that is shown on an alarm of the watch which rises now, or rose at `at`. */
export function preNoticeOf(world: World, watch: Watch, at: Instant): string | null {
  if (world.duty.preNotices.size === 0) return null;
  return shownOn(world, extentOf(world, watch), at);
}

/** Whether a pre-notice of one of the kinds covers the watch now. */
export function isAnnounced(world: World, watch: Watch, kinds: readonly PreNoticeKind[]): boolean {
  if (world.duty.preNotices.size === 0) return false;
  const extent = extentOf(world, watch);
  return [...world.duty.preNotices.values()].some(
    (one) => kinds.includes(one.kind) && isInForce(one, world.now) && covers(one, extent),
  );
}

function shownOn(world: World, extent: Extent, at: Instant): string | null {
  for (const one of world.duty.preNotices.values()) {
    if (isInForce(one, at) && covers(one, extent)) return one.id;
  }
  return null;
}

const isInForce = ({ state, from, to }: PreNotice, at: Instant): boolean =>
  state === "approved" && from <= at && at < to;

const covers = ({ mine, subjects }: PreNotice, extent: Extent): boolean =>
  mine === extent.mine && subjects.some((subject) => isWithin(subject, extent));

function isWithin(subject: PreNoticeSubject, { system, ids }: Extent): boolean {
  switch (subject.kind) {
    case "mine":
      return true;
    case "system":
      return subject.id === system;
    case "point":
    case "set":
      return ids.includes(subject.id);
  }
}

function extentOf(world: World, { subject, point, stream, mine, machines }: Watch): Extent {
  const points = [
    ...(point === null ? [] : [point]),
    ...(subject.kind === "set" ? machines.flat().flatMap((slot) => world.points[slot] ?? []) : []),
  ];
  const sets = points.flatMap((each) =>
    each.def.set === undefined ? [] : [setId(mine.code, each.stream.system, each.def.set)],
  );
  const ids = [subject.id, ...points.map(({ id }) => id), ...sets];
  return { mine: mine.code, system: stream?.system ?? null, ids };
}

export const setId = (mine: MineCode, system: System, set: string): string => `${mine}:${system}:${set}`;

function extentOfAlarm(world: World, { alarm, watch }: AlarmRecord): Extent {
  if (watch !== null) return extentOf(world, watch);
  const ids = [alarm.subject.id, ...(alarm.point === null ? [] : [alarm.point])];
  return { mine: alarm.mine, system: alarm.system, ids };
}

/** Begins and ends what time begins and ends. */
export function sweepPreNotices(world: World): void {
  const { preNotices, begun } = world.duty;
  if (preNotices.size === 0) return;
  for (const one of [...preNotices.values()]) {
    const open = one.state === "applied" || one.state === "approved";
    if (open && world.now >= one.to) endPreNotice(world, one, null);
    else if (isInForce(one, world.now) && !begun.has(one.id)) beginPreNotice(world, one);
    else if (!open && world.now - (one.ended ?? one.answered ?? one.applied).at >= DAY)
      preNotices.delete(one.id);
  }
}

/** From now on it stands on the alarms it is about, those that are open already, too. */
export function beginPreNotice(world: World, one: PreNotice): void {
  world.duty.begun.add(one.id);
  for (const record of openOf(world, one.mine)) {
    if (record.alarm.preNotice !== null || !covers(one, extentOfAlarm(world, record))) continue;
    const change = { what: "pre-notice" as const, note: one.reason };
    transition(world, record, record.alarm.state, change, { preNotice: one.id });
  }
}

/** `by` null: its time is over. What is still active is nobody's planned work any more. */
export function endPreNotice(
  world: World,
  one: PreNotice,
  by: Parameters<typeof writeDuty>[1],
): { readonly seq: number } {
  const ended: PreNotice = { ...one, state: "ended", ended: { by: by?.user ?? null, at: world.now } };
  world.duty.preNotices.set(one.id, ended);
  world.duty.begun.delete(one.id);
  const seq = writeDuty(world, by, { what: "pre-notice", notice: ended });
  for (const record of openOf(world, one.mine)) {
    if (record.alarm.preNotice === one.id)
      reopen(world, record, shownOn(world, extentOfAlarm(world, record), world.now));
  }
  return { seq };
}

function reopen(world: World, record: AlarmRecord, other: string | null): void {
  const { alarm } = record;
  const change = { what: "pre-notice" as const };
  if (other !== null || !asksAgain(alarm)) {
    transition(world, record, alarm.state, change, { preNotice: other });
    return;
  }
  transition(world, record, "unacknowledged", change, { preNotice: null, acknowledged: null });
  record.attention = record.alarm.seq;
}

const asksAgain = ({ ack, state, parent, suppression }: Alarm): boolean =>
  ack === "required" && isActive(state) && parent === null && suppression.kind === "none";

function openOf(world: World, mine: MineCode): AlarmRecord[] {
  return [...world.alarms.values()].filter(({ alarm }) => alarm.mine === mine && alarm.state !== "normal");
}
