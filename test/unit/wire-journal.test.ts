import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BOUNDS } from "../../src/model/bounds.ts";
import { AlarmJson, alarmJson, TransitionJson, transitionJson } from "../../src/wire/alarm.ts";
import { alarmOf } from "../../src/wire/alarm-back.ts";
import { decodeEntry, encodeEntry, JOURNAL_TYPES } from "../../src/wire/journal-codec.ts";
import { anEntry, anyAlarm } from "../support/any-alarm.ts";

const words = (body: Uint8Array) => JSON.parse(new TextDecoder().decode(body));
const [sample] = fc.sample(anyAlarm, { numRuns: 1, seed: 7 });
const alarm = sample!;
const raised = {
  type: "transition",
  t: Date.UTC(2026, 2, 1),
  transition: { from: "normal", to: "unacknowledged", n: 1, what: "raise" },
  alarm: { ...alarm, comments: [], calls: [], mineEvents: [] },
  inputs: [12],
  evidence: null,
} as const;

const judged = {
  limit: 1,
  origin: "law",
  quality: "good",
  spool: { from: 7, to: 9 },
  ruleHash: "r",
  configHash: "c",
} as const;

describe("an alarm in words", { timeout: 60_000 }, () => {
  it("has the shape of its schema, with every moment in +08:00, and comes back the same", () => {
    fc.assert(
      fc.property(anyAlarm, (one) => {
        const json = alarmJson(one);
        expect(AlarmJson.parse(json)).toEqual(json);
        expect(Object.keys(json).length).toBe(Object.keys(one).length);
        expect(json.raisedAt).toMatch(/\+08:00$/);
        expect(alarmOf(JSON.parse(JSON.stringify(json)))).toEqual(one);
      }),
    );
  });

  it("of a record written before these fields were known comes back without what they say", () => {
    const {
      feedback: _,
      corrections: _c,
      request: _r,
      latched: _l,
      chattering: _h,
      fleeting: _f,
      ...old
    } = alarmJson({ ...alarm, calls: [], cause: null });
    const { firstOut: _o, handling, ...rest } = old;
    const written = { ...rest, handling: { stage: handling.stage, due: null } };
    expect(alarmOf(written as unknown as AlarmJson)).toMatchObject({
      handling: { stage: alarm.handling.stage, by: null, at: alarm.detectedAt, due: null },
      corrections: [],
      request: null,
      latched: false,
      firstOut: null,
    });
  });

  it("has every field of the contract, in its order", () => {
    const contract =
      "id case episode mine mineName system subject point type place loc rule ladder ruleHash basis title level class ack state quality suppression value unit limit limits peak raisedAt detectedAt returnedAt endedAt acknowledged retrospective calibrating preNotice feed people mineEvents cause handling calls escalation parent seq";
    expect(Object.keys(alarmJson(alarm)).slice(0, 44).join(" ")).toBe(contract);
  });
});

describe("a journal record", { timeout: 60_000 }, () => {
  it("comes back as it went in, to the last digit of every time", () => {
    fc.assert(
      fc.property(anEntry, fc.nat(), (entry, seq) => {
        const { type, body } = encodeEntry(entry);
        expect(type).toBe(JOURNAL_TYPES[entry.type]);
        expect(decodeEntry({ seq, type, body })).toEqual({ ...entry, seq });
        if (entry.type === "transition") TransitionJson.parse(transitionJson(entry.transition));
      }),
      { numRuns: 500 },
    );
  });

  it("can be read by a person", () => {
    const body = words(encodeEntry(raised).body);
    expect(body.t).toBe("2026-03-01T08:00:00.000+08:00");
    expect(body.alarm).toEqual(alarmJson(raised.alarm));
  });

  it("stays below 16 KiB by leaving out the oldest evidence, and says how much", () => {
    const samples = Array.from({ length: 1_000 }, (_, i) => ({ t: raised.t + i, v: i / 100, s: 0 }));
    const evidence = { ...judged, samples };
    const { type, body } = encodeEntry({ ...raised, evidence });
    expect(body.length).toBeLessThanOrEqual(BOUNDS.journalBodyBytes);
    expect(body.length).toBeGreaterThan(BOUNDS.journalBodyBytes / 2);
    const back = decodeEntry({ seq: 1, type, body });
    if (back.type !== "transition") throw new Error(back.type);
    const kept = back.evidence?.samples ?? [];
    expect(kept).toEqual(samples.slice(-kept.length));
    expect(words(body).leftOut).toEqual({ samples: 1_000 - kept.length });
    expect(back.alarm).toEqual(raised.alarm);
  });

  it("keeps 64 samples whole beside an ordinary alarm", () => {
    const samples = Array.from({ length: 64 }, (_, i) => ({ t: raised.t + i * 30_000, v: i / 100, s: 0 }));
    const evidence = { ...judged, samples };
    expect(words(encodeEntry({ ...raised, evidence }).body).leftOut).toBeUndefined();
  });

  it("leaves out old remarks when evidence is not enough", () => {
    const comments = Array.from({ length: 100 }, (_, i) => ({
      at: raised.t + i,
      by: "wang",
      note: "查".repeat(200),
    }));
    const { body } = encodeEntry({ ...raised, alarm: { ...raised.alarm, comments } });
    expect(body.length).toBeLessThanOrEqual(BOUNDS.journalBodyBytes);
    expect(words(body).alarm.comments.at(-1).at).toBe("2026-03-01T08:00:00.099+08:00");
    expect(words(body).leftOut.comments).toBeGreaterThan(50);
  });

  it("is refused when its type is another's", () => {
    const { body } = encodeEntry({ type: "anchor", t: raised.t, detail: "" });
    expect(() => decodeEntry({ seq: 5, type: JOURNAL_TYPES.gap, body })).toThrow("record 5");
  });
});
