import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { EXIT, Refusal } from "../../lib/refusal.ts";
import type { PointDef } from "../../model/point.ts";
import type { Filled, Suggestions } from "../../wire/suggest/points.ts";
import { type Asked, type Gateway, gatewayAt } from "../ask.ts";
import { readPoints, type SheetPoint, type SheetRow, writePoints } from "./sheet.ts";

export interface ExportOptions extends Asked {
  readonly config: string;
  /** The file to write, with suggestions in it or without. */
  readonly suggest?: string;
  readonly out?: string;
  readonly json: boolean;
}

type Print = (line: string) => void;

/** `davylamp points export MINE`: its points as a workbook to fill in; `--suggest` fills in what the texts tell. */
export async function exportPoints(mine: string, options: ExportOptions, print: Print): Promise<number> {
  const file = options.suggest ?? options.out;
  if ((file === undefined) === !options.json)
    throw new Refusal(
      EXIT.usage,
      "name the workbook with --out FILE.xlsx or --suggest FILE.xlsx, or ask for --json",
    );
  const gateway = await gatewayAt(options);
  const points = await pointsOf(gateway, mine, options.suggest !== undefined || options.json);
  if (points.length === 0)
    throw new Refusal(EXIT.usage, `${mine} has no points yet: has it sent its point table?`);
  if (file === undefined) {
    print(JSON.stringify(points));
    return EXIT.well;
  }
  await writePoints(file, points, await placesOf(options.config));
  const guessed = points.filter(({ suggestions }) => Object.keys(suggestions).length > 0).length;
  print(
    `${file}: ${points.length} 个测点，${guessed} 个有建议（绿、黄已填入；只是提示的在最后一列，不填入）；逐个核对后: davylamp points import ${mine} ${file}`,
  );
  return EXIT.well;
}

export interface ImportOptions extends Asked {
  readonly yes: boolean;
  readonly json: boolean;
}

interface Difference {
  readonly point: string;
  readonly place: string;
  readonly field: Filled;
  readonly before: string;
  readonly after: string;
}

/** `davylamp points import MINE FILE`: what would change; done, all of it or nothing, only with `--yes`. */
export async function importPoints(
  mine: string,
  file: string,
  options: ImportOptions,
  print: Print,
): Promise<number> {
  if (!existsSync(file)) throw new Refusal(EXIT.usage, `there is no file ${file}`);
  const read = await readPoints(file).catch((error: unknown) => {
    throw new Refusal(EXIT.usage, `${file} is no workbook that can be read: ${String(error)}`);
  });
  if (!read.ok) throw new Refusal(EXIT.usage, `${file}: ${read.why}`);
  const gateway = await gatewayAt(options);
  const points = new Map((await pointsOf(gateway, mine, false)).map((point) => [point.point, point]));
  const faults = faultsOf(read.rows, points);
  const differences = faults.length > 0 ? [] : read.rows.flatMap((row) => differencesOf(row, points));
  if (options.yes && differences.length > 0) await confirm(gateway, mine, differences);
  if (options.json)
    print(JSON.stringify({ faults, differences, done: options.yes && differences.length > 0 }));
  else for (const line of lines(differences, faults, options.yes)) print(line);
  return faults.length > 0 ? EXIT.faults : EXIT.well;
}

const NAMES: Readonly<Record<Filled, string>> = {
  loc: "位置类别",
  set: "组/风井",
  machine: "设备",
  cuts: "断电器",
  feeds: "对应断电器",
};

function lines(differences: readonly Difference[], faults: readonly string[], yes: boolean): string[] {
  if (faults.length > 0) return [...faults, `${faults.length} 处有误，未做任何更改`];
  return [
    ...differences.map(
      ({ point, place, field, before, after }) =>
        `${point} ${place}  ${NAMES[field]}: ${before === "" ? "-" : before} → ${after}`,
    ),
    differences.length === 0
      ? "与网关一致，无需更改"
      : yes
        ? `已确认 ${differences.length} 项`
        : `共 ${differences.length} 项更改，尚未执行；加 --yes 执行`,
  ];
}

function faultsOf(rows: readonly SheetRow[], points: ReadonlyMap<string, SheetPoint>): string[] {
  const seen = new Set<string>();
  return rows.flatMap(({ row, point }) => {
    const twice = seen.has(point);
    seen.add(point);
    if (!points.has(point)) return [`第${row}行: 网关没有测点 ${point}`];
    return twice ? [`第${row}行: 测点 ${point} 出现两次`] : [];
  });
}

const listOf = (text: string): string[] => text.split(/[,，、;；\s]+/).filter((word) => word !== "");

function differencesOf({ point, filled }: SheetRow, points: ReadonlyMap<string, SheetPoint>): Difference[] {
  const known = points.get(point);
  if (known === undefined) return [];
  return (Object.entries(filled) as [Filled, string][]).flatMap(([field, text]) => {
    const after = field === "cuts" ? listOf(text).join(",") : text;
    const before = known.now[field];
    return after === before ? [] : [{ point, place: known.place, field, before, after }];
  });
}

/** So many at a time as one act takes. */
const AT_ONCE = 2_000;

async function confirm(gateway: Gateway, mine: string, differences: readonly Difference[]): Promise<void> {
  const byPoint = new Map<string, Record<string, unknown>>();
  for (const { point, field, after } of differences) {
    const one = byPoint.get(point) ?? { point };
    one[field] = field === "cuts" ? listOf(after) : after;
    byPoint.set(point, one);
  }
  const all = [...byPoint.values()];
  for (let i = 0; i < all.length; i += AT_ONCE)
    await gateway.post(`mines/${encodeURIComponent(mine)}/points/confirm`, {
      points: all.slice(i, i + AT_ONCE),
    });
}

interface PointAnswer {
  readonly id: string;
  readonly def: PointDef;
  readonly loc: string | null;
  readonly listed: boolean;
}

async function pointsOf(gateway: Gateway, mine: string, suggest: boolean): Promise<SheetPoint[]> {
  await gateway.get(`mines/${encodeURIComponent(mine)}`);
  const points = (await pages(gateway, `points?mine=${encodeURIComponent(mine)}`)) as PointAnswer[];
  const told = suggest
    ? ((await pages(gateway, `mines/${encodeURIComponent(mine)}/suggestions?`)) as {
        point: string;
        suggestions: Suggestions;
      }[])
    : [];
  const suggestions = new Map(told.map((one) => [one.point, one.suggestions]));
  return points
    .filter(({ listed }) => listed)
    .map((point) => sheetPoint(point, suggestions.get(point.id) ?? {}));
}

function sheetPoint({ id, def, loc }: PointAnswer, suggestions: Suggestions): SheetPoint {
  const { loc: place, ...others } = suggestions;
  return {
    point: id.slice(id.indexOf(":") + 1),
    type: def.type,
    place: def.place,
    unit: def.unit ?? "",
    proposed: def.loc ?? "",
    now: {
      loc: loc ?? "",
      set: def.set ?? "",
      machine: def.machine ?? "",
      cuts: (def.cuts ?? []).join(","),
      feeds: def.feeds ?? "",
    },
    // What is confirmed needs no proposal.
    suggestions: loc !== null || place === undefined ? others : { loc: place, ...others },
  };
}

async function pages(gateway: Gateway, path: string): Promise<unknown[]> {
  const all: unknown[] = [];
  let cursor: string | null = null;
  do {
    const more: string = cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const page = (await gateway.get(`${path}&limit=5000${more}`)) as {
      items: unknown[];
      next: string | null;
    };
    all.push(...page.items);
    cursor = page.next;
  } while (cursor !== null);
  return all;
}

/** The classes and their names, for the person who fills in. */
async function placesOf(config: string): Promise<[string, string][]> {
  const file = join(config, "rules", "places.yaml");
  if (!existsSync(file)) return [];
  const { places = {} } = parse(await readFile(file, "utf8")) as {
    places?: Record<string, { name: string }>;
  };
  return Object.entries(places).map(([loc, { name }]) => [loc, name]);
}
