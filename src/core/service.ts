import type { ActResult, ServiceTarget } from "../model/act.ts";
import type { Service } from "../model/alarm.ts";
import { SERVICE_CAP } from "../model/handling.ts";
import { DAY } from "../model/time.ts";
import { already, done, isScoped, notValid, type Of, outOfScope, refused, wordsOf } from "./act-answers.ts";
import { watchesOf } from "./all-watches.ts";
import { serviceName } from "./life.ts";
import { ask, drop, pendingAbout } from "./requests.ts";
import { tellService } from "./service-log.ts";
import { alarmsOf, refreshAll } from "./suppression.ts";
import type { Mine, Watch, World } from "./world.ts";

/**
 * Out of service (ISA-18.2 G): all alarms of one subject by one ladder are not announced while something is mended.
 * They are judged, journalled and listed as ever, also those that begin meanwhile. Two persons decide, there is an
 * end, and it outlives every occurrence, reload and restart.
 */
export function askOutOfService(world: World, act: Of<"out-of-service">): ActResult {
  const { target, until } = act;
  const mine = mineOfTarget(world, target);
  if (mine === null) return refused("unknown-subject", `${target.kind} ${target.id}`);
  if (!isScoped(act, mine.code)) return outOfScope(act, mine.code);
  const reason = wordsOf(act.reason);
  if (reason === null) return notValid("reason", "a reason is needed");
  if (!(until > world.now)) return notValid("until", "it lies in the past");
  if (until > world.now + SERVICE_CAP) return notValid("until", `${SERVICE_CAP / DAY} days at most`);
  const before = world.life.services.get(nameOf(target));
  if (before !== undefined) return already(before);
  const watch = watchOf(world, mine, target);
  if (watch === null) return refused("unknown-subject", whatIsThere(world, mine, target));
  const service: Service = {
    mine: mine.code,
    subject: { kind: watch.subject.kind, id: watch.subject.id, name: watch.subject.name },
    key: target.key,
    by: act.actor.user,
    at: world.now,
    until,
    reason,
    approvedBy: null,
    request: "",
  };
  const what = { what: "out-of-service", until, reason } as const;
  return ask(world, act, what, { mine: mine.code, of: { what: "out-of-service", service } });
}

const nameOf = ({ kind, id, key }: ServiceTarget): string => serviceName(kind, id, key);

/** Ids of subjects begin with their mine. */
const mineOfTarget = (world: World, { id }: ServiceTarget): Mine | null =>
  world.mines.get(id.split(":")[0] ?? "") ?? null;

const isOf = ({ subject, plan }: Watch, { kind, id }: ServiceTarget): boolean =>
  !plan.shadow && subject.kind === kind && subject.id === id;

function watchOf(world: World, mine: Mine, target: ServiceTarget): Watch | null {
  for (const watch of watchesOf(mine, world.points))
    if (isOf(watch, target) && watch.plan.key === target.key) return watch;
  return null;
}

function whatIsThere(world: World, mine: Mine, target: ServiceTarget): string {
  const keys = [...watchesOf(mine, world.points)].flatMap((watch) =>
    isOf(watch, target) ? [watch.plan.key] : [],
  );
  return keys.length === 0
    ? `nothing watches ${target.kind} ${target.id}`
    : `${target.id} is watched by ${[...new Set(keys)].sort().join(", ")}, not by ${target.key}`;
}

export function beginService(world: World, service: Service): void {
  const { by, reason, approvedBy, subject, key } = service;
  const name = serviceName(subject.kind, subject.id, key);
  world.life.services.set(name, service);
  tellService(world, "begin", service, approvedBy, reason);
  refreshAll(world, alarmsOf(world, name), {
    by,
    note: reason,
    ...(approvedBy === null ? {} : { approvedBy }),
  });
}

/** A person ends it, or takes back what waits for a second one. */
export function returnToService(world: World, act: Of<"return-to-service">): ActResult {
  const name = nameOf(act.target);
  const service = world.life.services.get(name);
  const pending = pendingAbout(world, { service: name });
  const mine = service?.mine ?? pending?.mine ?? mineOfTarget(world, act.target)?.code;
  if (mine === undefined) return refused("unknown-subject", `${act.target.kind} ${act.target.id}`);
  if (!isScoped(act, mine)) return outOfScope(act, mine);
  const { user } = act.actor;
  const note = wordsOf(act.note);
  if (pending !== null) drop(world, pending, user, note ?? "taken back");
  if (service !== undefined) endService(world, service, user, note);
  return service === undefined && pending === null ? already(null) : done(world.journalSeq);
}

function endService(world: World, service: Service, by: string | null, note: string | null): void {
  const name = serviceName(service.subject.kind, service.subject.id, service.key);
  world.life.services.delete(name);
  tellService(world, "end", service, by, note);
  refreshAll(world, alarmsOf(world, name), {
    ...(by === null ? {} : { by }),
    ...(note === null ? {} : { note }),
  });
}

/** What is out of service comes back by itself. */
export function sweepServices(world: World): void {
  for (const service of [...world.life.services.values()])
    if (service.until <= world.now) endService(world, service, null, "its time is over");
}
