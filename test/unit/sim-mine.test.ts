import { describe, expect, it } from "vitest";
import { advance, createWorld, type MineWorld, readingsOf } from "../../src/cli/simulate/mine.ts";
import type { OwnEvent } from "../../src/cli/simulate/mine-events.ts";
import { snapshot } from "../../src/cli/simulate/people.ts";
import { DEMO_MINES, planMines } from "../../src/cli/simulate/plan.ts";
import { createRandom } from "../../src/cli/simulate/random.ts";
import { SCENARIOS } from "../../src/cli/simulate/scenarios.ts";
import { HOUR, MINUTE, SECOND } from "../../src/model/time.ts";

const START = Date.parse("2026-03-02T09:00:00+08:00");
const [OUTBURST, COAL, METAL, STOPPED] = DEMO_MINES as [string, string, string, string];

/** One moment of a run: what each point shows (`v`, or `v/state`), and the mine's own records of that second. */
interface Moment {
  readonly second: number;
  readonly world: MineWorld;
  readonly at: (code: string) => { v: number | null; s: number } | undefined;
  readonly told: readonly OwnEvent[];
}

function run({
  mine,
  scenario,
  seed = "1",
  seconds,
  start = START,
  step = 1,
}: {
  mine: string;
  scenario: string;
  seed?: string;
  seconds: number;
  start?: number;
  step?: number;
}): Moment[] {
  const plan = planMines({ mines: 4, points: null }).find(({ code }) => code === mine);
  const found = SCENARIOS.find(({ name }) => name === scenario);
  if (plan === undefined || found === undefined) throw new Error("no such mine or scenario");
  const rng = createRandom(seed).fork(mine);
  let world = createWorld(plan, { scenario: found, at: start, rng });
  return Array.from({ length: Math.floor(seconds / step) }, (_, i): Moment => {
    const moved = advance(world, step * SECOND, rng);
    world = moved.world;
    const here = world;
    const shown = new Map(here.points.map(({ def }, p) => [def.code, here.shown[p]]));
    return {
      second: (i + 1) * step,
      world: here,
      told: moved.told,
      at: (code) => {
        const one = shown.get(code);
        return one === undefined ? undefined : { v: one.value, s: one.bits };
      },
    };
  });
}

const first = (run: readonly Moment[], holds: (moment: Moment) => boolean): number =>
  run.find(holds)?.second ?? Number.POSITIVE_INFINITY;
const value = (moment: Moment | undefined, code: string): number => moment?.at(code)?.v ?? Number.NaN;
const peak = (run: readonly Moment[], code: string): number =>
  Math.max(...run.map((moment) => value(moment, code)));
const all = (moment: Moment) =>
  ["safety", "fan", "person", "ring", "tailings"].map((system) => readingsOf(moment.world, system));

describe("a simulated mine", () => {
  it("says the same for the same seed and scenario, and other things for another seed", () => {
    const again = () => run({ mine: OUTBURST, scenario: "gas-rise", seconds: 400 }).map(all);
    expect(again()).toEqual(again());
    expect(run({ mine: OUTBURST, scenario: "gas-rise", seconds: 60, seed: "2" }).map(all)).not.toEqual(
      again().slice(0, 60),
    );
  });

  it("has the same gas at whatever time of day it is started", () => {
    const gas = (start: number) =>
      run({ mine: OUTBURST, scenario: "normal", seconds: 60, start }).map((moment) => moment.at("MR-CH4"));
    expect(gas(START)).toEqual(gas(START + 7 * HOUR));
  });

  it("exceeds no limit and makes no record on a quiet day", () => {
    for (const mine of DEMO_MINES) {
      const quiet = run({ mine, scenario: "normal", seconds: 24 * 3600, step: 60 });
      expect(quiet.flatMap(({ told }) => told)).toEqual([]);
      expect(
        quiet
          .flatMap(all)
          .flat()
          .filter(({ bits }) => bits !== 0),
      ).toEqual([]);
    }
  });

  it("shows values at the resolution of the point and within its range", () => {
    for (const { world } of run({ mine: OUTBURST, scenario: "gas-rise", seconds: 500, step: 5 })) {
      world.points.forEach(({ def }, i) => {
        const v = world.shown[i]?.value ?? null;
        if (v === null) return;
        if (def.resolution !== undefined)
          expect(Math.abs(v / def.resolution - Math.round(v / def.resolution))).toBeLessThan(1e-6);
        if (def.high !== undefined) expect(v).toBeLessThanOrEqual(def.high);
      });
    }
  });

  it("never publishes the points for trials by hand", () => {
    for (const mine of DEMO_MINES) {
      const codes = run({ mine, scenario: "flood", seconds: 60 })
        .flatMap(all)
        .flat()
        .map(({ code }) => code);
      expect(codes.filter((code) => code.startsWith("HAND-"))).toEqual([]);
    }
  });
});

describe("cutting coal", () => {
  it("raises methane at the face, and standing lowers it", () => {
    const day = run({ mine: OUTBURST, scenario: "normal", seconds: 8 * 3600, step: 10 });
    const face = (moment: Moment) => moment.world.faces[0];
    const mean = (list: readonly Moment[]) =>
      list.reduce((sum, moment) => sum + value(moment, "1101-T1"), 0) / list.length;
    const cutting = mean(day.filter((moment) => (face(moment)?.cutting.coal ?? 0) > 0.95));
    const standing = mean(day.filter((moment) => (face(moment)?.cutting.coal ?? 1) < 0.1));
    expect(cutting).toBeGreaterThan(standing * 1.4);
  });
});

describe("a gas inrush at a face", () => {
  const rise = run({ mine: OUTBURST, scenario: "gas-rise", seconds: 900 });
  const reached = (code: string) => first(rise, (moment) => value(moment, code) >= 1);

  it("is seen at T1 first, then in the return, then in the return corner", () => {
    expect(reached("1101-T1")).toBeLessThan(reached("1101-T2"));
    expect(reached("1101-T2")).toBeLessThan(reached("1101-T0"));
    expect(peak(rise, "1101-T1")).toBeGreaterThanOrEqual(1.5);
    expect(peak(rise, "1203-T1")).toBeLessThan(1);
  });

  it("sets the alarm bit from the alarm limit and the cut bit from the cut limit until below the restore limit", () => {
    const t1 = rise.map((moment) => moment.at("1101-T1") ?? { v: 0, s: 0 });
    expect(t1.filter(({ v, s }) => (v ?? 0) >= 1 !== ((s & 1) !== 0))).toEqual([]);
    const cut = t1.findIndex(({ v }) => (v ?? 0) >= 1.5);
    const restored = t1.findIndex(({ v }, i) => i > cut && (v ?? 0) < 1);
    expect(t1.slice(0, cut).every(({ s }) => (s & 2) === 0)).toBe(true);
    expect(t1.slice(cut, restored).every(({ s }) => (s & 2) !== 0)).toBe(true);
    expect(t1[restored]?.s).toBe(0);
  });

  it("cuts the power of the face at once; the feed follows, and both come back only a minute after all is well", () => {
    const over = first(rise, (moment) => ((moment.at("1101-T2")?.s ?? 0) & 2) !== 0);
    expect(value(rise[over], "1101-CUT")).toBe(1);
    expect(value(rise[over], "1101-FEED")).toBe(0);
    const well = rise.findLastIndex((moment) =>
      [0, 1, 2].some((n) => ((moment.at(`1101-T${n}`)?.s ?? 0) & 2) !== 0),
    );
    expect(value(rise[well + 50], "1101-CUT")).toBe(1);
    expect(value(rise[well + 70], "1101-CUT")).toBe(0);
    expect(value(rise[well + 70], "1101-FEED")).toBe(1);
  });

  it("is recorded by the mine with start, end and greatest value", () => {
    const told = rise.flatMap((moment) => moment.told).filter(({ p }) => p === "1101-T1");
    const [begun] = told.filter(({ kind, end }) => kind === "002" && end === null);
    const [ended] = told.filter(({ kind, end }) => kind === "002" && end !== null);
    expect(ended).toMatchObject({ id: begun?.id, start: begun?.start, max: peak(rise, "1101-T1") });
    expect(ended?.end).toBeGreaterThan(begun?.start ?? Number.POSITIVE_INFINITY);
  });

  it("leaves the feed on when the breaker does not obey, which the mine records as 003", () => {
    const stuck = run({ mine: OUTBURST, scenario: "feed-anomaly", seconds: 400 });
    const cut = stuck.filter((moment) => value(moment, "1101-CUT") === 1);
    expect(cut.length).toBeGreaterThan(30);
    expect(cut.every((moment) => value(moment, "1101-FEED") === 1)).toBe(true);
    expect(stuck.flatMap(({ told }) => told).map(({ kind, p }) => `${kind} ${p}`)).toContain("003 1101-FEED");
  });
});

describe("a stopped local fan", () => {
  const stop = run({ mine: OUTBURST, scenario: "fan-stop", seconds: 900 });

  it("cuts the heading's power before its gas reaches the limit (风电闭锁)", () => {
    const off = first(stop, (moment) => value(moment, "1105-LFAN") === 0);
    expect(value(stop[off], "1105-FEED")).toBe(0);
    expect(first(stop, (moment) => value(moment, "1105-DUCT") === 0) - off).toBeLessThan(60);
    expect(first(stop, (moment) => value(moment, "1105-T1") >= 1)).toBeGreaterThan(off + 60);
  });

  it("lets gas grow towards a bound, then the air thins it out again", () => {
    const at = (second: number) => value(stop[second], "1105-T1");
    expect(at(300) - at(180)).toBeGreaterThan(0.2);
    expect(at(480) - at(360)).toBeLessThan(at(220) - at(100) + 0.05);
    expect(peak(stop, "1105-T1")).toBeGreaterThan(1.5);
    expect(value(stop.at(-1), "1105-T1")).toBeLessThan(0.6);
    expect(value(stop.at(-1), "1105-FEED")).toBe(1);
  });
});

describe("a stopped main fan", () => {
  const stop = run({ mine: OUTBURST, scenario: "main-fan-stop", seconds: 700 });
  const still = stop.filter((moment) => value(moment, "F1-RUN") === 0 && value(moment, "F2-RUN") === 0);

  it("lets negative pressure and flow fall and gas rise in every working, with all power off", () => {
    const end = still.at(-1);
    expect(value(end, "F-NP")).toBeLessThan(200);
    expect(value(end, "F-Q")).toBeLessThan(0.25 * value(stop[0], "F-Q"));
    for (const code of ["1101-T1", "1203-T1", "1105-T1", "1207-T1"]) {
      expect(value(end, code)).toBeGreaterThan(1.5 * value(stop[0], code));
    }
    expect(["1101", "1203", "1105", "1207"].map((code) => value(end, `${code}-FEED`))).toEqual([0, 0, 0, 0]);
  });

  it("is followed by the standby machine and full air", () => {
    expect(value(stop.at(-1), "F2-RUN")).toBe(1);
    expect(value(stop.at(-1), "F-NP")).toBeGreaterThan(1_900);
    expect(value(stop.at(-1), "F2-BT")).toBeGreaterThan(value(still.at(-1), "F2-BT") + 3);
  });

  it("sends everybody to the shaft bottom", () => {
    const areas = snapshot(still.at(-1)!.world.people, new Map()).map(({ area }) => area);
    expect(new Set(areas)).toEqual(new Set([`${OUTBURST}0001`]));
  });
});

describe("a blast", () => {
  it("fills the return with carbon monoxide that the air carries off within some minutes", () => {
    const blast = run({ mine: METAL, scenario: "blast", seconds: 600 });
    expect(peak(blast, "S120-CO")).toBeGreaterThan(60);
    expect(peak(blast, "S120-NO2")).toBeGreaterThan(2.5);
    expect(value(blast.at(-1), "S120-CO")).toBeLessThan(24);
    expect(peak(blast, "S160-CO")).toBeLessThan(24);
  });
});

describe("instruments", () => {
  it("under test gas show state 4, a step to 2.0 %, no cut bit and no cut", () => {
    const cal = run({ mine: OUTBURST, scenario: "calibration", seconds: 340 });
    const during = cal.filter((moment) => moment.at("1101-T1")?.s === 4);
    expect(during.length).toBe(300);
    expect(peak(during, "1101-T1")).toBe(2);
    expect(value(during[0], "1101-T1")).toBe(0);
    expect(cal.every((moment) => value(moment, "1101-CUT") === 0)).toBe(true);
    expect(cal.flatMap(({ told }) => told.map(({ kind }) => kind))).toEqual(["007", "007"]);
  });

  it("send a broken cable as 128 and over range as 8 without a value, and a point not polled with its last value", () => {
    const outburst = run({ mine: OUTBURST, scenario: "sensor-fault", seconds: 200 });
    const coal = run({ mine: COAL, scenario: "sensor-fault", seconds: 300 });
    expect(outburst[100]?.at("1105-T1")).toEqual({ v: null, s: 128 });
    expect(coal[100]?.at("1203-T0")).toEqual({ v: null, s: 8 });
    const held = outburst.filter((moment) => moment.at("1101-CO")?.s === 32);
    expect(new Set(held.map((moment) => value(moment, "1101-CO"))).size).toBe(1);
    expect(outburst[100]?.at("1203-WS")?.s).toBe(64);
  });

  it("of a lost substation are all unknown (16), and the substation says lost", () => {
    const lost = run({ mine: COAL, scenario: "sensor-fault", seconds: 300 })[250];
    expect(["1105-T1", "1105-T2", "1105-LFAN", "1105-FEED"].map((code) => lost?.at(code)?.s)).toEqual([
      16, 16, 16, 16,
    ]);
    expect([value(lost, "FZ-03"), value(lost, "FZP-03"), value(lost, "FZ-02")]).toEqual([1, 1, 0]);
    expect(lost?.at("1207-T1")?.s).toBe(0);
  });
});

describe("a flood", () => {
  it("puts every analog point with an upper limit into alarm, and lets all go again", () => {
    const flood = run({ mine: COAL, scenario: "flood", seconds: 120 });
    const limited = flood[50]!.world.points.filter(
      ({ def, silent }) => def.alarmHigh !== undefined && !silent,
    );
    expect(limited.length).toBeGreaterThan(15);
    expect(limited.filter(({ def }) => ((flood[50]?.at(def.code)?.s ?? 0) & 1) === 0)).toEqual([]);
    expect(limited.filter(({ def }) => flood[110]?.at(def.code)?.s !== 0)).toEqual([]);
  });
});

describe("the ring", () => {
  it("changes over within 50 ms when it breaks and is broken until it is mended", () => {
    const ring = run({ mine: OUTBURST, scenario: "ring-break", seconds: 520 });
    expect(value(ring[100], "RING-STATE")).toBe(2);
    expect(value(ring[100], "RING-CO")).toBe(1);
    expect(value(ring[100], "RING-COMS")).toBeLessThanOrEqual(50);
    expect([value(ring[200], "SW-04"), value(ring[200], "SW-03"), value(ring[200], "UPS-01")]).toEqual([
      0, 1, 1,
    ]);
    expect(value(ring[200], "UPS-01-MIN")).toBeLessThan(value(ring[100], "UPS-01-MIN"));
    expect([value(ring.at(-1), "RING-STATE"), value(ring.at(-1), "SW-04")]).toEqual([0, 1]);
  });
});

describe("people", () => {
  const day = run({
    mine: OUTBURST,
    scenario: "normal",
    seconds: 24 * 3600,
    step: 60,
    start: Date.parse("2026-03-02T12:00:00+08:00"),
  });
  const below = (moment: Moment | undefined) => moment?.world.people.below.size ?? -1;

  it("work in three shifts: one shift is below, two for a while at the change", () => {
    expect(below(day[0])).toBe(64);
    expect(below(day[(3.9 * HOUR) / MINUTE])).toBeGreaterThan(100);
    expect(below(day[6 * 60])).toBe(64);
    expect(Math.min(...day.map(below))).toBeGreaterThanOrEqual(60);
  });

  it("carry cards of their mine, made-up names, areas and stations that exist, and times in order", () => {
    const { world } = day[100]!;
    const areas = new Map(world.people.areas.map(({ code, station }) => [code, station]));
    for (const row of snapshot(world.people, new Map())) {
      expect(row.card).toMatch(new RegExp(`^${OUTBURST}\\d{5}$`));
      expect(row.name).toMatch(/^矿工\d{3}$/);
      expect(areas.get(row.area)).toBe(row.station);
      expect(row.down).toBeLessThanOrEqual(row.areaSince);
      expect(row.areaSince).toBeLessThanOrEqual(world.at);
    }
  });

  it("always have a leader below while work goes on, and nobody in the restricted area or in the stopped mine", () => {
    for (const { world } of day) {
      const rows = snapshot(world.people, new Map());
      expect(rows.some(({ leader }) => leader)).toBe(true);
      expect(rows.filter(({ area }) => area === world.people.areas.at(-1)?.code)).toEqual([]);
    }
    expect(below(run({ mine: STOPPED, scenario: "normal", seconds: 5 }).at(-1))).toBe(0);
  });

  it("are named once more with the time when they come up", () => {
    const came = day.flatMap(({ world }) =>
      snapshot(world.people, world.people.up).filter(({ up }) => up !== null),
    );
    expect(came.length).toBe(3 * 64);
    expect(came.every(({ up, down }) => (up ?? 0) - down > 7 * HOUR)).toBe(true);
  });
});
