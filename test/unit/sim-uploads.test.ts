import { describe, expect, it } from "vitest";
import { createMineRun } from "../../src/cli/simulate/mine-run.ts";
import type { Message } from "../../src/cli/simulate/payload.ts";
import { DEMO_MINES, planMines } from "../../src/cli/simulate/plan.ts";
import { createRandom } from "../../src/cli/simulate/random.ts";
import { SCENARIOS } from "../../src/cli/simulate/scenarios.ts";

const START = Date.parse("2026-03-02T09:00:00+08:00");

/** A reading with the time of its message where it has none of its own. */
interface Row {
  p: string;
  v: number;
  s?: number;
  t: string;
}
/** Of all bodies; a test names only what its topic has. */
interface Body {
  ts: string;
  seq: number;
  readings: Row[];
  count: number;
  people: { card: string; up?: string; sos: boolean }[];
  areas: { name: string }[];
  events: { kind: string; card: string }[];
}

/** A line that takes everything while it is up, and does what it is told. */
function line(up = true) {
  const sent: { topic: string; body: Body; second: number }[] = [];
  const state = { up, waiting: 0, second: 0 };
  return {
    sent,
    state,
    to: (kind: string) => sent.filter(({ topic }) => topic.endsWith(`/${kind}`)),
    link: {
      get up() {
        return state.up;
      },
      get waiting() {
        return state.waiting;
      },
      send: ({ topic, payload }: Message) =>
        sent.push({ topic, body: JSON.parse(payload), second: state.second }),
      cut: () => {
        state.up = false;
      },
      mend: () => {
        state.up = true;
      },
    },
  };
}

function mine(
  index: number,
  scenario: string,
  { period = null, points = null }: { period?: number | null; points?: number | null } = {},
) {
  return createMineRun({
    plan: planMines({ mines: 4, points })[index]!,
    scenario: SCENARIOS.find(({ name }) => name === scenario)!,
    at: START,
    rng: createRandom("1"),
    period,
  });
}

function steps(run: ReturnType<typeof mine>, on: ReturnType<typeof line>, seconds: number, dt = 1_000) {
  for (let i = 0; i < (seconds * 1_000) / dt; i++) {
    on.state.second += dt / 1_000;
    run.step(dt, on.link);
  }
}

const readings = (messages: { body: Body }[]): Row[] =>
  messages.flatMap(({ body }) => body.readings.map((one) => ({ ...one, t: one.t ?? body.ts })));
const key = ({ p, t }: { p: string; t: string }) => `${p} ${Date.parse(t)}`;

describe("uploads of a mine", () => {
  it("are numbered without a gap per topic and never two of a point for one moment", () => {
    const on = line();
    steps(mine(0, "gas-rise"), on, 300);
    const safety = on.sent.filter(({ topic }) => topic === `mine/v1/${DEMO_MINES[0]}/safety/readings`);
    expect(safety.map(({ body }) => body.seq)).toEqual(safety.map((_, i) => i + 1));
    const keys = readings(safety).map(key);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it("carry every published point of every system within its period", () => {
    for (const index of [0, 1, 2, 3]) {
      const on = line();
      const run = mine(index, "normal");
      steps(run, on, 61);
      const seen = new Set(readings(on.to("readings")).map(({ p }) => p));
      expect(
        run.world.points
          .filter(({ silent }) => !silent)
          .map(({ def }) => def.code)
          .filter((code) => !seen.has(code)),
      ).toEqual([]);
    }
  });

  it("tell a switch and a state bit within the second in which they change", () => {
    const on = line();
    const run = mine(0, "fan-stop");
    steps(run, on, 60);
    const stops = readings(on.to("readings")).filter(({ p, v }) => p === "1105-LFAN" && v === 0);
    expect(Date.parse(stops[0]?.t) - START).toBe(20_000);
  });

  it("reach the rate that was asked for", () => {
    const on = line();
    const run = mine(1, "normal", { period: 250, points: 200 });
    steps(run, on, 20, 250);
    expect(readings(on.to("readings")).length / 20 / (run.points * 4)).toBeGreaterThan(0.95);
    expect(Math.max(...on.to("readings").map(({ body }) => body.readings.length))).toBeLessThanOrEqual(64);
  });

  it("give the points a cycle when they come slower than contract §3 supposes, and keep the by-hand points at 0", () => {
    const table = JSON.parse(mine(0, "normal", { period: 45_000 }).tables()[0]!.payload).points;
    const cycles = new Map(table.map(({ code, cycle }: { code: string; cycle?: number }) => [code, cycle]));
    expect([cycles.get("1101-T1"), cycles.get("HAND-CH4")]).toEqual([45, 0]);
    expect(JSON.parse(mine(0, "normal").tables()[0]!.payload).points[2].cycle).toBeUndefined();
  });

  it("show 4 minutes more on the clock of a mine that is fast, on every topic, and the truth after it is set right", () => {
    const on = line();
    steps(mine(1, "clock-skew"), on, 300);
    const ahead = (second: number) =>
      on.sent
        .filter((one) => one.second === second)
        .map(({ body }) => Date.parse(body.ts) - START - second * 1_000);
    const skews = Array.from({ length: 300 }, (_, i) => ahead(i + 1));
    expect(new Set(skews.slice(30, 250).flat())).toEqual(new Set([240_000]));
    expect(new Set(skews.slice(265).flat())).toEqual(new Set([0]));
  });

  it("give the people below every 15 s, with the areas, and who came up once", () => {
    const on = line();
    steps(mine(0, "shift-change"), on, 660);
    const people = on.to("people");
    expect(people.length).toBe(44);
    expect(people[0]?.body.count).toBe(people[0]?.body.people.length);
    expect(people[0]?.body.areas[0].name).toBe("副井井底车场");
    const came = people
      .flatMap(({ body }) => body.people.filter(({ up }) => up !== undefined))
      .map(({ card }) => card);
    expect(came.length).toBe(64);
    expect(new Set(came).size).toBe(64);
  });

  it("carry a call for help in the list of people and as an event of the person stream", () => {
    const on = line();
    steps(mine(0, "sos"), on, 60);
    const caller = on
      .to("people")
      .at(-1)
      ?.body.people.filter(({ sos }) => sos);
    expect(caller).toHaveLength(1);
    expect(
      on
        .to("events")
        .map(({ topic, body }) => [topic.split("/")[3], body.events[0].kind, body.events[0].card]),
    ).toEqual([["person", "sos", caller?.[0]?.card]]);
  });
});

describe("a line that drops", () => {
  const on = line();
  const run = mine(1, "link-drop");
  steps(run, on, 300);

  it("carries nothing live while it is down", () => {
    expect(on.sent.filter(({ second }) => second > 30 && second < 210)).toEqual(
      on.sent.filter(({ second, topic }) => second > 30 && second < 210 && topic.endsWith("/events")),
    );
  });

  it("is followed by all that was sampled, as backfill, each reading once and with its own time", () => {
    const late = readings(on.to("backfill"));
    const times = late.filter(({ p }) => p === "1101-T1").map(({ t }) => (Date.parse(t) - START) / 1_000);
    expect(times.every((t, i) => i === 0 || t > times[i - 1]!)).toBe(true);
    expect(times[0]).toBeLessThanOrEqual(36);
    expect(times.at(-1)).toBeGreaterThanOrEqual(204);
    const keys = [...late, ...readings(on.to("readings"))].map(key);
    expect(new Set(keys).size).toBe(keys.length);
    expect(late.some(({ p, v, s }) => p === "1101-T1" && v >= 1.5 && s === 3)).toBe(true);
    expect(run.kept).toBe(0);
  });

  it("keeps also what a slow receiver leaves waiting", () => {
    const slow = line();
    slow.state.waiting = 10_000;
    const held = mine(1, "normal");
    steps(held, slow, 30);
    expect([slow.to("readings").length, held.kept > 100]).toEqual([0, true]);
    slow.state.waiting = 0;
    steps(held, slow, 1);
    expect(readings(slow.to("backfill")).length).toBeGreaterThan(100);
  });
});
