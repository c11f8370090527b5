import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fromField, momentOf, running, shortMoment, toField } from "../../src/console/clock-words.ts";
import { createSpeech, figure } from "../../src/console/i18n.ts";
import { isAbnormal, isCertain, stateOfPoint, valueOfPoint } from "../../src/console/point-words.ts";
import type { PointJson } from "../../src/console/shapes.ts";
import { en } from "../../src/console/words/en.ts";
import { zh } from "../../src/console/words/zh.ts";
import { ALARM_STATES } from "../../src/model/alarm.ts";
import { REJECT_REASONS, STATE } from "../../src/model/reading.ts";
import { ALARM_CLASSES, LEVELS } from "../../src/model/rule.ts";
import { createFakeCounty } from "../support/browser-fake-county.ts";

const speech = createSpeech("zh");

describe("the two languages", () => {
  it("have the same places for figures and names in every sentence", () => {
    const holes = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();
    for (const key of Object.keys(zh) as (keyof typeof zh)[]) {
      expect([key, holes(en[key])]).toEqual([key, holes(zh[key])]);
      expect(en[key].trim()).not.toBe("");
    }
  });

  it("have a word for every level, state, class, state bit and reason", () => {
    const codes: [string, readonly string[]][] = [
      ["level", LEVELS],
      ["state", ALARM_STATES],
      ["class", ALARM_CLASSES],
      ["bit", Object.values(STATE).map(String)],
      ["reject", REJECT_REASONS.filter((reason) => reason !== "")],
    ];
    for (const [family, list] of codes) {
      for (const code of list) expect(speech.word(family, code), `${family}.${code}`).not.toBe(code);
    }
  });

  it("have a word for everything that is counted of a mine", () => {
    const counted = readdirSync("src/core", { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".ts"))
      .flatMap((path) => [...readFileSync(join("src/core", path), "utf8").matchAll(COUNTED)])
      .map(([, what = ""]) => what);
    expect(counted).toContain("people:no-leader");
    for (const what of counted) {
      const [family = "", reason] = what.split(":");
      expect(speech.word("counter", family), what).not.toBe(family);
      if (reason) expect(speech.word("reject", reason), what).not.toBe(reason);
    }
    for (const outcome of FILE_OUTCOMES) expect(speech.word("reject", outcome)).not.toBe(outcome);
  });
  const COUNTED = /\bcount\([\w.]*mine, ["`]([a-z0-9:-]+)/g;
  const FILE_OUTCOMES = ["taken", "partly", "bad", "duplicate"];

  it("speak no English in Chinese", () => {
    const latin = Object.entries(zh).filter(([key, text]) => /[A-Za-z]{2,}/.test(text) && !ALLOWED.has(key));
    expect(latin).toEqual([]);
  });
  const ALLOWED = new Set(
    ["app.other-language", "list.keys", "ack.confirm", "counter.qos0"].concat(
      Object.keys(zh).filter((key) => /\{\w+\}/.test(zh[key as keyof typeof zh])),
    ),
  );

  it("leave a code they do not know as it came", () => {
    expect(speech.word("system", "rockburst")).toBe("rockburst");
    expect(speech.typeName("9999")).toBe("9999");
  });
});

describe("a value", () => {
  it("is shown at the resolution of its sensor", () => {
    expect(figure(1, "0001")).toBe("1.00");
    expect(figure(24, "0004")).toBe("24");
    expect(figure(26.44, "0003")).toBe("26.4");
    expect(figure(0.1 + 0.2, null)).toBe("0.3");
  });

  const county = createFakeCounty(0);
  const [base] = county.points(0, null) as [PointJson, ...PointJson[]];
  const point = (change: Partial<PointJson>): PointJson => ({ ...base, word: null, ...change });

  it("of a faulty, unpolled or silent point is a dash and a word, never 0", () => {
    for (const bits of [
      STATE.fault,
      STATE.substationFault,
      STATE.notPolled,
      STATE.paused,
      STATE.fault | STATE.alarm,
    ]) {
      const faulty = point({ value: 0, state: bits, quality: "unknown" });
      expect(valueOfPoint(faulty, speech)).toBe("–");
      expect(isCertain(faulty)).toBe(false);
      expect(stateOfPoint(faulty, speech)).not.toContain("正常");
    }
    expect(stateOfPoint(point({ state: STATE.fault, quality: "unknown" }), speech)).toBe("断线");
    expect(valueOfPoint(point({ value: null, state: 0, quality: "none" }), speech)).toBe("–");
  });

  it("that is stale is shown as it was, hollow and so called", () => {
    const stale = point({ value: 0.4, state: 0, quality: "stale" });
    expect(valueOfPoint(stale, speech)).toBe("0.40");
    expect(isCertain(stale)).toBe(false);
    expect(stateOfPoint(stale, speech)).toBe("数据中断");
  });

  it("says several states together, and an unknown bit by its number", () => {
    expect(stateOfPoint(point({ state: 4 | 1, quality: "calibrating" }), speech)).toBe("报警 标校");
    expect(stateOfPoint(point({ state: 256 | 2, quality: "good" }), speech)).toBe("断电 状态位 256");
  });

  it("of a switch is a word", () => {
    expect(valueOfPoint(point({ value: 0, word: "unpowered", state: 0, quality: "good" }), speech)).toBe(
      "无电",
    );
  });

  it("stands out where it passes its limit from the dangerous side", () => {
    const limits = { alarm: 1, cut: 1.5, release: 1, from: "law" as const };
    expect(isAbnormal(point({ value: 1, state: 0, quality: "good", limits }))).toBe(true);
    expect(stateOfPoint(point({ value: 1, state: 0, quality: "good", limits }), speech)).toBe("超限");
    expect(isAbnormal(point({ value: 0.99, state: 0, quality: "good", limits }))).toBe(false);
    const low = { alarm: 0.25, cut: null, release: 0.3, from: "law" as const };
    expect(isAbnormal(point({ value: 0.2, state: 0, quality: "good", limits: low }))).toBe(true);
    expect(isAbnormal(point({ value: 2, state: 0, quality: "good", limits: low }))).toBe(false);
  });
});

describe("a moment", () => {
  const t = Date.parse("2026-03-01T16:05:09Z");

  it("is the duty room's, whatever the computer's zone is", () => {
    expect(momentOf(t)).toBe("2026-03-02 00:05:09");
    expect(toField(t)).toBe("2026-03-02T00:05");
    expect(fromField("2026-03-02T00:05")).toBe(Date.parse("2026-03-01T16:05:00Z"));
  });

  it("names its day when that is not today's", () => {
    expect(shortMoment(t, t + 60_000)).toBe("00:05:09");
    expect(shortMoment(t, t + 86_400_000)).toBe("03-02 00:05");
  });

  it("counts on as figures, and says an age in its two largest units", () => {
    expect(running(4 * 60_000 + 7_000)).toBe("4:07");
    expect(running(49 * 3_600_000)).toBe("49:00:00");
    expect(running(-5)).toBe("0:00");
    expect(speech.span(5 * 60_000)).toBe("5 分");
    expect(speech.span(3_600_000 + 61_000)).toBe("1 时 1 分");
    expect(speech.span(0)).toBe("0 秒");
    expect(createSpeech("en").span(90_000)).toBe("1 min 30 s");
  });
});
