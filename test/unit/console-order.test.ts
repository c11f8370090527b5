import { describe, expect, it } from "vitest";
import { byMine, isRinging, listed, summary } from "../../src/console/alarm-order.ts";
import { lookOf, mineStates } from "../../src/console/mine-state.ts";
import type { MineJson } from "../../src/console/shapes.ts";
import { PATTERNS, ringing } from "../../src/console/sound.ts";
import { anAlarm } from "../support/browser-alarms.ts";
import { createFakeCounty, MINES } from "../support/browser-fake-county.ts";

const ids = (lines: readonly { alarm: { id: string } }[]) => lines.map(({ alarm }) => alarm.id);

describe("the alarm list", () => {
  it("puts what waits for a person first, then the higher level, then the newer", () => {
    const alarms = [
      anAlarm({ id: "acknowledged-red", level: "red", state: "acknowledged" }),
      anAlarm({ id: "returned-orange", state: "returned" }),
      anAlarm({ id: "older-orange", raisedAt: "2026-03-02T07:00:00.000+08:00" }),
      anAlarm({ id: "blue", level: "blue" }),
      anAlarm({ id: "newer-orange" }),
      anAlarm({ id: "red", level: "red" }),
    ];
    expect(ids(listed(alarms))).toEqual([
      "red",
      "newer-orange",
      "older-orange",
      "blue",
      "returned-orange",
      "acknowledged-red",
    ]);
  });

  it("puts last what asks for nobody and what is suppressed, and hides neither", () => {
    const alarms = [
      anAlarm({
        id: "shelved",
        level: "red",
        suppression: { kind: "shelved", by: "lead", until: "", reason: "" },
      }),
      anAlarm({ id: "notice", level: "red", ack: "none" }),
      anAlarm({ id: "acknowledged-blue", level: "blue", state: "acknowledged" }),
    ];
    expect(ids(listed(alarms))).toEqual(["acknowledged-blue", "notice", "shelved"]);
  });

  it("folds consequences under their parent, and never under one that is not there", () => {
    const lines = listed([
      anAlarm({ id: "link" }),
      anAlarm({ id: "a", parent: "link" }),
      anAlarm({ id: "b", parent: "link" }),
      anAlarm({ id: "orphan", parent: "gone" }),
    ]);
    expect(ids(lines).sort()).toEqual(["link", "orphan"]);
    expect(lines.find(({ alarm }) => alarm.id === "link")?.folded).toBe(2);
  });
});

describe("what a mine's tile says", () => {
  it("names the worst that waits, what is so before what has returned, then the oldest", () => {
    const { oldest, worst, waiting } = summary([
      anAlarm({ id: "returned", state: "returned", raisedAt: "2026-03-02T05:00:00.000+08:00" }),
      anAlarm({ id: "young", raisedAt: "2026-03-02T07:30:00.000+08:00" }),
      anAlarm({ id: "old", raisedAt: "2026-03-02T07:00:00.000+08:00" }),
      anAlarm({ id: "red-in-hand", level: "red", state: "acknowledged" }),
    ]);
    expect(oldest?.id).toBe("old");
    expect(worst).toBe("red");
    expect(waiting).toMatchObject({ red: 0, orange: 3 });
  });

  it("counts nothing that is suppressed or asks for nobody", () => {
    const quiet = summary([
      anAlarm({ ack: "none" }),
      anAlarm({ suppression: { kind: "by-design", because: "" } }),
    ]);
    expect(quiet.worst).toBe("none");
  });
});

describe("the wall of mines", () => {
  const county = createFakeCounty(0);
  const now = Date.parse("2026-03-02T08:00:00+08:00");
  const looks = (mines: MineJson[], alarms = [anAlarm({ mine: MINES.low, level: "blue" })]) =>
    mineStates(mines, byMine(alarms), now).map((state) => [state.mine.config.code, lookOf(state)]);

  it("shows a mine without data as no data, never as well", () => {
    county.silence(MINES.stopped, now - 120_000);
    const shown = new Map(looks(county.mines(now)) as [string, string][]);
    expect(shown.get(MINES.stopped)).toBe("blind");
    expect(shown.get(MINES.high)).toBe("quiet");
  });

  it("does not believe a link that is up when nothing came for three cycles", () => {
    const [mine] = county.mines(now) as [MineJson, ...MineJson[]];
    const silent = { ...mine, link: "up" as const, newestMessage: "2026-03-02T07:58:20.000+08:00" };
    expect(looks([silent])).toEqual([[MINES.high, "blind"]]);
    expect(looks([{ ...mine, newestMessage: null }])).toEqual([[MINES.high, "blind"]]);
  });

  it("puts the worst first: red, orange, yellow, no data, blue, then the quiet", () => {
    const mines = county.mines(now);
    const base = mines[0] as MineJson;
    const named = (code: string, blind = false): MineJson => ({
      ...base,
      config: { ...base.config, code },
      newestMessage: blind ? null : base.newestMessage,
    });
    const order = looks(
      [named("quiet"), named("blue"), named("blind", true), named("yellow"), named("red"), named("orange")],
      (["blue", "yellow", "orange", "red"] as const).map((level) =>
        anAlarm({ id: level, mine: level, level }),
      ),
    ).map(([code]) => code);
    expect(order).toEqual(["red", "orange", "yellow", "blind", "blue", "quiet"]);
  });

  it("still says a blind mine's open red alarm", () => {
    const blind = { ...(county.mines(now)[0] as MineJson), newestMessage: null };
    expect(looks([blind], [anAlarm({ mine: MINES.high, level: "red" })])).toEqual([[MINES.high, "red"]]);
  });
});

describe("the sound", () => {
  it("rings for the worst that nobody has acknowledged, until someone has", () => {
    const alarms = [anAlarm({ level: "yellow" }), anAlarm({ level: "red", state: "acknowledged" })];
    expect(ringing(alarms)).toBe("yellow");
    expect(ringing([])).toBe("none");
  });

  it("does not ring for what has returned, came late or is suppressed", () => {
    expect(isRinging(anAlarm({ state: "returned" }))).toBe(false);
    expect(isRinging(anAlarm({ retrospective: true }))).toBe(false);
    expect(isRinging(anAlarm({ suppression: { kind: "by-design", because: "" } }))).toBe(false);
  });

  it("has for each level another pattern, and the worse repeats the faster", () => {
    const rhythm = (["red", "orange", "yellow"] as const).map((level) => PATTERNS[level].every ?? 1e9);
    expect([...rhythm].sort((a, b) => a - b)).toEqual(rhythm);
    const prints = Object.values(PATTERNS).map((pattern) => JSON.stringify(pattern));
    expect(new Set(prints).size).toBe(prints.length);
    for (const { tones, every } of Object.values(PATTERNS)) {
      for (const tone of tones) expect(tone.at + tone.for).toBeLessThan(every ?? 60);
    }
  });
});
