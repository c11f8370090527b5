import type { Alarm, AlarmRequest, Suppression } from "../model/alarm.ts";
import { type Level, levelRank } from "../model/rule.ts";
import { type Change, transition } from "./journal.ts";
import { type Pending, serviceName, serviceNameOf } from "./life.ts";
import type { AlarmRecord, Watch, World } from "./world.ts";

/**
 * The second axis of an alarm (ISA-18.2 E, F, G): whether it is announced. It follows from what holds for its case,
 * its subject and its rules, and changes nothing of A to D: an alarm comes back as it stands then. Out of service
 * goes before shelved, shelved before by design.
 */
export function suppressionOf(world: World, alarm: Alarm, level: Level, watch: Watch | null): Suppression {
  const { shelves, services } = world.life;
  const service = services.size === 0 ? undefined : services.get(serviceNameOf(alarm));
  if (service !== undefined) {
    const { by, reason, until, approvedBy } = service;
    return { kind: "out-of-service", by, reason, until, ...second(approvedBy) };
  }
  const shelf = shelves.size === 0 ? undefined : shelves.get(alarm.case);
  if (shelf !== undefined && levelRank(level) <= levelRank(shelf.level)) {
    const { by, until, reason, approvedBy } = shelf;
    return { kind: "shelved", by, until, reason, ...second(approvedBy) };
  }
  const because = watch === null || level === "red" ? null : designOf(watch);
  return because === null ? NONE : { kind: "by-design", because };
}

const NONE: Suppression = Object.freeze({ kind: "none" });
const second = (approvedBy: string | null) => (approvedBy === null ? {} : { approvedBy });

/**
 * Why the rules do not mean the open alarm to ring now: every step it has reached is held back by its `unless`. A red
 * one rings whatever a design says of it.
 */
function designOf({ plan, logic, reached }: Watch): string | null {
  if (plan.formula === null || logic === null || reached < 0) return null;
  const all = 2 ** (reached + 1) - 1;
  if ((logic.barred & all) !== all) return null;
  const rule = plan.steps[reached]?.rule;
  return rule === undefined ? null : (rule.because ?? `${rule.id}: unless`);
}

/** What waits for a second person about the alarm. */
export function requestOf(world: World, alarm: Alarm): AlarmRequest | null {
  for (const { request, of } of world.life.requests.values()) if (isAbout(of, alarm)) return request;
  return null;
}

const isAbout = (of: Pending["of"], alarm: Alarm): boolean =>
  of.what === "shelve" ? of.case === alarm.case : nameOf(of.service) === serviceNameOf(alarm);

const nameOf = ({ subject, key }: { subject: { kind: string; id: string }; key: string }): string =>
  serviceName(subject.kind, subject.id, key);

type Told = Omit<Change, "what">;

/** Holds an open alarm against what is suppressed and asked for now; what changed is a step of its own. */
export function refresh(world: World, record: AlarmRecord, told: Told = {}): void {
  const { alarm, watch } = record;
  if (record.shadow || alarm.state === "normal") return;
  const own = watch !== null && watch.open === record ? watch : null;
  const suppression = suppressionOf(world, alarm, alarm.level, own);
  const request = requestOf(world, alarm);
  const what = isSame(alarm.suppression, suppression)
    ? isSame(alarm.request, request)
      ? null
      : request === null
        ? "request-end"
        : "request"
    : suppression.kind === "none"
      ? END[alarm.suppression.kind]
      : BEGIN[suppression.kind];
  if (what === null) return;
  transition(world, record, alarm.state, { what, ...told }, { suppression, request });
}

const BEGIN = {
  shelved: "shelve",
  "by-design": "suppress",
  "out-of-service": "out-of-service",
} as const;
const END = {
  none: "unsuppress",
  shelved: "unshelve",
  "by-design": "unsuppress",
  "out-of-service": "return-to-service",
} as const;

const isSame = <T extends Suppression | AlarmRequest | null>(a: T, b: T): boolean =>
  a === b || JSON.stringify(a) === JSON.stringify(b);

/** The known alarms of one subject by one ladder, or rule without one. */
export function alarmsOf(world: World, service: string): AlarmRecord[] {
  const records: AlarmRecord[] = [];
  for (const record of world.alarms.values())
    if (serviceNameOf(record.alarm) === service) records.push(record);
  return records;
}

export function refreshAll(world: World, records: readonly AlarmRecord[], told: Told = {}): void {
  for (const record of records) refresh(world, record, told);
}
