import type { Alarm, Evidence } from "../model/alarm.ts";
import { BOUNDS } from "../model/bounds.ts";
import { GATEWAY_MINE } from "../model/mine.ts";
import { type Instant, MINUTE } from "../model/time.ts";
import { withFields } from "./alarm-copy.ts";
import { announcedAs, bornAs, noteBirth, rising } from "./birth.ts";
import { remembered } from "./columns.ts";
import { preNoticeOf } from "./duty/pre-notices.ts";
import { foldUnder, parentOf, unfold } from "./fold.ts";
import { headcount } from "./headcount.ts";
import { transition } from "./journal.ts";
import { keepAlarm } from "./known.ts";
import { latches } from "./latch.ts";
import { formulaSlots } from "./logic/evidence.ts";
import { isSwitch } from "./mine/facts.ts";
import { feedWord } from "./mine/feeds.ts";
import { heardEvents } from "./mine-events.ts";
import { originOf } from "./origins.ts";
import type { Step } from "./plan.ts";
import { received } from "./stages.ts";
import { suppressionOf } from "./suppression.ts";
import { isFleeting, noteFleeting } from "./unrest.ts";
import {
  type AlarmRecord,
  dropPending,
  type Episode,
  type Onset,
  setPending,
  type Watch,
  type World,
} from "./world.ts";

/** The value an alarm shows with a transition, and the moment of its sample. */
export interface Shown {
  readonly value: number | null;
  readonly at: Instant;
  readonly quality: Alarm["quality"];
  readonly calibrating: boolean;
}

/** Occurrences that start this soon after the last one ended are one case (contract §4). */
const SAME_CASE = 10 * MINUTE;

/**
 * Opens the alarm of a watch at one of its steps. False when this occurrence is known already:
 * raising an id that exists does nothing.
 */
export function raise(world: World, watch: Watch, reached: number, onset: Onset, shown: Shown): boolean {
  if (world.active >= BOUNDS.openAlarms && watch !== watch.mine.flood && !watch.plan.shadow) {
    if (Number.isNaN(watch.mine.floodedSince)) watch.mine.floodedSince = world.now;
    return false;
  }
  const record = conceive(world, watch, reached, onset, shown, null);
  if (record === null) return false;
  const step = watch.plan.steps[reached] as Step;
  watch.open = record;
  watch.reached = reached;
  watch.clearing = Number.NaN;
  for (let i = 0; i <= reached; i++) setPending(watch, i, null);
  const { shadow } = watch.plan;
  const parent = shadow ? null : parentOf(world, watch, step.rule);
  const to = step.rule.ack === "required" ? "unacknowledged" : "acknowledged";
  const risen = rising(world, record, step.rule.level);
  transition(
    world,
    record,
    to,
    { what: "raise", levelTo: step.rule.level },
    shadow ? { parent } : { parent, ...bornAs(world, watch, record, step.rule.level) },
    {
      inputs: inputsOf(world, onset),
      evidence: evidenceOf(world, watch, step, onset, shown),
    },
  );
  record.attention = record.alarm.seq;
  noteBirth(world, record);
  risen();
  foldUnder(world, record);
  return true;
}

/** Records an occurrence that began and ended unseen: born returned, or ended at once if nobody need know. */
export function raiseRetrospective(
  world: World,
  watch: Watch,
  reached: number,
  onset: Onset,
  shown: Shown,
  returnedAt: Instant,
): void {
  if (isCovered(watch, onset.judged)) return;
  const record = conceive(world, watch, reached, onset, shown, returnedAt);
  if (record === null) return;
  const step = watch.plan.steps[reached] as Step;
  record.watch = null;
  const announced = announcedAs(world, watch, record.alarm, step.rule.level);
  const fields = { retrospective: true, returnedAt, ...announced };
  const change = { what: "raise" as const, levelTo: step.rule.level };
  const origin = { inputs: inputsOf(world, onset), evidence: evidenceOf(world, watch, step, onset, shown) };
  if (step.rule.ack === "required") {
    transition(world, record, "returned", change, fields, origin);
  } else {
    transition(world, record, "acknowledged", change, fields, origin);
    transition(world, record, "normal", { what: "end" }, { endedAt: world.now });
  }
  record.attention = record.alarm.seq;
}

/** Whether a known occurrence of the watch includes this moment. */
export const isCovered = (watch: Watch, at: Instant): boolean =>
  watch.episodes.some(({ raised, returned }) => raised <= at && at <= (returned ?? at));

/** A higher step of the ladder is reached: it asks for attention again. */
export function stepUp(world: World, watch: Watch, reached: number, onset: Onset, shown: Shown): void {
  const record = watch.open as AlarmRecord;
  const step = watch.plan.steps[reached] as Step;
  const { rule } = step;
  const required = rule.ack === "required" || record.alarm.ack === "required";
  watch.reached = reached;
  for (let i = 0; i <= reached; i++) setPending(watch, i, null);
  const risen = rising(world, record, rule.level);
  const ack = required ? "required" : "none";
  transition(
    world,
    record,
    required ? "unacknowledged" : "acknowledged",
    { what: "step-up", levelFrom: record.alarm.level, levelTo: rule.level },
    {
      ...wordsOf(step),
      ...(record.shadow ? {} : announcedAs(world, watch, record.alarm, rule.level)),
      handling: received(world.now, { ack, class: record.alarm.class }),
      ack,
      level: rule.level,
      value: shown.value,
      quality: shown.quality,
      calibrating: shown.calibrating,
      acknowledged: required ? null : record.alarm.acknowledged,
    },
    { inputs: inputsOf(world, onset), evidence: evidenceOf(world, watch, step, onset, shown) },
  );
  record.attention = record.alarm.seq;
  record.seen = null;
  risen();
}

/** The condition is over: returned until a person has seen it, ended if one has; held where its rule latches. */
export function release(world: World, watch: Watch, at: Instant, value: number | null): void {
  const record = watch.open as AlarmRecord;
  const held = !record.shadow && latches(watch);
  const fleeting = !held && !isSwitch(watch) && isFleeting(world.now, record.alarm);
  letGo(watch, at);
  const quality = "good" as const;
  const fields = {
    returnedAt: at,
    value,
    quality,
    calibrating: false,
    fleeting,
    ...undesigned(world, record),
  };
  if (fleeting && !record.shadow) noteFleeting(world, record.alarm);
  if (held) {
    transition(world, record, record.alarm.state, { what: "latch" }, { ...fields, latched: true });
  } else if (record.alarm.state === "unacknowledged") {
    transition(world, record, "returned", { what: "return" }, fields);
  } else {
    transition(world, record, "normal", { what: "end" }, { ...fields, endedAt: world.now });
  }
  unfold(world, record);
}

/** Its rule or limit is no longer what it was: over, and judged anew by what holds now. */
export function retire(world: World, watch: Watch): void {
  const record = watch.open;
  if (record === null) return;
  letGo(watch, world.now);
  record.watch = null;
  const change = { what: "rule-change" as const, note: `${record.alarm.rule} ${record.alarm.ruleHash}` };
  if (record.alarm.state === "unacknowledged") {
    transition(world, record, "returned", change, { returnedAt: world.now, ...undesigned(world, record) });
  } else {
    transition(world, record, "normal", change, { returnedAt: world.now, endedAt: world.now });
  }
  unfold(world, record);
}

/** No rule holds back what its rules do not speak of any more. */
function undesigned(world: World, { alarm }: AlarmRecord): Partial<Alarm> {
  if (alarm.suppression.kind !== "by-design") return {};
  return { suppression: suppressionOf(world, alarm, alarm.level, null) };
}

function letGo(watch: Watch, at: Instant): void {
  const episode = watch.episodes.find(({ id }) => id === watch.open?.alarm.id);
  if (episode !== undefined) episode.returned = at;
  watch.open = null;
  watch.reached = -1;
  watch.clearing = Number.NaN;
  dropPending(watch);
}

/** Data became missing or bad, or good again, while the alarm is open. */
export function requalify(world: World, record: AlarmRecord, quality: Alarm["quality"]): void {
  if (record.alarm.quality === quality) return;
  transition(world, record, record.alarm.state, { what: "quality" }, { quality });
}

/** The worst value so far, kept without a transition; likewise that calibration gas may be on the sensor. */
export function follow(
  world: World,
  watch: Watch,
  value: number | null,
  at: Instant,
  calibrating: boolean,
): void {
  const record = watch.open as AlarmRecord;
  const { peak } = record.alarm;
  const worse =
    value !== null &&
    !calibrating &&
    peak !== null &&
    (isLow(watch) ? value < peak.value : value > peak.value);
  if (!worse && record.alarm.calibrating === calibrating) return;
  record.alarm = withFields(record.alarm, { calibrating, peak: worse ? { value, at } : peak });
  if (worse && asksAgain(watch, record, value)) worsen(world, record, value);
}

/** So much worse than what a person has seen, where its rule says how much that is. */
function asksAgain({ plan, reached }: Watch, { alarm, seen }: AlarmRecord, value: number): boolean {
  const margin = plan.steps[reached]?.rule.worsens;
  if (margin === undefined || seen === null || alarm.state !== "acknowledged") return false;
  // Values are decimals, their difference is not.
  return alarm.ack === "required" && Math.abs(value - seen) >= margin * (1 - 1e-9);
}

/** Acknowledged, and now worse: it asks for attention again. */
function worsen(world: World, record: AlarmRecord, value: number): void {
  const handling = received(world.now, record.alarm);
  transition(world, record, "unacknowledged", { what: "worsen" }, { value, acknowledged: null, handling });
  record.attention = record.alarm.seq;
  record.seen = null;
}

/** Whether the worst value of the watch is its least. */
export function isLow({ plan }: Watch): boolean {
  const test = plan.steps.find((step) => step.limit !== null)?.test;
  return (test?.kind === "lasting" ? test.of.kind : test?.kind) === "low";
}

function conceive(
  world: World,
  watch: Watch,
  reached: number,
  onset: Onset,
  shown: Shown,
  returned: Instant | null,
): AlarmRecord | null {
  const { plan, subject, mine } = watch;
  const step = plan.steps[reached] as Step;
  const system = watch.stream?.system ?? "link";
  const id = alarmId(world, watch, onset.sent);
  if (world.alarms.has(id) || watch.episodes.some((episode) => episode.id === id)) return null;
  const episode = nextEpisode(watch, id, onset.judged, returned);
  const limited = step.limit !== null && shown.value !== null;
  const alarm: Alarm = {
    id,
    case: episode.case,
    episode: episode.episode,
    mine: mine.code,
    mineName: mine.config?.name ?? mine.code,
    system,
    subject: { kind: subject.kind, id: subject.id, name: subject.name },
    point: watch.point?.id ?? null,
    type: watch.point?.def.type ?? null,
    place: subject.place,
    loc: watch.point === null ? null : (watch.point.loc ?? watch.point.def.loc ?? null),
    ladder: plan.ladder,
    ruleHash: plan.hash,
    ...wordsOf(step),
    level: step.rule.level,
    class: step.rule.class,
    ack: step.rule.ack,
    state: "normal",
    quality: shown.quality,
    suppression: { kind: "none" },
    value: shown.value,
    unit: plan.unit,
    limits: plan.limits,
    peak: limited ? { value: shown.value as number, at: shown.at } : null,
    raisedAt: onset.judged,
    detectedAt: world.now,
    returnedAt: null,
    endedAt: null,
    acknowledged: null,
    retrospective: false,
    calibrating: shown.calibrating,
    preNotice: preNoticeOf(world, watch, returned === null ? world.now : onset.judged),
    feed: feedWord(world, watch.point),
    people: mine.code === GATEWAY_MINE || plan.shadow ? null : headcount(world, watch),
    mineEvents: heardEvents(watch, onset.judged, step.rule.class),
    cause: null,
    handling: received(world.now, step.rule),
    calls: [],
    feedback: null,
    corrections: [],
    request: null,
    latched: false,
    chattering: false,
    fleeting: false,
    firstOut: null,
    escalation: null,
    parent: null,
    comments: [],
    n: 0,
    seq: 0,
  };
  const { shadow } = plan;
  const receipts = new Set<string>();
  const record: AlarmRecord = { alarm, watch, attention: 0, receipts, seen: null, shadow, covers: false };
  if (!shadow) keepAlarm(world, record);
  watch.episodes = [...watch.episodes, episode].slice(-BOUNDS.episodesPerPoint);
  world.remembered.add(watch);
  return record;
}

/** What an alarm of the watch with this onset is named (contract §4). */
export function alarmId(world: World, { mine, stream, subject, plan }: Watch, sent: Instant): string {
  const system = stream?.system ?? "link";
  return world.hash([mine.code, system, subject.id, plan.key, plan.hash, sent].join("|"));
}

/** What a step says of the alarm. */
function wordsOf({ rule, limit }: Step) {
  const { title, titleEn, basis, unverified } = rule;
  return { rule: rule.id, title, titleEn, basis, unverified, limit };
}

/** Which occurrence of which case: of one that ended shortly before, or of one that this one ran into. */
function nextEpisode(watch: Watch, id: string, raised: Instant, returned: Instant | null): Episode {
  const near = watch.episodes.findLast(
    (known) =>
      (raised >= known.raised && known.returned !== null && raised - known.returned <= SAME_CASE) ||
      (returned !== null && known.raised >= returned && known.raised - returned <= SAME_CASE),
  );
  if (near === undefined) return { id, case: id, episode: 1, raised, returned };
  const numbers = watch.episodes.filter((known) => known.case === near.case).map(({ episode }) => episode);
  return { id, case: near.case, episode: Math.max(...numbers) + 1, raised, returned };
}

function inputsOf(world: World, onset: Onset): number[] {
  return onset.input === world.input ? [world.input] : [onset.input, world.input];
}

function evidenceOf(world: World, watch: Watch, step: Step, onset: Onset, shown: Shown): Evidence {
  const own = [...(watch.point === null ? [] : [watch.point.slot]), ...watch.machines.flat()];
  const slots = [...new Set([...own, ...formulaSlots(watch, step)])];
  const samples = slots
    .flatMap((slot) => remembered(world.columns, slot).map((sample) => ({ ...sample, slot })))
    .sort((a, b) => a.judged - b.judged)
    .map(({ sent, value, state, slot }) => ({
      t: sent,
      v: Number.isNaN(value) ? null : value,
      s: state,
      ...(slots.length === 1 ? {} : { p: world.points[slot]?.id ?? "" }),
    }));
  return {
    samples: samples.slice(-BOUNDS.evidenceSamples),
    limit: step.limit,
    origin: originOf(world, watch, step),
    quality: shown.quality,
    spool: { from: Math.min(onset.input, world.input), to: world.input },
    ruleHash: watch.plan.hash,
    configHash: world.configHash,
  };
}
