import type { Act, ActResult } from "../model/act.ts";
import { done, isScoped, notValid, type Of, outOfScope, refused, wordsOf } from "./act-answers.ts";
import { noteAnswer, type Pending } from "./life.ts";
import { drop } from "./requests.ts";
import { beginService } from "./service.ts";
import { beginShelf } from "./shelving.ts";
import type { World } from "./world.ts";

/** Another person says yes: now it begins. */
export function approve(world: World, act: Of<"approve">): ActResult {
  const { user } = act.actor;
  const found = pendingFor(world, act, act.request);
  if ("ok" in found) return found;
  const { request, of, mine } = found;
  if (request.by === user)
    return refused("forbidden", `${user} asked for it: another person must approve it`);
  world.life.requests.delete(request.id);
  noteAnswer(world.life, request.id, { how: "approved", by: user, at: world.now });
  if (of.what === "out-of-service") beginService(world, { ...of.service, approvedBy: user });
  else {
    const { by, until, reason } = request;
    beginShelf(world, { case: of.case, mine, level: of.level, by, approvedBy: user, until, reason });
  }
  return done(world.journalSeq);
}

export function refuse(world: World, act: Of<"refuse">): ActResult {
  const found = pendingFor(world, act, act.request);
  if ("ok" in found) return found;
  const reason = wordsOf(act.reason);
  if (reason === null) return notValid("reason", "a reason is needed");
  drop(world, found, act.actor.user, reason);
  return done(world.journalSeq);
}

/** What still waits; of what does not any more, how it was answered. */
function pendingFor(world: World, act: Act, id: string): Pending | ActResult {
  const pending = world.life.requests.get(id);
  if (pending !== undefined) return isScoped(act, pending.mine) ? pending : outOfScope(act, pending.mine);
  const answer = world.life.answered.get(id);
  if (answer === undefined) return refused("unknown-request", id);
  const { how, by, at } = answer;
  const same = (how === "approved" && act.do === "approve") || (how === "refused" && act.do === "refuse");
  if (same && by !== null) return done(null, { already: true, by, at });
  return refused("not-possible", by === null ? "nobody answered it in time" : `it was ${how} by ${by}`);
}
