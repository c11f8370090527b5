import { describe, expect, it } from "vitest";
import type { Alarm } from "../../src/model/alarm.ts";
import { HOUR, SECOND } from "../../src/model/time.ts";
import { loadConfig } from "../../src/wire/config/load.ts";
import { anEngine } from "../support/builders-core.ts";
import { county } from "../support/county.ts";
import { shippedConfig } from "../support/shipped-config.ts";

/** Nine in the morning in China. */
const AT = 1_767_229_200_000;
const MINE = "520523017311";
const loaded = loadConfig(shippedConfig(), () => undefined, AT);
if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
const { config } = loaded;

interface Rung {
  readonly alarm: Alarm;
  /** Seconds into the story. */
  readonly at: number;
}

/** What the demo of this name rings, as fast as the machine goes: each raise and each step up. */
function demo(scenario: string, seconds: number): Rung[] {
  const engine = anEngine();
  let seq = 0;
  engine.step({
    type: "start",
    seq: ++seq,
    now: AT,
    version: "test",
    epoch: "test",
    firstCall: "with-raise",
  });
  engine.step({ type: "config", seq: ++seq, now: AT, hash: "test", config, reason: "start" });
  const rung: Rung[] = [];
  for (const { now, arrival } of county({ scenario, seconds, at: AT })) {
    for (const entry of engine.step({ ...arrival, now, seq: ++seq } as never).entries) {
      if (entry.type !== "transition" || !/^(raise|step-up)$/.test(entry.transition.what)) continue;
      rung.push({ alarm: entry.alarm, at: (entry.t - AT) / SECOND });
    }
  }
  return rung;
}

const short = ({ alarm }: Rung) =>
  `${alarm.subject.id.slice(MINE.length + 1) || "mine"} ${alarm.level} ${alarm.rule}`;
const ofMine = (rung: readonly Rung[]) => rung.filter(({ alarm }) => alarm.mine === MINE);

describe("the demo", () => {
  it.each([
    {
      name: "gas-outburst",
      minutes: 8,
      expected: [
        "safety:1101-T1 yellow CH4-03",
        "safety:1101-T1 orange CH4-04",
        "safety:1101-T1 red CH4-19",
        "safety:1101-T2 orange CH4-05",
        "safety:1101-T0 yellow CH4-01",
        "safety:1101-T0 orange CH4-02",
        "safety:MR-CH4 orange CH4-17",
      ],
    },
    { name: "main-fan-stop", minutes: 8, expected: ["fan:MAIN red FAN-01", "safety:1105-T1 yellow CH4-07"] },
    {
      name: "ring-break",
      minutes: 8,
      expected: ["ring:RING-STATE orange NET-02", "ring:SW-04 orange NET-01", "ring:UPS-01 yellow NET-04"],
    },
    {
      name: "over-capacity",
      minutes: 15,
      expected: [
        "person:5205230173110003 yellow PER-03",
        "person:5205230173110001 yellow PER-03",
        "mine orange PER-02",
      ],
    },
    { name: "calibration", minutes: 8, expected: ["safety:1101-T1 blue CAL-01"] },
    { name: "sos", minutes: 3, expected: ["person:52052301731100065 red PER-01"] },
  ])(
    "$name rings what an engineer expects, in Chinese and with the clause",
    ({ name, minutes, expected }) => {
      const rung = demo(name, minutes * 60);
      expect(ofMine(rung).map(short)).toEqual(expect.arrayContaining(expected));
      for (const { alarm } of rung) {
        expect(alarm.title).toMatch(/[\u4e00-\u9fff]{2,}/);
        expect(alarm.titleEn).toMatch(/^[ -~\u2013≥≤℃]+$/);
        if (!alarm.unverified) expect(alarm.basis).toMatch(/《.+》|[A-Z]{2,3}\/?T? ?\d+/);
        expect(config.rules.find(({ id }) => id === alarm.rule)?.response?.action).toMatch(
          /[\u4e00-\u9fff]{4,}/,
        );
      }
    },
  );

  it("stands still: gas follows a main fan that stops, and the first red comes at once", () => {
    const rung = ofMine(demo("main-fan-stop", 8 * 60));
    expect(rung.find(({ alarm }) => alarm.level !== "blue")).toMatchObject({
      at: 20,
      alarm: { rule: "FAN-01", level: "red", title: "主通风机全停" },
    });
    expect(rung.filter(({ alarm }) => alarm.rule.startsWith("CH4-")).every(({ at }) => at > 60)).toBe(true);
  });

  it("calibrates without an overrun: test gas of 2 % raises no alarm for methane", () => {
    const rung = ofMine(demo("calibration", 8 * 60));
    expect(rung.filter(({ alarm }) => alarm.class === "over-limit")).toEqual([]);
  });

  it("is quiet on a normal day: nothing above the work-list of places to confirm in an hour", () => {
    const rung = demo("normal", HOUR / SECOND);
    const rings = rung.filter(({ alarm }) => alarm.ack === "required" && alarm.rule !== "SEN-06b");
    expect(rings.map(short)).toEqual([]);
  }, 120_000);
});
