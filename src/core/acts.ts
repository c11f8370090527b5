import type { Act, ActResult, Role } from "../model/act.ts";
import { BOUNDS } from "../model/bounds.ts";
import type { ActInput, ReceiptInput } from "../model/input.ts";
import { already, done, isScoped, type Of, outOfScope, refused } from "./act-answers.ts";
import { MAY_ON_ALARM, performOnAlarm } from "./acts-alarm.ts";
import { confirmPoints, knownPlaces } from "./confirmed-points.ts";
import { MAY_ON_DUTY, performOnDuty } from "./duty/acts.ts";
import { notice, transition } from "./journal.ts";
import { recallAlarm } from "./known.ts";
import { confirmTable } from "./tables.ts";
import { wirePoint, wireStream } from "./wiring.ts";
import type { Point, World } from "./world.ts";

/** Acts remembered, so that one that is sent again is done once. */
const REMEMBERED = 10_000;

/** Who may do what (contract §7); the door has asked already. */
const MAY: Readonly<Record<Act["do"], readonly Role[]>> = {
  "confirm-location": ["lead", "admin"],
  "confirm-points": ["lead", "admin"],
  // A mine answers for its own table (contract §7).
  "confirm-table": ["lead", "admin", "mine"],
  credentials: ["admin"],
  ...MAY_ON_ALARM,
  ...MAY_ON_DUTY,
};

/** What a person does. Idempotent by the act's id. */
export function readAct(world: World, { act, past }: ActInput): ActResult {
  const known = world.acts.get(act.id);
  if (known !== undefined) {
    const before = JSON.parse(known) as ActResult;
    return before.ok ? { ...before, already: true } : before;
  }
  if (past !== undefined) recallAlarm(world, past);
  const result = perform(world, act);
  world.acts.set(act.id, JSON.stringify(result));
  if (world.acts.size > REMEMBERED) {
    for (const oldest of world.acts.keys()) {
      world.acts.delete(oldest);
      break;
    }
  }
  return result;
}

function perform(world: World, act: Act): ActResult {
  if (!MAY[act.do].includes(act.actor.role))
    return refused("forbidden", `${act.actor.role} may not ${act.do}`);
  switch (act.do) {
    case "confirm-location":
      return confirmLocation(world, act);
    case "confirm-points":
      return confirmPoints(world, act);
    case "confirm-table":
      return acceptTable(world, act);
    case "credentials":
      return noteCredential(world, act);
    case "swap":
    case "handover":
    case "duty-note":
    case "pre-notice":
    case "mine-status":
      return performOnDuty(world, act);
    case "acknowledge":
    case "comment":
    case "reset":
    case "stage":
    case "call":
    case "answer":
    case "cause":
    case "feedback":
    case "correct":
    case "shelve":
    case "unshelve":
    case "out-of-service":
    case "return-to-service":
    case "approve":
    case "refuse":
      return performOnAlarm(world, act);
  }
}

/** From now on the place's own limits hold; the strictest of all no longer do. */
function confirmLocation(world: World, act: Of<"confirm-location">): ActResult {
  const [mine = "", system = "", code = ""] = act.point.split(":");
  const stream = world.mines.get(mine)?.streams.get(system);
  const slot = stream?.slots.get(code);
  if (stream === undefined || slot === undefined) return refused("unknown-point", act.point);
  if (!isScoped(act, mine)) return outOfScope(act, mine);
  const known = knownPlaces(world);
  if (!known.includes(act.loc))
    return refused("not-possible", `no location class ${act.loc}; one of ${known.join(", ")}`);
  const point = world.points[slot] as Point;
  if (point.loc === act.loc) return already(null);
  const filed = stream.mine.config?.points[`${system}:${code}`]?.loc;
  if (filed !== undefined) return refused("not-possible", `the county's file says ${filed}; change it there`);
  world.confirmed.set(point.id, act.loc);
  wirePoint(world, point, "live");
  wireStream(world, stream, "live");
  const detail = `${act.point} is ${act.loc}, says ${act.actor.user}`;
  notice(world, stream.mine, system, "location-confirmed", detail);
  return done(world.journalSeq);
}

function acceptTable(world: World, act: Of<"confirm-table">): ActResult {
  const stream = world.mines.get(act.mine)?.streams.get(act.system);
  if (stream === undefined) return refused("unknown-point", `${act.mine}:${act.system}`);
  if (!isScoped(act, act.mine)) return outOfScope(act, act.mine);
  if (!confirmTable(world, stream, act.accept)) return already(null);
  const what = act.accept ? "accepted" : "refused";
  notice(world, stream.mine, act.system, "table-confirmed", `${what} by ${act.actor.user}`);
  return done(world.journalSeq);
}

/** It is for the journal, which says who let whom in, and whom no more. */
function noteCredential(world: World, act: Of<"credentials">): ActResult {
  const mine = world.mines.get(act.mine);
  if (mine === undefined) return refused("unknown-subject", act.mine);
  if (!isScoped(act, act.mine)) return outOfScope(act, act.mine);
  const detail = `${act.credential} by ${act.actor.user}`;
  notice(world, mine, act.system, `credential-${act.what}`, detail);
  return done(world.journalSeq);
}

/** The first time an alarm reached or was seen by a person's device. */
export function readReceipt(world: World, input: ReceiptInput): void {
  const record = world.alarms.get(input.alarm);
  const name = `${input.rung} ${input.by}`;
  if (record === undefined || record.receipts.has(name) || record.receipts.size >= BOUNDS.receiptsPerAlarm)
    return;
  record.receipts.add(name);
  const { state } = record.alarm;
  transition(world, record, state, { what: "receipt", by: input.by, note: `${input.rung} ${input.device}` });
}
