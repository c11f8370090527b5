import type { Act, ActResult } from "../model/act.ts";
import type { AlarmRequest } from "../model/alarm.ts";
import { BOUNDS } from "../model/bounds.ts";
import { REQUEST_LASTS } from "../model/handling.ts";
import { already, done, refused } from "./act-answers.ts";
import { caseOf } from "./known.ts";
import { noteAnswer, type Pending, serviceName } from "./life.ts";
import { tellService } from "./service-log.ts";
import { alarmsOf, refreshAll } from "./suppression.ts";
import type { AlarmRecord, World } from "./world.ts";

/**
 * What one person may not decide alone: it waits, seen on the alarm and in the journal, until another person
 * answers, the alarm changes under it, or half an hour is over.
 */
export function ask(
  world: World,
  act: Act,
  what: Omit<AlarmRequest, "id" | "by" | "at" | "expires">,
  about: Omit<Pending, "request">,
): ActResult {
  const { requests } = world.life;
  const waiting = [...requests.values()].find(({ of }) => subjectOf(of) === subjectOf(about.of));
  if (waiting !== undefined) return { ...already(waiting.request), request: waiting.request.id };
  if (requests.size >= BOUNDS.requests)
    return refused("not-possible", `${BOUNDS.requests} requests wait already`);
  const request: AlarmRequest = {
    ...what,
    id: world.hash(`request|${act.id}`),
    by: act.actor.user,
    at: world.now,
    expires: Math.min(world.now + REQUEST_LASTS, what.until),
  };
  const pending = { request, mine: about.mine, of: named(about.of, request.id) };
  requests.set(request.id, pending);
  tell(world, pending, "request", request.by, what.reason);
  return done(world.journalSeq, { request: request.id });
}

const named = (of: Pending["of"], request: string): Pending["of"] =>
  of.what === "shelve" ? of : { ...of, service: { ...of.service, request } };

const subjectOf = (of: Pending["of"]): string =>
  of.what === "shelve" ? `case ${of.case}` : serviceOf(of.service);

const serviceOf = ({ subject, key }: { subject: { kind: string; id: string }; key: string }): string =>
  serviceName(subject.kind, subject.id, key);

const alarmsAbout = (world: World, of: Pending["of"]): readonly AlarmRecord[] =>
  of.what === "shelve" ? caseOf(world, of.case) : alarmsOf(world, serviceOf(of.service));

function tell(
  world: World,
  { of }: Pending,
  what: "request" | "refuse" | "lapse",
  by: string | null,
  note: string,
): void {
  if (of.what === "out-of-service") tellService(world, what, of.service, by, note);
  refreshAll(world, alarmsAbout(world, of), { ...(by === null ? {} : { by }), note });
}

/** It is off: somebody said no, took it back, or nobody answered; null `by` = time or the alarm itself. */
export function drop(world: World, pending: Pending, by: string | null, note: string): void {
  const { id } = pending.request;
  world.life.requests.delete(id);
  noteAnswer(world.life, id, { how: by === null ? "lapsed" : "refused", by, at: world.now });
  tell(world, pending, by === null ? "lapse" : "refuse", by, note);
}

export function pendingAbout(
  world: World,
  of: { readonly case: string } | { readonly service: string },
): Pending | null {
  const name = "case" in of ? `case ${of.case}` : of.service;
  for (const pending of world.life.requests.values()) if (subjectOf(pending.of) === name) return pending;
  return null;
}

/** Those nobody answered in time, and those whose case is over. */
export function sweepRequests(world: World): void {
  for (const pending of [...world.life.requests.values()]) {
    const { request, of } = pending;
    if (request.expires <= world.now) drop(world, pending, null, "nobody answered in time");
    else if (of.what === "shelve" && caseOf(world, of.case).every(({ alarm }) => alarm.state === "normal"))
      drop(world, pending, null, "the alarm is over");
  }
}
