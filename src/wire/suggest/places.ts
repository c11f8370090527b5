import type { MineConfig } from "../../model/mine.ts";
import { METHANE_TYPES, PIPE, type PointDef } from "../../model/point.ts";

/** How sure a suggestion is: the text names the place; it names part of it; it only points that way. */
export type Confidence = "high" | "medium" | "low";

export interface Guess {
  readonly value: string;
  readonly confidence: Confidence;
  /** What of the text it was read from, for the person who decides. */
  readonly why: string;
}

type Mine = Pick<MineConfig, "gasGrade" | "rockBurst">;

/** What a place text says, in words a location class is made of. */
interface Told {
  readonly text: string;
  readonly working: "coal-face" | "heading" | null;
  readonly road: "corner" | "return" | "intake" | "mid" | null;
  readonly t: string | null;
  readonly series: boolean;
}

/**
 * The location class a place text speaks of (domain.md §1.2). A proposal for a person: limits follow only from what
 * somebody confirms. `T1` alone names nothing, for it is one place at a face and another in a heading.
 */
export function guessPlace(def: PointDef, mine: Mine): Guess | null {
  const text = def.place.normalize("NFKC").replace(/\s+/g, "");
  if (def.type === "0022" || def.type === "0038") return sure(PIPE, "传感器类型为管道");
  const fixed = FIXED.find(([fits]) => fits.test(text));
  if (fixed !== undefined)
    return { value: fixed[1], confidence: fixed[2], why: `文字“${match(fixed[0], text)}”` };
  const { working, sure: named } = workingIn(text);
  const told: Told = {
    text,
    working,
    road: roadOf(text),
    t: /T([0-6])(?![0-9])/i.exec(text)?.[1] ?? /(?:^|[^0-9A-Z])T([0-6])$/i.exec(def.code)?.[1] ?? null,
    series: /串联|被串/.test(text),
  };
  if (told.working === "heading") return atHeading(told, mine, METHANE_TYPES.includes(def.type));
  if (told.working === null) return elsewhere(told);
  const guess = atFace(told, mine);
  if (named || guess.confidence === "low") return guess;
  return { ...guess, confidence: "medium", why: `${guess.why}；文字未写明采煤或掘进` };
}

const sure = (value: string, why: string): Guess => ({ value, confidence: "high", why });
const match = (fits: RegExp, text: string): string => fits.exec(text)?.[0] ?? "";

const COAL_FACE = /采煤|采掘|综采|综放|炮采|高档普采|回采|采面/;
const HEADING = /掘|开拓|石门揭煤/;

/** A text that says neither, or both, names no working for sure. */
function workingIn(text: string): { working: Told["working"]; sure: boolean } {
  const [coal, heading] = [COAL_FACE.test(text), HEADING.test(text)];
  if (coal && heading) return { working: null, sure: false };
  if (heading) return { working: "heading", sure: true };
  if (coal) return { working: "coal-face", sure: true };
  return { working: text.includes("工作面") ? "coal-face" : null, sure: false };
}

const FIXED: readonly (readonly [RegExp, string, Confidence])[] = [
  [/采空区|束管|密闭/, "GOAF", "medium"],
  [/总回风|回风立井|回风斜井|回风平硐/, "MAIN_RETURN", "high"],
  [/一翼回风/, "MAIN_RETURN", "low"],
  [/总进风/, "MAIN_INTAKE", "high"],
  [/风硐|引风道/, "FAN_DRIFT", "high"],
  [/(采区|盘区).{0,6}(总?回风|回风)/, "DIST_RETURN", "high"],
  [/(采区|盘区).{0,6}进风/, "DIST_INTAKE", "high"],
  [/全断面|盾构|TBM/, "TBM", "high"],
  [/采煤机/, "SHEARER", "high"],
  [/掘进机|综掘机|掘锚|连续?采煤?机|锚杆钻车|梭车/, "ROADHEADER", "high"],
  [/钻(孔|场).*下风/, "DRILL_DOWN", "high"],
  [/充电/, "CHARGE", "high"],
  [/变电所|配电(点|室|所)/, "SUBSTATION", "medium"],
  [/硐室|避难|水泵房|绞车房|车房/, "CHAMBER", "medium"],
  [/地面.*(皮带|胶带|输送机).*(走廊|栈桥)|(皮带|胶带|输送机)(走廊|栈桥)/, "SURF_BELT", "high"],
  [/(临时|井下).*(抽采|抽放)泵.*排放|排放口/, "UG_PUMP_OUT", "medium"],
  [/(临时|井下).*(抽采|抽放)(泵)?站/, "UG_PUMP", "high"],
  [/(抽采|抽放|瓦斯)泵(房|站)/, "SURF_PUMP", "medium"],
  [/(抽采|抽放).*管|管道/, "PIPE", "high"],
  [/煤仓/, "BUNKER", "high"],
  [/装煤点/, "TROLLEY_LOAD", "medium"],
  [/蓄电池/, "BATT_VEH", "medium"],
  [/柴油/, "DIESEL_VEH", "medium"],
  [/风桥/, "AIR_BRIDGE", "high"],
  [/(皮带|胶带|输送机).{0,4}(机头|机尾|滚筒|驱动)/, "BELT_DRUM", "medium"],
  [/排土场/, "DUMP", "high"],
];

function roadOf(text: string): Told["road"] {
  if (/(回风|上)隅角/.test(text)) return "corner";
  if (/中部/.test(text)) return "mid";
  if (/回风/.test(text)) return "return";
  return /进风|进口|分风/.test(text) ? "intake" : null;
}

/** AQ 1029-2019 6.2.2: T0 corner, T1 face, T2 return, T3 intake (outburst), T4 intake (series). */
function atFace({ road, t, series }: Told, mine: Mine): Guess {
  const face = mine.gasGrade === "outburst" ? "CF_FACE_OB" : "CF_FACE";
  const strict = mine.gasGrade === "outburst" || (mine.gasGrade === "high" && mine.rockBurst);
  const intake = strict ? "CF_INTAKE_OB" : "CF_INTAKE";
  if (road === "corner") return agreed("CF_CORNER", "采煤工作面、隅角", t, ["0"]);
  if (road === "mid") return { value: "CF_RETURN_MID", confidence: "medium", why: "采煤工作面、巷道中部" };
  if (road === "return") return agreed("CF_RETURN", "采煤工作面、回风", t, ["2", "5", "6"]);
  if (road === "intake")
    return agreed(series ? "CF_INTAKE_SERIES" : intake, `采煤工作面、进风${series ? "、串联" : ""}`, t, [
      "3",
      "4",
    ]);
  const byT: Readonly<Record<string, string>> = {
    "0": "CF_CORNER",
    "1": face,
    "2": "CF_RETURN",
    "3": intake,
    "4": "CF_INTAKE_SERIES",
  };
  const found = t === null ? undefined : byT[t];
  if (found !== undefined)
    return { value: found, confidence: t === "1" ? "high" : "medium", why: `采煤工作面、T${t}` };
  return { value: face, confidence: "low", why: "采煤工作面，未写回风、进风或隅角" };
}

/** AQ 1029-2019 6.3.1: T1 face, T2 return, T3 before the series local fan, T4 intake split. */
function atHeading({ text, road, t, series }: Told, mine: Mine, gas: boolean): Guess {
  const intake = mine.gasGrade === "outburst" ? "DF_INTAKE_OB" : "DF_INTAKE";
  if (series || /局(部通风机|扇).*前/.test(text))
    return agreed("DF_FAN_SERIES", "掘进、串联局部通风机前", t, ["3"]);
  if (/双巷.*混合|混合回风/.test(text)) return sure("DF_TWIN_RETURN", "双巷掘进混合回风");
  if (road === "mid") return { value: "DF_MID", confidence: "medium", why: "掘进、巷道中部" };
  if (road === "return") return agreed("DF_RETURN", "掘进、回风", t, ["2"]);
  if (road === "intake") return agreed(intake, "掘进、进风", t, ["4"]);
  const rock = /岩巷/.test(text) && !gas ? "DF_ROCK" : "DF_FACE";
  const byT: Readonly<Record<string, string>> = {
    "1": "DF_FACE",
    "2": "DF_RETURN",
    "3": "DF_FAN_SERIES",
    "4": intake,
  };
  const found = t === null ? undefined : byT[t];
  if (found !== undefined)
    return { value: found, confidence: t === "1" ? "high" : "medium", why: `掘进工作面、T${t}` };
  return { value: rock, confidence: "low", why: "掘进工作面，未写回风或进风" };
}

/** Words and T-number say the same; or contradict each other, and then the words are only a hint. */
function agreed(value: string, why: string, t: string | null, fits: readonly string[]): Guess {
  if (t === null || fits.includes(t)) return sure(value, t === null ? why : `${why}、T${t}`);
  return { value, confidence: "low", why: `${why}；与编号 T${t} 不一致` };
}

function elsewhere({ text, road }: Told): Guess | null {
  if (/(皮带|胶带|运输|输送机)(巷|大巷|上山|下山|斜巷)/.test(text))
    return { value: "CONVEYOR", confidence: "medium", why: "输送机巷" };
  if (road === "corner") return { value: "CF_CORNER", confidence: "medium", why: "隅角" };
  if (road === "return") return { value: "DIST_RETURN", confidence: "low", why: "回风，未写采区或工作面" };
  return null;
}
