import fc from "fast-check";
import { type DutyEvent, PRE_NOTICE_KINDS } from "../../src/model/duty.ts";

const text = fc.string({ maxLength: 12 });
const moment = fc.integer({ min: 1_700_000_000_000, max: 1_900_000_000_000 });
const orNull = <T>(some: fc.Arbitrary<T>) => fc.option(some, { nil: null });

const subject = fc.oneof(
  fc.record({ kind: fc.constantFrom("point" as const, "set" as const), id: text }),
  fc.record({ kind: fc.constant("system" as const), id: text }),
  fc.record({ kind: fc.constant("mine" as const) }),
);
const preNotice = fc.record({
  id: text,
  kind: fc.constantFrom(...PRE_NOTICE_KINDS),
  mine: text,
  subjects: fc.array(subject, { maxLength: 3 }),
  from: moment,
  to: moment,
  reason: text,
  state: fc.constantFrom("applied" as const, "approved" as const, "refused" as const, "ended" as const),
  applied: fc.record({ by: text, role: fc.constantFrom("lead" as const, "mine" as const), at: moment }),
  answered: orNull(fc.record({ by: text, at: moment, note: orNull(text) })),
  ended: orNull(fc.record({ by: orNull(text), at: moment })),
});

/** Any line of the duty log. */
export const anyDutyEvent: fc.Arbitrary<DutyEvent> = fc.oneof(
  fc.record({
    what: fc.constant("swap" as const),
    day: text,
    shift: text,
    out: text,
    in: orNull(text),
    reason: text,
  }),
  fc.record({
    what: fc.constant("handover" as const),
    day: text,
    shift: text,
    person: text,
    of: fc.array(text),
    alarms: fc.array(text),
    part: fc.nat(),
    parts: fc.nat(),
    note: orNull(text),
  }),
  fc.record({
    what: fc.constant("note" as const),
    text,
    about: orNull(text),
    corrects: orNull(fc.nat()),
  }),
  fc.record({ what: fc.constant("pre-notice" as const), notice: preNotice }),
  fc.record({
    what: fc.constant("mine-status" as const),
    mine: text,
    status: fc.constantFrom("producing" as const, "stopped" as const),
    from: moment,
    to: orNull(moment),
    reason: text,
    document: orNull(text),
  }),
);
