import type { MineConfig, System } from "../../model/mine.ts";
import type { PointDef } from "../../model/point.ts";
import { type Guess, guessPlace } from "./places.ts";

/** What an integrator may fill in for a point that its mine did not say. */
export const FILLED = ["loc", "set", "machine", "cuts", "feeds"] as const;
export type Filled = (typeof FILLED)[number];

export type Suggestions = Readonly<Partial<Record<Filled, Guess>>>;

/** Only what the mine's row lacks, but for the place, which the county decides; each with confidence and why. */
export function suggestPoints(
  mine: Pick<MineConfig, "gasGrade" | "rockBurst">,
  system: System,
  points: readonly PointDef[],
): Map<string, Suggestions> {
  return new Map(points.map((def) => [def.code, suggestionsOf(mine, system, def, points)]));
}

function suggestionsOf(
  mine: Pick<MineConfig, "gasGrade" | "rockBurst">,
  system: System,
  def: PointDef,
  points: readonly PointDef[],
): Suggestions {
  const guesses: Record<Filled, Guess | null> = {
    loc: system === "safety" ? placeOf(def, mine) : null,
    set: def.set === undefined ? setOf(def, system) : null,
    machine: def.machine === undefined ? machineOf(def, system) : null,
    cuts: def.cuts === undefined ? cutsOf(def, points) : null,
    feeds: def.feeds === undefined ? feedsOf(def, points) : null,
  };
  return Object.fromEntries(Object.entries(guesses).filter(([, guess]) => guess !== null)) as Suggestions;
}

/** Types whose limits depend on where they hang: gases, air, heat, dust, smoke (domain.md §1.3). */
const PLACED = /^(000[1-4]|0009|001[1-4]|0022|0038|0039|004[1-4]|1006|1008)$/;

/** What the mine itself proposes is a hint like any other. */
function placeOf(def: PointDef, mine: Pick<MineConfig, "gasGrade" | "rockBurst">): Guess | null {
  if (!PLACED.test(def.type)) return null;
  const guess = guessPlace(def, mine);
  const { loc } = def;
  if (loc === undefined) return guess;
  if (guess === null) return { value: loc, confidence: "low", why: "矿方申报，安装位置文字看不出" };
  if (guess.value === loc) return { ...guess, confidence: "high", why: `${guess.why}；与矿方申报一致` };
  return { ...guess, confidence: "low", why: `${guess.why}；矿方申报为 ${loc}` };
}

/** Main fans and what is measured on them belong to a fan station (风井), ring points to a ring. */
const FAN_TYPES = /^(1010|0005|0006|0015|0016|0017|0019|0026|0028|vibration|totalPressure)$/;
const LOCAL_FANS = ["1001", "localFanStandby"];

function setOf(def: PointDef, system: System): Guess | null {
  const text = def.place.normalize("NFKC");
  const station =
    /([东南西北中一二三四五六七八九十新老\p{Script=Han}]{0,6}?(?:回风)?(?:立|斜)?风井|[东南西北中]\p{Script=Han}{0,3}主扇|\p{Script=Han}{0,6}风机房)/u.exec(
      text,
    )?.[1];
  if (system === "fan" || def.type === "1010") {
    if (!FAN_TYPES.test(def.type)) return null;
    return station === undefined
      ? { value: "主扇", confidence: "low", why: "主要通风机测点，未写风井名：全矿只有一个风井时可用" }
      : { value: station, confidence: "high", why: `文字“${station}”` };
  }
  const working = workingOf(def);
  if (LOCAL_FANS.includes(def.type) && working !== null)
    return { value: `LFAN-${working}`, confidence: "medium", why: `同一工作面 ${working} 的局部通风机` };
  return null;
}

function machineOf(def: PointDef, system: System): Guess | null {
  const fan = system === "fan" || def.type === "1010" || LOCAL_FANS.includes(def.type);
  if (!fan) return null;
  const text = def.place.normalize("NFKC");
  const number = /(\d+)\s*[#号]/.exec(text)?.[1] ?? /#\s*(\d+)/.exec(text)?.[1];
  if (number !== undefined) return { value: `${number}#`, confidence: "high", why: `文字“${number}#”` };
  const chinese = /([一二三四])\s*号/.exec(text)?.[1];
  if (chinese !== undefined)
    return { value: `${"一二三四".indexOf(chinese) + 1}#`, confidence: "high", why: `文字“${chinese}号”` };
  if (!LOCAL_FANS.includes(def.type)) return null;
  if (/备/.test(text)) return { value: "2#", confidence: "medium", why: "文字“备”" };
  return /主/.test(text) ? { value: "1#", confidence: "medium", why: "文字“主”" } : null;
}

const CUT_DEVICE = "1009";
const FEED_TYPES = ["1011", "1015"];
/** Sensors that have power cut: gas, local fans and ducts (domain.md §1.6). */
const CUTTERS = ["0001", "0011", "0043", "1001", "1003"];

/** Which cut devices a sensor acts on: its relation says so, else those of the same working. */
function cutsOf(def: PointDef, points: readonly PointDef[]): Guess | null {
  const related = (def.relation ?? "")
    .split(/[,;|\s]+/)
    .filter((word) => word.startsWith("D-"))
    .map((word) => word.slice(2))
    .filter((code) => points.some((point) => point.code === code));
  if (related.length > 0)
    return { value: related.join(","), confidence: "high", why: `关联关系 ${def.relation}` };
  const cuts = def.cutHigh !== undefined || def.cutLow !== undefined;
  if (!CUTTERS.includes(def.type) || !(cuts || def.kind === "switch")) return null;
  return sameWorking(def, points, (point) => point.type === CUT_DEVICE, "断电器");
}

/** The cut device whose feed a point shows: one named alike, else the only one of the same working. */
function feedsOf(def: PointDef, points: readonly PointDef[]): Guess | null {
  if (!FEED_TYPES.includes(def.type)) return null;
  const bare = (text: string) => text.replace(/断电器|断电|馈电器|馈电|状态|传感器|\s/g, "");
  const alike = points.filter((point) => point.type === CUT_DEVICE && bare(point.place) === bare(def.place));
  if (alike.length === 1 && bare(def.place) !== "")
    return {
      value: alike[0]?.code ?? "",
      confidence: "high",
      why: `安装位置与断电器 ${alike[0]?.code} 相同`,
    };
  const guess = sameWorking(def, points, (point) => point.type === CUT_DEVICE, "断电器");
  return guess === null || guess.value.includes(",") ? null : guess;
}

function sameWorking(
  def: PointDef,
  points: readonly PointDef[],
  fits: (point: PointDef) => boolean,
  what: string,
): Guess | null {
  const working = workingOf(def);
  if (working === null) return null;
  const found = points.filter((point) => fits(point) && workingOf(point) === working);
  const near = found.filter(({ substation }) => substation !== undefined && substation === def.substation);
  const chosen = near.length > 0 ? near : found;
  const [only] = chosen;
  if (only === undefined) return null;
  const value = chosen.map(({ code }) => code).join(",");
  if (chosen.length > 1)
    return { value, confidence: "low", why: `同一工作面 ${working} 有 ${chosen.length} 个${what}` };
  return { value, confidence: "medium", why: `同一工作面 ${working} 唯一的${what}` };
}

/** The number of the face or heading, which mines write into places and codes: `1101采煤工作面`, `1101-T0`. */
function workingOf({ place, code }: PointDef): string | null {
  const text = place.normalize("NFKC");
  return /(\d{3,6}(?:-\d{1,2})?)(?=\D|$)/.exec(text)?.[1] ?? /^(\d{3,6})[-_]/.exec(code)?.[1] ?? null;
}
