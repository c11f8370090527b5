import { describe, expect, it } from "vitest";
import { DEMO_MINES, planMines } from "../../src/cli/simulate/plan.ts";
import { createRandom } from "../../src/cli/simulate/random.ts";
import { activeIn, SCENARIOS } from "../../src/cli/simulate/scenarios.ts";
import { pointsOf } from "../../src/cli/simulate/table.ts";

const demo = planMines({ mines: 4, points: null });
const codes = (index: number) => pointsOf(demo[index]!).map(({ system, def }) => `${system}:${def.code}`);

describe("the demo mines", () => {
  it("have the points for trials by hand: methane, fan and temperature, in the metal mine carbon monoxide", () => {
    const hand = (index: number) => codes(index).filter((code) => code.includes("HAND-"));
    const coal = ["safety:HAND-CH4", "safety:HAND-TEMP", "fan:HAND-FAN"];
    expect([0, 1, 2, 3].map(hand)).toEqual([coal, coal, ["safety:HAND-CO", ...coal.slice(1)], coal]);
  });

  it("have the points that the configuration confirms", () => {
    for (const index of [0, 1]) {
      expect(codes(index)).toEqual(
        expect.arrayContaining([
          ...["1101", "1203"].flatMap((face) =>
            ["T0", "T1", "T2", "CO", "WS", "TEMP", "CUT", "FEED"].map((of) => `safety:${face}-${of}`),
          ),
          ...["1105", "1207"].flatMap((head) =>
            ["T1", "T2", "LFAN", "DUCT"].map((of) => `safety:${head}-${of}`),
          ),
          ...[
            "safety:MR-CH4",
            "safety:FZ-01",
            "safety:FZP-01",
            "person:BS-01",
            "ring:SW-01",
            "ring:RING-STATE",
            "ring:UPS-01",
          ],
          ...["F1-RUN", "F2-RUN", "F-NP", "F1-BT", "F-Q"].map((code) => `fan:${code}`),
        ]),
      );
    }
  });

  it("propose the outburst face class only where the mine has outbursts", () => {
    const loc = (index: number) => pointsOf(demo[index]!).find(({ def }) => def.code === "1101-T1")?.def.loc;
    expect([loc(0), loc(1)]).toEqual(["CF_FACE_OB", "CF_FACE"]);
  });

  it("name cut devices, substations and places that exist, and each code once", () => {
    for (const plan of demo) {
      const points = pointsOf(plan);
      const known = new Set(points.map(({ def }) => def.code));
      expect(known.size).toBe(points.length);
      const named = points.flatMap(({ def }) => [
        ...(def.cuts ?? []),
        ...(def.feeds ? [def.feeds] : []),
        ...(def.substation ? [def.substation] : []),
      ]);
      expect(named.filter((code) => !known.has(code))).toEqual([]);
      expect(points.filter(({ def }) => !/\p{Script=Han}/u.test(def.place))).toEqual([]);
    }
  });
});

describe("mines for load", () => {
  it("come after the demo mines, each with its own code and exactly as many points as asked for", () => {
    const mines = planMines({ mines: 200, points: 120 });
    expect(mines.slice(0, 4).map(({ code }) => code)).toEqual(DEMO_MINES);
    expect(mines[4]?.code).toBe("520523017400");
    expect(new Set(mines.map(({ code }) => code)).size).toBe(200);
    expect(new Set(mines.map((plan) => pointsOf(plan).length))).toEqual(new Set([120]));
    expect(pointsOf(planMines({ mines: 1, points: 5 })[0]!)).toHaveLength(5);
  });
});

describe("scenarios", () => {
  it("have different names and name only points, workings and substations that the mines have", () => {
    expect(new Set(SCENARIOS.map(({ name }) => name)).size).toBe(SCENARIOS.length);
    for (const { incidents } of SCENARIOS) {
      for (const { mine, event } of incidents) {
        const plan = demo.find(({ code }) => code === mine);
        if (plan === undefined) continue;
        const { faces, heads } = plan;
        const known = [
          ...pointsOf(plan).map(({ def }) => def.code),
          ...[...faces, ...heads].map(({ code }) => code),
        ];
        const { kind: _, ...rest } = event;
        expect(
          Object.values(rest).filter((name) => typeof name === "string" && !known.includes(name)),
        ).toEqual([]);
      }
    }
  });

  it("begin each incident once a repetition, also when a step is longer than the incident", () => {
    const blast = SCENARIOS.find(({ name }) => name === "blast")!;
    const begun = (dt: number) => {
      let count = 0;
      for (let t = dt; t <= 30 * 60_000; t += dt)
        count += activeIn(blast, DEMO_MINES[2]!, t, dt).filter(({ begins }) => begins).length;
      return count;
    };
    expect([begun(1_000), begun(5_000), begun(50)]).toEqual([2, 2, 2]);
  });
});

describe("the seeded source of chance", () => {
  it("repeats itself for a seed, differs between seeds and labels, and a fork does not depend on earlier draws", () => {
    const draws = (seed: string) => Array.from({ length: 5 }, createRandom(seed).next);
    expect(draws("a")).toEqual(draws("a"));
    expect(draws("a")).not.toEqual(draws("b"));
    const used = createRandom("a");
    used.next();
    expect(used.fork("x").next()).toBe(createRandom("a").fork("x").next());
    expect(used.fork("x").next()).not.toBe(used.fork("y").next());
  });

  it("is even and normal enough", () => {
    const rng = createRandom("even");
    const normals = Array.from({ length: 20_000 }, rng.normal);
    const mean = normals.reduce((sum, x) => sum + x, 0) / normals.length;
    const variance = normals.reduce((sum, x) => sum + (x - mean) ** 2, 0) / normals.length;
    expect(Math.abs(mean)).toBeLessThan(0.03);
    expect(Math.abs(variance - 1)).toBeLessThan(0.05);
  });
});
