import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { JournalRecord } from "../../src/model/alarm.ts";
import { liveNight } from "../night/story.ts";
import { type Row, timeline } from "../night/timeline.ts";
import { illegalSteps } from "../support/arrows.ts";

let dir = "";
let records: readonly JournalRecord[] = [];
let rows: readonly Row[] = [];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "davylamp-night-"));
  const lived = await liveNight(dir);
  records = lived.records;
  rows = timeline(records, lived.config);
}, 60_000);
afterAll(() => rm(dir, { recursive: true }));

describe("a night in the duty room, read back from the journal", () => {
  it("carries the red alarm of 03:12 to a named person who answered, and closes the loop", () => {
    expect(rows.map(({ time, en }) => `${time} ${en}`)).toEqual([
      "20:03:00 handover: officer takes over from morning, 0 open alarms by name",
      "03:12:00 red alarm: All main fans of a station stopped; step 1, raise: calls officer by voice",
      "03:12:30 step 2, not-delivered: calls officer by sms",
      "03:13:00 step 3, not-acknowledged: calls standby by voice",
      "03:13:09 receipt: delivered on standby's phone",
      "03:13:31 receipt: seen on standby's phone",
      "03:13:46 acknowledged by standby",
      "03:15:10 call recorded by standby: 示例一矿(突出)调度室, answered by 矿调度员",
      "03:15:10 stage verified, by standby",
      "03:19:40 back to normal",
      "03:19:40 stage handled, by standby",
      "03:43:46 step 4, no-feedback: calls lead by voice",
      "03:51:00 feedback by mine",
      "03:51:00 cause by mine: power-fault",
      "03:54:00 stage fed-back, by standby",
      "03:54:00 stage archived, by standby",
      "07:41:00 yellow alarm: Methane at the alarm limit, return corner; step 1, raise: calls officer by voice",
      "07:41:50 acknowledged by officer",
      "08:00:00 handover: morning takes over from officer, 1 open alarm by name",
      "08:00:00 duty log, by officer",
    ]);
  });

  it("is told in Chinese, too", () => {
    expect(rows.map(({ zh }) => zh)).toContain("第3步呼叫，因未确认：备班员（voice）");
    for (const { zh } of rows) expect(zh).toMatch(/[\u4e00-\u9fff]/);
  });

  it("has every step in the journal with the inputs it came from, in order and by legal arrows", () => {
    expect(records.map(({ seq }) => seq)).toEqual(records.map((_, i) => i + 1));
    expect(illegalSteps(records)).toEqual([]);
    const calls = records.flatMap((record) =>
      record.type === "transition" && record.transition.why !== undefined ? [record] : [],
    );
    expect(calls.map(({ alarm, transition }) => [alarm.escalation?.step, transition.n > 1])).toEqual([
      [1, false],
      [2, true],
      [3, true],
      [4, true],
      [1, false],
    ]);
    for (const { inputs } of calls) expect(inputs.length).toBeGreaterThan(0);
  });
});
