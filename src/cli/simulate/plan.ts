import type { MineCode } from "../../model/mine.ts";

/** A coal face (or a stope of a metal mine): gas in m³/min of pure methane, air in m³/min, volume in m³. */
export interface FacePlan {
  readonly code: string;
  readonly seam: number;
  /** What cutting at full production adds. */
  readonly cut: number;
  readonly goaf: number;
  readonly air: number;
  readonly volume: number;
  readonly substation: string;
}

export interface HeadPlan {
  readonly code: string;
  readonly seam: number;
  readonly cut: number;
  readonly air: number;
  readonly volume: number;
  readonly substation: string;
  /** It is driven by blasting: its return has a sensor for the fumes. */
  readonly blasted?: boolean;
}

/** What a mine of a county has beside its workings; the demo mines do without. */
export interface WorksPlan {
  readonly belts: number;
  /** Pairs of air doors. */
  readonly doors: number;
  readonly pumps: number;
  /** Of the faces: methane and direction of the intake air (outburst mines). */
  readonly intakes: boolean;
  /** Its faces are rock-burst zones. */
  readonly rockBurst: boolean;
  /** One in so many people stays for 9 to 10 hours. */
  readonly lateOnes: number;
  /** Its system sends analog values at ten times their step. */
  readonly coarse: boolean;
  /** It has a tailings pond. */
  readonly pond: boolean;
}

/** What a simulated mine is; everything it publishes follows from this, the scenario and the seed. */
export interface MinePlan {
  readonly code: MineCode;
  readonly kind: "outburst" | "coal" | "metal" | "stopped";
  readonly faces: readonly FacePlan[];
  readonly heads: readonly HeadPlan[];
  /** Design flow of the main fan in m³/min. */
  readonly flow: number;
  readonly substations: readonly string[];
  readonly switches: number;
  /** People of one shift. */
  readonly crew: number;
  /** Points for trials by hand (contract §2): in the table, never published. */
  readonly byHand: boolean;
  /** Number of points over all its systems; null = what its workings need. */
  readonly points: number | null;
  readonly works?: WorksPlan;
}

export const DEMO_MINES: readonly MineCode[] = [
  "520523017311",
  "520523017312",
  "520523017313",
  "520523017314",
];
/** Mines beyond the demo ones: 520523017400 and on. */
const generatedCode = (index: number): MineCode => String(520_523_017_400 + index);

/** The mines of one run: the four demo mines first, then as many generated ones as are asked for. */
export function planMines({ mines, points }: { mines: number; points: number | null }): MinePlan[] {
  const demo = [outburstMine, coalMine, metalMine, stoppedMine].map((plan, i) => plan(DEMO_MINES[i] ?? ""));
  const generated = Array.from({ length: Math.max(0, mines - demo.length) }, (_, i) => ({
    ...coalMine(generatedCode(i)),
    crew: 30,
    byHand: false,
  }));
  return [...demo.slice(0, mines), ...generated].map((plan) => ({ ...plan, points }));
}

const FACE = { air: 1_500, volume: 3_000 };
const HEAD = { air: 400, volume: 400 };

const outburstMine = (code: MineCode): MinePlan => ({
  code,
  kind: "outburst",
  faces: [
    { code: "1101", seam: 2.4, cut: 2.6, goaf: 1.6, substation: "FZ-01", ...FACE },
    { code: "1203", seam: 2.0, cut: 2.2, goaf: 1.4, substation: "FZ-02", ...FACE },
  ],
  heads: [
    { code: "1105", seam: 0.8, cut: 0.5, substation: "FZ-03", ...HEAD },
    { code: "1207", seam: 0.7, cut: 0.4, substation: "FZ-04", ...HEAD },
  ],
  flow: 5_700,
  substations: ["FZ-01", "FZ-02", "FZ-03", "FZ-04", "FZ-05"],
  switches: 6,
  crew: 64,
  byHand: true,
  points: null,
});

const coalMine = (code: MineCode): MinePlan => ({
  code,
  kind: "coal",
  faces: [
    { code: "1101", seam: 1.2, cut: 1.4, goaf: 0.8, substation: "FZ-01", ...FACE },
    { code: "1203", seam: 1.0, cut: 1.2, goaf: 0.7, substation: "FZ-02", ...FACE },
  ],
  heads: [
    { code: "1105", seam: 0.4, cut: 0.3, substation: "FZ-03", ...HEAD },
    { code: "1207", seam: 0.35, cut: 0.25, substation: "FZ-04", ...HEAD },
  ],
  flow: 4_800,
  substations: ["FZ-01", "FZ-02", "FZ-03", "FZ-04", "FZ-05"],
  switches: 5,
  crew: 46,
  byHand: true,
  points: null,
});

const STOPE = { seam: 0, cut: 0, goaf: 0, air: 900, volume: 2_000 };

const metalMine = (code: MineCode): MinePlan => ({
  code,
  kind: "metal",
  faces: [
    { code: "S120", substation: "FZ-01", ...STOPE },
    { code: "S160", substation: "FZ-02", ...STOPE },
  ],
  heads: [],
  flow: 3_600,
  substations: ["FZ-01", "FZ-02"],
  switches: 4,
  crew: 28,
  byHand: true,
  points: null,
});

/** A stopped mine is kept aired and drained; nobody works in it. */
const stoppedMine = (code: MineCode): MinePlan => ({
  code,
  kind: "stopped",
  faces: [],
  heads: [],
  flow: 2_400,
  substations: ["FZ-01"],
  switches: 0,
  crew: 0,
  byHand: true,
  points: null,
});
