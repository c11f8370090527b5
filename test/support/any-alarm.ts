import fc from "fast-check";
import { ROLES } from "../../src/model/act.ts";
import type { Alarm, JournalEntry, Transition } from "../../src/model/alarm.ts";
import { ALARM_STATES } from "../../src/model/alarm.ts";
import { CAUSE_CODES, CORRECTABLE, STAGES } from "../../src/model/handling.ts";
import { ALARM_CLASSES, LEVELS } from "../../src/model/rule.ts";
import { anyDutyEvent } from "./any-duty.ts";

const ONSET = Date.UTC(2026, 10, 21);

/** An alarm like most: methane at the cut limit of a coal face, just raised. */
export function anAlarm(fields: Partial<Alarm> = {}): Alarm {
  return {
    id: "A1",
    case: "C1",
    episode: 1,
    mine: "520523017311",
    mineName: "一号矿",
    system: "safety",
    subject: { kind: "point", id: "520523017311:safety:T1", name: "T1" },
    point: "520523017311:safety:T1",
    type: "0001",
    place: "1101采煤工作面T1",
    loc: "CF_FACE",
    rule: "CH4-04",
    ladder: "CH4",
    ruleHash: "h",
    basis: "《煤矿安全规程》(2025) 第536条",
    unverified: false,
    title: "甲烷达到断电值",
    titleEn: "Methane at the cut limit",
    level: "orange",
    class: "over-limit",
    ack: "required",
    state: "unacknowledged",
    quality: "good",
    suppression: { kind: "none" },
    value: 1.62,
    unit: "%CH4",
    limit: 1.5,
    limits: { alarm: 1, cut: 1.5, release: 1, from: "law" },
    peak: { value: 1.71, at: ONSET },
    raisedAt: ONSET,
    detectedAt: ONSET,
    returnedAt: null,
    endedAt: null,
    acknowledged: null,
    retrospective: false,
    calibrating: false,
    preNotice: null,
    feed: null,
    people: null,
    mineEvents: [],
    cause: null,
    handling: { stage: "received", by: null, at: ONSET, due: null },
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
    n: 1,
    seq: 0,
    ...fields,
  };
}

/** Any alarm, transition and journal entry that may be, for properties. */
export const moment = fc.oneof(
  fc.integer({ min: 1_000_000_000_000, max: 4_000_000_000_000 }),
  fc.double({ min: 1e12, max: 4e12, noNaN: true }),
);
const text = fc.string({ unit: "grapheme", maxLength: 12 });
const value = fc
  .oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer({ min: -9, max: 9 }))
  .map((v) => v + 0);
const orNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });

export const anyAlarm: fc.Arbitrary<Alarm> = fc.record({
  id: text,
  case: text,
  episode: fc.nat(),
  mine: fc.constant("520523017311"),
  mineName: text,
  system: fc.constantFrom("safety", "fan"),
  subject: fc.record({
    kind: fc.constantFrom("point", "set", "link", "mine", "gateway"),
    id: text,
    name: text,
  }),
  point: orNull(text),
  type: orNull(text),
  place: text,
  loc: orNull(text),
  rule: text,
  ladder: orNull(text),
  ruleHash: text,
  basis: orNull(text),
  unverified: fc.boolean(),
  title: text,
  titleEn: text,
  level: fc.constantFrom(...LEVELS),
  class: fc.constantFrom(...ALARM_CLASSES),
  ack: fc.constantFrom("required", "none"),
  state: fc.constantFrom(...ALARM_STATES),
  quality: fc.constantFrom("good", "unknown", "suspect"),
  suppression: fc.oneof(
    fc.constant({ kind: "none" as const }),
    fc.record({ kind: fc.constant("shelved" as const), by: text, until: moment, reason: text }),
    fc.record({ kind: fc.constant("by-design" as const), because: text }),
    fc.record({ kind: fc.constant("out-of-service" as const), by: text, reason: text, until: moment }),
  ),
  value: orNull(value),
  unit: orNull(text),
  limit: orNull(value),
  limits: orNull(
    fc.record({
      alarm: orNull(value),
      cut: orNull(value),
      release: orNull(value),
      from: fc.constantFrom("law", "county", "mine"),
    }),
  ),
  peak: orNull(fc.record({ value, at: moment })),
  raisedAt: moment,
  detectedAt: moment,
  returnedAt: orNull(moment),
  endedAt: orNull(moment),
  acknowledged: orNull(fc.record({ by: text, at: moment, note: orNull(text), device: text })),
  retrospective: fc.boolean(),
  calibrating: fc.boolean(),
  preNotice: orNull(text),
  feed: orNull(text),
  people: orNull(
    fc.record({
      underground: fc.nat(),
      area: orNull(fc.nat()),
      asOf: moment,
      quality: fc.constantFrom("good", "last-credible"),
      list: orNull(text),
    }),
  ),
  mineEvents: fc.array(
    fc.record({
      id: text,
      kind: text,
      start: moment,
      end: orNull(moment),
      cause: orNull(text),
      measure: orNull(text),
    }),
    { maxLength: 2 },
  ),
  cause: orNull(
    fc.record({ code: fc.constantFrom(...CAUSE_CODES), text, measure: orNull(text), by: text, at: moment }),
  ),
  handling: fc.record({
    stage: fc.constantFrom(...STAGES),
    by: orNull(text),
    at: moment,
    due: orNull(moment),
  }),
  calls: fc.array(
    fc.record({ at: moment, by: text, called: text, answered: orNull(text), note: orNull(text) }),
    { maxLength: 2 },
  ),
  feedback: orNull(fc.record({ at: moment, by: text, text })),
  corrections: fc.array(
    fc.record({
      at: moment,
      by: text,
      field: fc.constantFrom(...CORRECTABLE),
      before: orNull(text),
      value: text,
      reason: text,
    }),
    { maxLength: 2 },
  ),
  request: orNull(
    fc.record({
      id: text,
      what: fc.constantFrom("shelve", "out-of-service"),
      by: text,
      at: moment,
      until: moment,
      reason: text,
      expires: moment,
    }),
  ),
  latched: fc.boolean(),
  chattering: fc.boolean(),
  fleeting: fc.boolean(),
  firstOut: orNull(fc.record({ of: text, n: fc.nat() })),
  escalation: orNull(fc.record({ step: fc.nat(), at: moment })),
  parent: orNull(text),
  comments: fc.array(fc.record({ at: moment, by: text, note: text }), { maxLength: 2 }),
  n: fc.nat(),
  seq: fc.nat(),
});

const aTransition: fc.Arbitrary<Transition> = fc.record(
  {
    from: fc.constantFrom(...ALARM_STATES),
    to: fc.constantFrom(...ALARM_STATES),
    n: fc.nat(),
    what: fc.constantFrom("raise", "step-up", "return", "acknowledge", "end"),
    by: text,
    note: text,
    levelFrom: fc.constantFrom(...LEVELS),
    levelTo: fc.constantFrom(...LEVELS),
  },
  { requiredKeys: ["from", "to", "n", "what"], noNullPrototype: true },
);

const inputs = fc.array(fc.nat(), { maxLength: 3 });
export const anEntry: fc.Arbitrary<JournalEntry> = fc.oneof(
  fc.record({
    type: fc.constant("transition" as const),
    t: moment,
    transition: aTransition,
    alarm: anyAlarm,
    inputs,
    evidence: orNull(
      fc.record({
        samples: fc.array(
          fc.record(
            { t: moment, v: orNull(value), s: fc.nat(), p: text },
            { requiredKeys: ["t", "v", "s"], noNullPrototype: true },
          ),
          { maxLength: 4 },
        ),
        limit: orNull(value),
        origin: text,
        quality: fc.constantFrom("good", "unknown", "suspect"),
        spool: fc.record({ from: fc.nat(), to: fc.nat() }),
        ruleHash: text,
        configHash: text,
      }),
    ),
  }),
  fc.record({
    type: fc.constant("notice" as const),
    t: moment,
    mine: text,
    system: orNull(text),
    code: text,
    detail: text,
    inputs,
  }),
  fc.record({
    type: fc.constant("people" as const),
    t: moment,
    mine: text,
    hash: text,
    list: fc.array(text, { maxLength: 3 }),
    inputs,
  }),
  fc.record({
    type: fc.constant("duty" as const),
    t: moment,
    by: orNull(fc.record({ user: text, role: fc.constantFrom(...ROLES), device: text })),
    duty: anyDutyEvent,
    inputs,
  }),
  fc.record({
    type: fc.constant("service" as const),
    t: moment,
    what: fc.constantFrom("request", "begin", "refuse", "lapse", "end"),
    service: fc.record({
      mine: text,
      subject: fc.record({ kind: fc.constantFrom("point", "set"), id: text, name: text }),
      key: text,
      by: text,
      at: moment,
      until: moment,
      reason: text,
      approvedBy: orNull(text),
      request: text,
    }),
    by: orNull(text),
    note: orNull(text),
    inputs,
  }),
  fc.record({ type: fc.constant("gap" as const), t: moment, from: fc.nat(), to: fc.nat(), detail: text }),
  fc.record({ type: fc.constant("anchor" as const), t: moment, detail: text }),
);
