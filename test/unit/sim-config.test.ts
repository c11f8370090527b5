import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { areasOf } from "../../src/cli/simulate/areas.ts";
import { planMines } from "../../src/cli/simulate/plan.ts";
import { pointsOf } from "../../src/cli/simulate/table.ts";
import type { EffectiveConfig } from "../../src/model/config.ts";
import { loadConfig } from "../../src/wire/config/load.ts";

/** The configuration that ships. */
function shipped(): EffectiveConfig {
  const files = readdirSync("config", { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".yaml"))
    .map((path) => ({ path: path.replaceAll("\\", "/"), text: readFileSync(join("config", path), "utf8") }));
  const loaded = loadConfig(files, () => undefined, 0);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
  return loaded.config;
}

describe("the demo mines and the configuration that ships", () => {
  const config = shipped();
  const demo = planMines({ mines: 4, points: null });
  const configured = (code: string) => config.mines.find((mine) => mine.code === code);

  it("publish exactly the systems that are expected of each mine", () => {
    for (const plan of demo) {
      const published = new Set(pointsOf(plan).map(({ system }) => system));
      expect([...published].sort()).toEqual([...(configured(plan.code)?.systems ?? [])].sort());
    }
  });

  it("have each point whose location is confirmed, and propose the same location", () => {
    for (const plan of demo) {
      const proposed = new Map(pointsOf(plan).map(({ system, def }) => [`${system}:${def.code}`, def.loc]));
      for (const [id, { loc }] of Object.entries(configured(plan.code)?.points ?? {})) {
        expect([id, proposed.get(id)]).toEqual([id, loc]);
      }
    }
  });

  it("have each area that points are tied to", () => {
    for (const plan of demo) {
      const areas = areasOf(plan).map(({ code }) => code);
      for (const { area } of Object.values(configured(plan.code)?.points ?? {}))
        if (area !== undefined) expect(areas).toContain(area);
    }
    expect(
      Object.values(configured("520523017311")?.points ?? {}).some(({ area }) => area !== undefined),
    ).toBe(true);
  });

  it("use units, types and switch words that are known", () => {
    const words = new Set(Object.values(config.switchTypes).flatMap(({ values }) => Object.values(values)));
    for (const { def } of demo.flatMap(pointsOf)) {
      const states = Object.values(def.states ?? {}).filter((word) => !words.has(word as never));
      expect([def.code, states]).toEqual([def.code, []]);
      if (/^\d{4}$/.test(def.type) && def.unit === "%CH4") expect(config.units).toHaveProperty([def.unit]);
    }
  });

  it("never have more people below than approved, even when two shifts meet", () => {
    for (const plan of demo) {
      expect(2 * plan.crew).toBeLessThanOrEqual(configured(plan.code)?.approvedUnderground ?? 0);
    }
  });
});
