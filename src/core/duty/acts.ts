import type { Act, ActResult, DutyAct, Role } from "../../model/act.ts";
import { dayNumber } from "../../model/calendar.ts";
import type { DutyConfig, PreNotice, StatusChange, Swap } from "../../model/duty.ts";
import { GATEWAY_MINE, type MineCode } from "../../model/mine.ts";
import { DAY } from "../../model/time.ts";
import { already, done, isScoped, notValid, type Of, outOfScope, refused, wordsOf } from "../act-answers.ts";
import type { World } from "../world.ts";
import { rosterOf } from "./calls.ts";
import { takeOver } from "./handover.ts";
import { writeDuty } from "./log.ts";
import { beginPreNotice, endPreNotice, setId } from "./pre-notices.ts";
import { localTime, placesOf } from "./roster.ts";
import { sweepStatuses } from "./status.ts";

/** Who may do what about the duty (contract §7); what a mine may do of it, `preNotice` says. */
export const MAY_ON_DUTY: Readonly<Record<DutyAct["do"], readonly Role[]>> = {
  swap: ["lead"],
  handover: ["duty", "lead"],
  "duty-note": ["duty", "lead"],
  "pre-notice": ["lead", "mine"],
  "mine-status": ["lead"],
};

/** Pre-notices, swaps and changes of status remembered; past it an act of the kind is refused. */
const MOST = 1_000;
const LONGEST_PRE_NOTICE = 31 * DAY;
const SUBJECTS = 200;
const TEXT = 2_000;

/** What a person does about the duty. */
export function performOnDuty(world: World, act: Pick<Act, "id" | "actor"> & DutyAct): ActResult {
  switch (act.do) {
    case "swap":
      return withRoster(world, (duty) => swap(world, duty, act));
    case "handover":
      return withRoster(world, (duty) => takeOver(world, duty, act));
    case "duty-note":
      return note(world, act);
    case "pre-notice":
      return act.step === "apply" ? apply(world, act) : answer(world, act);
    case "mine-status":
      return changeStatus(world, act);
  }
}

function withRoster(world: World, then: (duty: DutyConfig) => ActResult): ActResult {
  const duty = world.config?.duty ?? null;
  return duty === null ? refused("not-possible", "there is no duty.yaml") : then(duty);
}

/** Another person, or nobody, instead of one in a shift of one day. */
function swap(world: World, duty: DutyConfig, act: Of<"swap">): ActResult {
  const { day, shift, out, reason } = act;
  const number = dayNumber(day);
  if (number === null) return notValid("day", `${day} is no day`);
  if (!duty.shifts.some(({ id }) => id === shift))
    return notValid("shift", `no shift ${shift}; one of ${duty.shifts.map(({ id }) => id).join(", ")}`);
  if (number < localTime(world.config?.offsets ?? [], world.now).day - 1)
    return notValid("day", `${day} is over`);
  if (!placesOf(rosterOf(world, duty), { shift, day }).some(({ name }) => name === out))
    return notValid("out", `${out} is not on the roster of ${day} ${shift}`);
  if (act.in !== null && !duty.people.some(({ id }) => id === act.in))
    return notValid("in", `${act.in} is nobody of duty.yaml`);
  const one: Swap = { day, shift, out, in: act.in, reason: wordsOf(reason) ?? "" };
  const { swaps } = world.duty;
  const today = localTime(world.config?.offsets ?? [], world.now).day;
  const kept = swaps.filter((each) => (dayNumber(each.day) ?? 0) >= today - 2);
  if (kept.length >= MOST) return refused("not-possible", `no more than ${MOST} swaps`);
  world.duty.swaps = [...kept, one];
  world.duty.stirred = true;
  return done(writeDuty(world, act.actor, { what: "swap", ...one }));
}

/** The log is only added to: a correction names the record it corrects, which stays. */
function note(world: World, act: Of<"duty-note">): ActResult {
  const { about, corrects } = act;
  const text = act.text.trim().slice(0, TEXT);
  if (text === "") return notValid("text", "there is nothing in it");
  if (corrects !== null && !isOlderRecord(world, corrects))
    return notValid("corrects", `record ${corrects} is none of the duty log`);
  return done(writeDuty(world, act.actor, { what: "note", text, about, corrects }));
}

/** What is no longer remembered is taken at its word: the door has looked it up among all lines there ever were. */
function isOlderRecord({ duty }: World, seq: number): boolean {
  const oldest = duty.log[0]?.seq ?? 0;
  return Number.isInteger(seq) && seq > 0 && (seq < oldest || duty.log.some((record) => record.seq === seq));
}

type Applying = Extract<Of<"pre-notice">, { step: "apply" }>;
type Answering = Exclude<Of<"pre-notice">, Applying>;

function apply(world: World, act: Applying): ActResult {
  const { actor, draft } = act;
  const { mine, subjects, from, to } = draft;
  const wrong = whyNot(world, act, mine) ?? strangeSubject(world, draft);
  if (wrong !== null) return wrong;
  if (!(from < to) || to <= world.now) return notValid("to", "it would be over before it begins");
  if (to - from > LONGEST_PRE_NOTICE) return notValid("to", "longer than 31 days");
  if (subjects.length === 0 || subjects.length > SUBJECTS)
    return notValid("subjects", `it is about 1 to ${SUBJECTS} things`);
  const reason = wordsOf(draft.reason);
  if (reason === null) return notValid("reason", "it gives no reason");
  if (world.duty.preNotices.size >= MOST) return refused("not-possible", `no more than ${MOST} pre-notices`);
  const notice: PreNotice = {
    ...draft,
    reason,
    id: world.hash(`pre-notice|${act.id}`),
    state: "applied",
    applied: { by: actor.user, role: actor.role, at: world.now },
    answered: null,
    ended: null,
  };
  world.duty.preNotices.set(notice.id, notice);
  const seq = writeDuty(world, actor, { what: "pre-notice", notice });
  return done(seq, { made: notice.id });
}

function whyNot(world: World, act: Of<"pre-notice" | "mine-status">, mine: MineCode): ActResult | null {
  if (mine === GATEWAY_MINE || (world.mines.get(mine)?.config ?? null) === null)
    return notValid("mine", `no mine ${mine}`);
  return isScoped(act, mine) ? null : outOfScope(act, mine);
}

/** A subject that does not exist would never be shown on anything. */
function strangeSubject(world: World, { mine: code, subjects }: Applying["draft"]): ActResult | null {
  const mine = world.mines.get(code);
  const isKnown = (subject: (typeof subjects)[number]): boolean => {
    switch (subject.kind) {
      case "mine":
        return true;
      case "system":
        return mine?.streams.has(subject.id) === true;
      case "point": {
        const [owner, system = "", point = ""] = subject.id.split(":");
        return owner === code && mine?.streams.get(system)?.slots.has(point) === true;
      }
      case "set":
        return [...(mine?.streams.values() ?? [])].some(({ slots, system }) =>
          [...slots.values()].some((slot) => {
            const set = world.points[slot]?.def.set;
            return set !== undefined && setId(code, system, set) === subject.id;
          }),
        );
    }
  };
  const stranger = subjects.find((subject) => !isKnown(subject));
  if (stranger === undefined) return null;
  return notValid(
    "subjects",
    `mine ${code} has no ${stranger.kind} ${stranger.kind === "mine" ? "" : stranger.id}`,
  );
}

function answer(world: World, act: Answering): ActResult {
  const { actor } = act;
  const notice = world.duty.preNotices.get(act.notice);
  if (notice === undefined) return refused("unknown-request", `no pre-notice ${act.notice}`);
  const wrong = whyNot(world, act, notice.mine);
  if (wrong !== null) return wrong;
  if (act.step === "end") return end(world, act, notice);
  if (actor.role !== "lead") return refused("forbidden", `${actor.role} may not ${act.step} a pre-notice`);
  if (notice.applied.by === actor.user)
    return refused("forbidden", "another person than the one who applied must answer it");
  if (notice.state !== "applied") return refused("not-possible", `it is ${notice.state} already`);
  const answered = { by: actor.user, at: world.now, note: wordsOf(act.note) };
  const state = act.step === "approve" ? ("approved" as const) : ("refused" as const);
  const next: PreNotice = { ...notice, state, answered };
  world.duty.preNotices.set(next.id, next);
  const seq = writeDuty(world, actor, { what: "pre-notice", notice: next });
  if (state === "approved" && next.from <= world.now && world.now < next.to) beginPreNotice(world, next);
  return done(seq);
}

/** A lead ends any; a mine takes back its own. */
function end(world: World, act: Answering, notice: PreNotice): ActResult {
  const { role } = act.actor;
  if (role !== "lead" && notice.applied.role !== "mine")
    return refused("forbidden", `${role} may not end what the county applied for`);
  if (notice.state !== "applied" && notice.state !== "approved")
    return already(
      notice.ended === null || notice.ended.by === null ? null : { by: notice.ended.by, at: notice.ended.at },
    );
  return done(endPreNotice(world, notice, act.actor).seq);
}

function changeStatus(world: World, act: Of<"mine-status">): ActResult {
  const { mine, status, to, document } = act;
  const wrong = whyNot(world, act, mine);
  if (wrong !== null) return wrong;
  const from = act.from ?? world.now;
  if (to !== null && (to <= from || to <= world.now))
    return notValid("to", "it would be over before it begins");
  const reason = wordsOf(act.reason);
  if (reason === null) return notValid("reason", "it gives no reason");
  if (world.duty.statuses.length >= MOST) return refused("not-possible", `no more than ${MOST} changes`);
  const told = { mine, status, from, to, reason, document: wordsOf(document) };
  const one: StatusChange = { ...told, by: act.actor.user };
  const seq = writeDuty(world, act.actor, { what: "mine-status", ...told });
  world.duty.statuses = [...world.duty.statuses, one];
  sweepStatuses(world);
  return done(seq);
}
