import type { MineCode, System } from "../../model/mine.ts";
import type { PointDef } from "../../model/point.ts";
import type { UpperMine, UpperPoint } from "./calls.ts";
import type { PeopleRule, PeopleRules } from "./people-rules.ts";

/** What mines and points are called: told by the core, never kept on disk. */
export interface Known {
  mines(mines: readonly UpperMine[]): void;
  /** Which rules are about people, and what of them. */
  rules(rules: PeopleRules): void;
  points(points: readonly UpperPoint[]): void;
  nameOf(mine: MineCode): string;
  /** How many may be underground; null = nobody says. */
  approvedOf(mine: MineCode): number | null;
  ruleOf(id: string): PeopleRule | null;
  point(mine: MineCode, system: System, code: string): UpperPoint | null;
  pointsOf(mine: MineCode, system: System): Iterable<UpperPoint>;
  /** Grows when a definition of the stream changed. */
  version(mine: MineCode, system: System): number;
  /** Every mine with points of the system. */
  minesWith(system: System): Iterable<MineCode>;
}

interface Stream {
  version: number;
  readonly points: Map<string, UpperPoint>;
}

export function createKnown(): Known {
  let byCode = new Map<MineCode, UpperMine>();
  let byRule = new Map<string, PeopleRule>();
  const streams = new Map<System, Map<MineCode, Stream>>();
  const find = (mine: MineCode, system: System) => streams.get(system)?.get(mine);

  function streamOf(mine: MineCode, system: System): Stream {
    const mines = streams.get(system) ?? new Map<MineCode, Stream>();
    streams.set(system, mines);
    const stream = mines.get(mine) ?? { version: 0, points: new Map<string, UpperPoint>() };
    mines.set(mine, stream);
    return stream;
  }

  return {
    mines(mines) {
      byCode = new Map(mines.map((mine) => [mine.code, mine]));
    },
    rules(rules) {
      // What an open alarm was raised by may be gone from today's.
      byRule = new Map([...byRule, ...Object.entries(rules)]);
    },
    points(points) {
      for (const point of points) {
        const stream = streamOf(point.mine, point.system);
        stream.points.set(point.def.code, point);
        stream.version++;
      }
    },
    nameOf: (mine) => byCode.get(mine)?.name ?? "",
    approvedOf: (mine) => byCode.get(mine)?.approved ?? null,
    ruleOf: (id) => byRule.get(id) ?? null,
    point: (mine, system, code) => find(mine, system)?.points.get(code) ?? null,
    pointsOf: (mine, system) => find(mine, system)?.points.values() ?? [],
    version: (mine, system) => find(mine, system)?.version ?? 0,
    minesWith: (system) => streams.get(system)?.keys() ?? [],
  };
}

/** The link of a substation or base station, its supply, or anything else. */
export type StationPart = "link" | "supply" | null;

export function stationPart({ type }: Pick<PointDef, "type">): StationPart {
  if (type === "3006" || type === "baseStation") return "link";
  return type === "3007" || type === "baseSupply" ? "supply" : null;
}

/** The station whose supply a point is: the one it names, else by its code (`station-records.ts`). */
export const stationOfSupply = ({ code, substation }: PointDef): string =>
  substation ?? code.replace(/#(3007|baseSupply)$/, "");
