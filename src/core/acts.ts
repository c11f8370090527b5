import type { Act, ActResult, Role } from "../model/act.ts";
import type { ActInput, ReceiptInput } from "../model/input.ts";
import { PIPE, UNASSIGNED } from "../model/point.ts";
import { MAY_ON_DUTY, performOnDuty } from "./duty/acts.ts";
import { notice, transition } from "./journal.ts";
import { confirmTable } from "./tables.ts";
import { wirePoint, wireStream } from "./wiring.ts";
import type { AlarmRecord, Point, World } from "./world.ts";

/** Acts remembered, so that one that is sent again is done once. */
const REMEMBERED = 10_000;
/** Receipts known of an alarm; comments it carries, each of at most so many characters (all are in the journal). */
const RECEIPTS = 64;
const COMMENTS = 6;
const NOTE = 400;

/** Who may do what (contract §7); the door has asked already. */
const MAY: Readonly<Record<Act["do"], readonly Role[]>> = {
  acknowledge: ["duty", "lead"],
  comment: ["duty", "lead"],
  reset: ["duty", "lead"],
  stage: ["duty", "lead"],
  call: ["duty", "lead"],
  shelve: ["lead"],
  unshelve: ["lead"],
  "out-of-service": ["lead"],
  "return-to-service": ["lead"],
  approve: ["lead"],
  refuse: ["lead"],
  correct: ["lead"],
  // What a mine says of its own alarms; the county may write down what it was told.
  answer: ["mine"],
  cause: ["duty", "lead", "mine"],
  feedback: ["duty", "lead", "mine"],
  "confirm-location": ["lead", "admin"],
  // A mine answers for its own table (contract §7).
  "confirm-table": ["lead", "admin", "mine"],
  ...MAY_ON_DUTY,
};

/** What a person does. Idempotent by the act's id. */
export function readAct(world: World, { act }: ActInput): ActResult {
  const known = world.acts.get(act.id);
  if (known !== undefined) {
    const before = JSON.parse(known) as ActResult;
    return before.ok ? { ...before, already: true } : before;
  }
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
    case "acknowledge":
      return onAlarm(world, act, acknowledge);
    case "comment":
      return onAlarm(world, act, comment);
    case "confirm-location":
      return confirmLocation(world, act);
    case "confirm-table":
      return acceptTable(world, act);
    case "swap":
    case "handover":
    case "duty-note":
    case "pre-notice":
    case "mine-status":
      return performOnDuty(world, act);
    default:
      return refused("not-possible", act.do);
  }
}

type Of<D extends Act["do"]> = Extract<Act, { do: D }>;

function onAlarm<A extends Of<"acknowledge"> | Of<"comment">>(
  world: World,
  act: A,
  then: (world: World, act: A, record: AlarmRecord) => ActResult,
): ActResult {
  const record = world.alarms.get(act.alarm);
  if (record === undefined) return refused("unknown-alarm", act.alarm);
  return isScoped(act, record.alarm.mine)
    ? then(world, act, record)
    : refused("forbidden", `${act.actor.user} has no part in mine ${record.alarm.mine}`);
}

const isScoped = ({ actor }: Act, mine: string): boolean =>
  actor.mines.includes("*") || actor.mines.includes(mine);

/** Acknowledges the whole case: one look covers all its occurrences (contract §4). */
function acknowledge(world: World, act: Of<"acknowledge">, record: AlarmRecord): ActResult {
  if (act.expect !== null && act.expect < record.attention) {
    return refused("stale", `it rose to ${record.alarm.level} since`);
  }
  const rings = [...world.alarms.values()].filter(
    ({ alarm }) => alarm.case === record.alarm.case && isUnseen(alarm.state),
  );
  if (rings.length === 0) return done(null, true);
  for (const each of rings) acknowledgeOne(world, act, each);
  return done(record.alarm.seq, false);
}

const isUnseen = (state: string): boolean => state === "unacknowledged" || state === "returned";

function acknowledgeOne(world: World, act: Of<"acknowledge">, record: AlarmRecord): void {
  const { user, device } = act.actor;
  const words = act.note?.slice(0, NOTE) ?? null;
  const acknowledged = { by: user, at: world.now, note: words, device };
  const ends = record.alarm.state === "returned";
  const note = words === null ? {} : { note: words };
  transition(
    world,
    record,
    ends ? "normal" : "acknowledged",
    { what: "acknowledge", by: user, ...note },
    ends ? { acknowledged, endedAt: world.now } : { acknowledged },
  );
}

function comment(world: World, act: Of<"comment">, record: AlarmRecord): ActResult {
  const { user } = act.actor;
  const note = act.note.slice(0, NOTE);
  const comments = [...record.alarm.comments, { at: world.now, by: user, note }].slice(-COMMENTS);
  const change = { what: "comment" as const, by: user, note };
  transition(world, record, record.alarm.state, change, { comments });
  return done(record.alarm.seq, false);
}

/** From now on the place's own limits hold; the strictest of all no longer do. */
function confirmLocation(world: World, act: Of<"confirm-location">): ActResult {
  const [mine = "", system = "", code = ""] = act.point.split(":");
  const stream = world.mines.get(mine)?.streams.get(system);
  const slot = stream?.slots.get(code);
  if (stream === undefined || slot === undefined) return refused("unknown-point", act.point);
  if (!isScoped(act, mine)) return refused("forbidden", `${act.actor.user} has no part in mine ${mine}`);
  const known = knownPlaces(world);
  if (!known.includes(act.loc))
    return refused("not-possible", `no location class ${act.loc}; one of ${known.join(", ")}`);
  const point = world.points[slot] as Point;
  if (point.loc === act.loc) return done(null, true);
  const filed = stream.mine.config?.points[`${system}:${code}`]?.loc;
  if (filed !== undefined) return refused("not-possible", `the county's file says ${filed}; change it there`);
  world.confirmed.set(point.id, act.loc);
  wirePoint(world, point, "live");
  wireStream(world, stream, "live");
  const detail = `${act.point} is ${act.loc}, says ${act.actor.user}`;
  notice(world, stream.mine, system, "location-confirmed", detail);
  return done(world.journalSeq, false);
}

/** The classes that the law's table or a rule knows: any other would be judged by nothing. */
function knownPlaces(world: World): string[] {
  const { limits = [], rules = [] } = world.config ?? {};
  const places = [...limits.map(({ loc }) => loc), ...rules.flatMap(({ locs }) => locs), PIPE];
  return [...new Set(places)].filter((loc) => loc !== UNASSIGNED).sort();
}

function acceptTable(world: World, act: Of<"confirm-table">): ActResult {
  const stream = world.mines.get(act.mine)?.streams.get(act.system);
  if (stream === undefined) return refused("unknown-point", `${act.mine}:${act.system}`);
  if (!isScoped(act, act.mine))
    return refused("forbidden", `${act.actor.user} has no part in mine ${act.mine}`);
  if (!confirmTable(world, stream, act.accept)) return done(null, true);
  const what = act.accept ? "accepted" : "refused";
  notice(world, stream.mine, act.system, "table-confirmed", `${what} by ${act.actor.user}`);
  return done(world.journalSeq, false);
}

const done = (seq: number | null, already: boolean): ActResult => ({ ok: true, seq, already });

const refused = (why: Extract<ActResult, { ok: false }>["why"], detail: string): ActResult => ({
  ok: false,
  why,
  detail,
});

/** The first time an alarm reached or was seen by a person's device. */
export function readReceipt(world: World, input: ReceiptInput): void {
  const record = world.alarms.get(input.alarm);
  const name = `${input.rung} ${input.by}`;
  if (record === undefined || record.receipts.has(name) || record.receipts.size >= RECEIPTS) return;
  record.receipts.add(name);
  const { state } = record.alarm;
  transition(world, record, state, { what: "receipt", by: input.by, note: `${input.rung} ${input.device}` });
}
