import { readSheet } from "read-excel-file/node";
import writeExcelFile, { type CellObject, type SheetData } from "write-excel-file/node";
import type { Confidence, Guess } from "../../wire/suggest/places.ts";
import type { Filled, Suggestions } from "../../wire/suggest/points.ts";

/** One point as its sheet shows it. */
export interface SheetPoint {
  /** `{system}:{code}`. */
  readonly point: string;
  readonly type: string;
  readonly place: string;
  readonly unit: string;
  readonly proposed: string;
  readonly now: Readonly<Record<Filled, string>>;
  readonly suggestions: Suggestions;
}

/** What a person filled in; an empty cell says nothing. */
export interface SheetRow {
  readonly row: number;
  readonly point: string;
  readonly filled: Readonly<Partial<Record<Filled, string>>>;
}

const FILL: readonly (readonly [Filled, string])[] = [
  ["loc", "位置类别(填写)"],
  ["set", "组/风井(填写)"],
  ["machine", "设备(填写)"],
  ["cuts", "断电器(填写)"],
  ["feeds", "对应断电器(填写)"],
];
const POINT = "测点";
const SHEET = "测点";
const PLACES = "位置类别";

const MARKS: Readonly<Record<Confidence, string>> = { high: "高", medium: "中", low: "低" };
const COLOURS: Readonly<Record<Confidence, string>> = { high: "#E2F0D9", medium: "#FFF2CC", low: "#F8CBAD" };
const GREY = "#EDEDED";

/** A workbook to fill in; with suggestions those that are not merely a hint stand in their cells, every one with its why. */
export async function writePoints(
  file: string,
  points: readonly SheetPoint[],
  places: readonly (readonly [string, string])[],
): Promise<void> {
  const head = [
    POINT,
    "类型",
    "安装位置",
    "单位",
    "矿方申报位置",
    ...FILL.map(([, name]) => name),
    "建议、可信度与理由",
  ];
  const data: SheetData = [
    head.map((value) => ({ value, fontWeight: "bold", backgroundColor: GREY }) as CellObject),
  ];
  for (const point of points) data.push(rowOf(point));
  const widths = [26, 10, 36, 8, 16, 18, 14, 10, 22, 22, 80].map((width) => ({ width }));
  const known: SheetData = [
    [bold("位置类别"), bold("名称")],
    ...places.map(
      ([loc, name]) =>
        [
          { value: loc, type: String },
          { value: name, type: String },
        ] as CellObject[],
    ),
  ];
  await writeExcelFile([
    { sheet: SHEET, data, columns: widths, stickyRowsCount: 1 },
    { sheet: PLACES, data: known, columns: [{ width: 20 }, { width: 60 }] },
  ]).toFile(file);
}

const bold = (value: string): CellObject => ({ value, fontWeight: "bold" }) as CellObject;
/** Text of a mine stays text: a place that begins with = is no formula. */
const text = (value: string): CellObject | null =>
  value === "" ? null : ({ value, type: String } as CellObject);

function rowOf({ point, type, place, unit, proposed, now, suggestions }: SheetPoint): SheetData[number] {
  const filled = FILL.map(([key]) => {
    const guess = suggestions[key];
    if (now[key] !== "") return text(now[key]);
    return guess === undefined || guess.confidence === "low"
      ? null
      : ({ value: guess.value, type: String, backgroundColor: COLOURS[guess.confidence] } as CellObject);
  });
  return [text(point), text(type), text(place), text(unit), text(proposed), ...filled, remarks(suggestions)];
}

function remarks(suggestions: Suggestions): CellObject | null {
  const words = FILL.flatMap(([key, name]) => {
    const guess = suggestions[key];
    return guess === undefined
      ? []
      : [`${name.replace("(填写)", "")} ${guess.value}（${MARKS[guess.confidence]}：${guess.why}）`];
  });
  if (words.length === 0) return null;
  const least = worst(Object.values(suggestions));
  return {
    value: words.join("；"),
    type: String,
    ...(least === "low" ? { backgroundColor: COLOURS.low } : {}),
  } as CellObject;
}

const worst = (guesses: readonly Guess[]): Confidence =>
  guesses.some(({ confidence }) => confidence === "low")
    ? "low"
    : guesses.some(({ confidence }) => confidence === "medium")
      ? "medium"
      : "high";

export type SheetRead =
  | { readonly ok: true; readonly rows: readonly SheetRow[] }
  | { readonly ok: false; readonly why: string };

/** Columns are found by their names, so that others may be added or moved. */
export async function readPoints(file: string): Promise<SheetRead> {
  const data = await readSheet(file, SHEET);
  const [head = [], ...rest] = data;
  const names = head.map((cell) => String(cell ?? "").trim());
  const at = names.indexOf(POINT);
  if (at < 0) return { ok: false, why: `the sheet ${SHEET} has no column ${POINT}` };
  const columns = FILL.map(([key, name]) => [key, names.indexOf(name)] as const);
  const missing = FILL.filter((_, i) => (columns[i]?.[1] ?? -1) < 0).map(([, name]) => name);
  if (missing.length > 0) return { ok: false, why: `the sheet ${SHEET} has no column ${missing.join(", ")}` };
  const rows = rest.flatMap((cells, i) => {
    const of = (column: number) => String(cells[column] ?? "").trim();
    const point = of(at);
    const filled = columns.flatMap(([key, column]) => (of(column) === "" ? [] : [[key, of(column)]]));
    return point === "" ? [] : [{ row: i + 2, point, filled: Object.fromEntries(filled) }];
  });
  return { ok: true, rows };
}
