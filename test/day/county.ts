import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import type { FacePlan, HeadPlan, MinePlan, WorksPlan } from "../../src/cli/simulate/plan.ts";
import { createRandom, type Random } from "../../src/cli/simulate/random.ts";
import { pointsOf } from "../../src/cli/simulate/table.ts";
import type { GasGrade } from "../../src/model/mine.ts";
import type { Instant } from "../../src/model/time.ts";
import { type ConfigText, type LoadedConfig, loadConfig } from "../../src/wire/config/load.ts";

/** A county of 40 mines with 200 points each: 28 produce, 12 stand still and keep their air, pumps and keepers. */
export interface CountyMine {
  /** From 1. */
  readonly number: number;
  readonly plan: MinePlan;
  readonly grade: GasGrade | null;
  readonly rockBurst: boolean;
}

const POINTS = 200;
const PRODUCING = 28;
const STOPPED = 12;

export function countyMines(seed: string): CountyMine[] {
  const rng = createRandom(seed);
  return Array.from({ length: PRODUCING + STOPPED }, (_, i) => {
    const number = i + 1;
    const own = rng.fork(`mine/${number}`);
    return number <= PRODUCING ? producing(number, own) : stopped(number, own);
  });
}

const codeOf = (number: number): string => `5205230${String(20_000 + number)}`;

/** 8 with outbursts (two of them with rock bursts too), 10 with much gas, 8 with little, 2 metal mines. */
function kindOf(number: number): Pick<CountyMine, "grade" | "rockBurst"> & Pick<MinePlan, "kind"> {
  if (number <= 8) return { grade: "outburst", rockBurst: number > 6, kind: "outburst" };
  if (number <= 18) return { grade: "high", rockBurst: false, kind: "coal" };
  if (number <= 26) return { grade: "low", rockBurst: false, kind: "coal" };
  return { grade: null, rockBurst: false, kind: "metal" };
}

/** Gas the workings give off, against that of a mine with little. */
const RICHNESS: Readonly<Record<GasGrade, number>> = { low: 1, high: 1.4, outburst: 1.8 };

function producing(number: number, rng: Random): CountyMine {
  const { grade, rockBurst, kind } = kindOf(number);
  const rich = (grade === null ? 0 : RICHNESS[grade]) * rng.between(0.85, 1.15);
  const substations = Array.from({ length: 5 }, (_, i) => `FZ-0${i + 1}`);
  const works: WorksPlan = {
    belts: 4,
    doors: 4,
    pumps: 3,
    intakes: kind === "outburst",
    rockBurst,
    lateOnes: 25,
    coarse: number === 24,
    pond: kind === "metal",
  };
  const plan: MinePlan = {
    code: codeOf(number),
    kind,
    faces: kind === "metal" ? stopes() : faces(rich),
    heads: kind === "metal" ? [] : heads(rich),
    flow: 5_000,
    substations,
    switches: 5,
    crew: rng.integer(32, 48),
    byHand: false,
    points: POINTS,
    works,
  };
  return { number, plan, grade, rockBurst };
}

function faces(rich: number): FacePlan[] {
  const size = { air: 1_500, volume: 3_000 };
  return [
    { code: "1101", seam: 1.2 * rich, cut: 1.4 * rich, goaf: 0.8 * rich, substation: "FZ-01", ...size },
    { code: "1203", seam: 1.0 * rich, cut: 1.2 * rich, goaf: 0.7 * rich, substation: "FZ-02", ...size },
  ];
}

function heads(rich: number): HeadPlan[] {
  const size = { air: 400, volume: 400, blasted: true };
  return [
    { code: "1105", seam: 0.4 * rich, cut: 0.3 * rich, substation: "FZ-03", ...size },
    { code: "1207", seam: 0.35 * rich, cut: 0.25 * rich, substation: "FZ-04", ...size },
  ];
}

const stopes = (): FacePlan[] =>
  ["S120", "S160"].map((code, i) => ({
    code,
    seam: 0,
    cut: 0,
    goaf: 0,
    air: 900,
    volume: 2_000,
    substation: `FZ-0${i + 1}`,
  }));

function stopped(number: number, rng: Random): CountyMine {
  const works: WorksPlan = {
    belts: 1,
    doors: 1,
    pumps: 2,
    intakes: false,
    rockBurst: false,
    lateOnes: 0,
    coarse: false,
    pond: false,
  };
  const plan: MinePlan = {
    code: codeOf(number),
    kind: "stopped",
    faces: [],
    heads: [],
    flow: 2_400,
    substations: ["FZ-01", "FZ-02"],
    switches: 0,
    crew: rng.integer(2, 4),
    byHand: false,
    points: POINTS,
    works,
  };
  return { number, plan, grade: "low", rockBurst: false };
}

/** Everything that ships but its mines, and a file for each mine of the county. */
export function countyConfig(mines: readonly CountyMine[], now: Instant): LoadedConfig {
  const shipped = readdirSync("config", { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".yaml") && !path.startsWith("mines"))
    .sort()
    .map((path): ConfigText => ({ path, text: readFileSync(join("config", path), "utf8") }));
  const own = mines.map((mine): ConfigText => ({ path: `mines/${mine.plan.code}.yaml`, text: fileOf(mine) }));
  return loadConfig([...shipped, ...own], () => undefined, now);
}

function fileOf({ number, plan, grade, rockBurst }: CountyMine): string {
  const stands = plan.kind === "stopped";
  const points = pointsOf(plan);
  const confirmed = points
    .filter(({ def }) => def.loc !== undefined)
    .map(({ system, def }): [string, { loc: string }] => [`${system}:${def.code}`, { loc: def.loc ?? "" }]);
  return stringify({
    code: plan.code,
    name: `示例${String(number).padStart(2, "0")}号${plan.kind === "metal" ? "金属" : "煤"}矿`,
    kind: plan.kind === "metal" ? "metal" : "coal",
    status: stands ? "stopped" : "producing",
    gasGrade: grade,
    rockBurst,
    approvedUnderground: stands ? 12 : Math.ceil(plan.crew * 2.6),
    ...(stands ? { permittedUnderground: 10 } : {}),
    contacts: [{ name: "调度室", role: "矿调度室", phone: "0000-0000000" }],
    systems: [...new Set(points.map(({ system }) => system))],
    cycles: { safety: 30, fan: 30 },
    points: Object.fromEntries(confirmed),
  });
}
