import type { Act, ActResult, DutyAct, Role } from "../../model/act.ts";
import { dayNumber } from "../../model/calendar.ts";
import type { DutyConfig, PreNotice, StatusChange, Swap } from "../../model/duty.ts";
import { GATEWAY_MINE, type MineCode } from "../../model/mine.ts";
import { DAY } from "../../model/time.ts";
import type { World } from "../world.ts";
import { rosterOf } from "./calls.ts";
import { NOTE, takeOver } from "./handover.ts";
import { writeDuty } from "./log.ts";
import { beginPreNotice, endPreNotice, setId } from "./pre-notices.ts";
import { crewOf, localTime } from "./roster.ts";
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
export function performOnDuty(world: World, act: Done & DutyAct): ActResult {
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

/** By whom, and under which id. */
type Done = Pick<Act, "id" | "actor">;
type Of<D extends DutyAct["do"]> = Done & Extract<DutyAct, { do: D }>;
type Why = Extract<ActResult, { ok: false }>["why"];

function withRoster(world: World, then: (duty: DutyConfig) => ActResult): ActResult {
  const duty = world.config?.duty ?? null;
  return duty === null ? refused("not-possible", "there is no duty.yaml") : then(duty);
}

/** Another person, or nobody, instead of one in a shift of one day. */
function swap(world: World, duty: DutyConfig, act: Of<"swap">): ActResult {
  const { day, shift, out, reason } = act;
  const number = dayNumber(day);
  if (number === null) return refused("not-possible", `${day} is no day`);
  if (!duty.shifts.some(({ id }) => id === shift))
    return refused("not-possible", `no shift ${shift}; one of ${duty.shifts.map(({ id }) => id).join(", ")}`);
  if (number < localTime(world.config?.offsets ?? [], world.now).day - 1)
    return refused("not-possible", `${day} is over`);
  const { officer, lead } = crewOf(rosterOf(world, duty), { shift, day });
  if (!officer.includes(out) && !lead.includes(out))
    return refused("not-possible", `${out} is not on the roster of ${day} ${shift}`);
  if (act.in !== null && !duty.people.some(({ id }) => id === act.in))
    return refused("not-possible", `${act.in} is nobody of duty.yaml`);
  const one: Swap = { day, shift, out, in: act.in, reason: reason.slice(0, NOTE) };
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
  if (text === "") return refused("not-possible", "there is nothing in it");
  if (corrects !== null && !isOlderRecord(world, corrects))
    return refused("not-possible", `record ${corrects} is none of the duty log`);
  return done(writeDuty(world, act.actor, { what: "note", text, about, corrects }));
}

/** What is no longer remembered is taken at its word: the journal shows what it is. */
function isOlderRecord({ duty }: World, seq: number): boolean {
  const oldest = duty.log[0]?.seq ?? 0;
  return Number.isInteger(seq) && seq > 0 && (seq < oldest || duty.log.some((record) => record.seq === seq));
}

type Applying = Done & Extract<DutyAct, { do: "pre-notice"; step: "apply" }>;
type Answering = Done & Extract<DutyAct, { do: "pre-notice"; step: "approve" | "refuse" | "end" }>;

function apply(world: World, act: Applying): ActResult {
  const { actor, draft } = act;
  const { mine, subjects, from, to } = draft;
  const wrong = whyNot(world, actor, mine) ?? strangeSubject(world, draft);
  if (wrong !== null) return wrong;
  if (!(from < to) || to <= world.now) return refused("not-possible", "it would be over before it begins");
  if (to - from > LONGEST_PRE_NOTICE) return refused("not-possible", "longer than 31 days");
  if (subjects.length === 0 || subjects.length > SUBJECTS)
    return refused("not-possible", `it is about 1 to ${SUBJECTS} things`);
  if (draft.reason.trim() === "") return refused("not-possible", "it gives no reason");
  if (world.duty.preNotices.size >= MOST) return refused("not-possible", `no more than ${MOST} pre-notices`);
  const notice: PreNotice = {
    ...draft,
    reason: draft.reason.slice(0, NOTE),
    id: world.hash(`pre-notice|${act.id}`),
    state: "applied",
    applied: { by: actor.user, role: actor.role, at: world.now },
    answered: null,
    ended: null,
  };
  world.duty.preNotices.set(notice.id, notice);
  const seq = writeDuty(world, actor, { what: "pre-notice", notice });
  return { ok: true, seq, already: false, made: notice.id };
}

function whyNot(world: World, { user, mines }: Act["actor"], mine: MineCode): ActResult | null {
  if (mine === GATEWAY_MINE || (world.mines.get(mine)?.config ?? null) === null)
    return refused("unknown-point", `no mine ${mine}`);
  if (mines.includes("*") || mines.includes(mine)) return null;
  return refused("forbidden", `${user} has no part in mine ${mine}`);
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
  return refused("unknown-point", stranger.kind === "mine" ? code : stranger.id);
}

function answer(world: World, act: Answering): ActResult {
  const { actor } = act;
  const notice = world.duty.preNotices.get(act.notice);
  if (notice === undefined) return refused("not-possible", `no pre-notice ${act.notice}`);
  const wrong = whyNot(world, actor, notice.mine);
  if (wrong !== null) return wrong;
  if (act.step === "end") return end(world, act, notice);
  if (actor.role !== "lead") return refused("forbidden", `${actor.role} may not ${act.step} a pre-notice`);
  if (notice.applied.by === actor.user)
    return refused("forbidden", "another person than the one who applied must answer it");
  if (notice.state !== "applied") return refused("not-possible", `it is ${notice.state} already`);
  const answered = { by: actor.user, at: world.now, note: act.note?.slice(0, NOTE) ?? null };
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
    return { ok: true, seq: null, already: true };
  return done(endPreNotice(world, notice, act.actor).seq);
}

function changeStatus(world: World, act: Of<"mine-status">): ActResult {
  const { mine, status, to, document } = act;
  const wrong = whyNot(world, act.actor, mine);
  if (wrong !== null) return wrong;
  const from = act.from ?? world.now;
  if (to !== null && (to <= from || to <= world.now))
    return refused("not-possible", "it would be over before it begins");
  if (act.reason.trim() === "") return refused("not-possible", "it gives no reason");
  if (world.duty.statuses.length >= MOST) return refused("not-possible", `no more than ${MOST} changes`);
  const told = { mine, status, from, to, reason: act.reason.slice(0, NOTE), document };
  const one: StatusChange = { ...told, by: act.actor.user };
  const seq = writeDuty(world, act.actor, { what: "mine-status", ...told });
  world.duty.statuses = [...world.duty.statuses, one];
  sweepStatuses(world);
  return done(seq);
}

const done = (seq: number): ActResult => ({ ok: true, seq, already: false });
const refused = (why: Why, detail: string): ActResult => ({ ok: false, why, detail });
