import { writeFile } from "node:fs/promises";
import pc from "picocolors";
import { EXIT } from "../../lib/refusal.ts";
import type { CheckItem, CheckState, MineCheck } from "../../model/mine-check.ts";
import { type Asked, gatewayAt } from "../ask.ts";

export interface MineCheckOptions extends Asked {
  readonly hours: number;
  readonly json: boolean;
  /** A file for the sheet to print and sign. */
  readonly html?: string;
}

/** As REST carries it. */
type Answer = Omit<MineCheck, "at"> & { readonly at: string };

/** `davylamp mine check CODE`: asks a running gateway how well a mine is connected. Exit 1 when something is bad. */
export async function mineCheck(
  code: string,
  options: MineCheckOptions,
  print: (line: string) => void,
): Promise<number> {
  const gateway = await gatewayAt(options);
  const path = `mines/${encodeURIComponent(code)}/check`;
  const check = (await gateway.get(`${path}?hours=${options.hours}`)) as Answer;
  if (options.html !== undefined)
    await writeFile(options.html, await gateway.text(`${path}.html?hours=${options.hours}`));
  if (options.json) print(JSON.stringify(check));
  else {
    for (const line of lines(check)) print(line);
    if (options.html !== undefined) print(`联网验收单: ${options.html}`);
  }
  return check.state === "bad" ? EXIT.faults : EXIT.well;
}

const MARKS: Readonly<Record<CheckState, string>> = {
  ok: pc.green("合格  ok  "),
  unknown: pc.dim("待查  ?   "),
  warn: pc.yellow("改进  warn"),
  bad: pc.red("不合格 bad"),
};

function lines({ mine, name, at, hours, version, state, items }: Answer): string[] {
  return [
    `联网验收单  ${mine} ${name}  ${at} 之前 ${hours} 小时  davylamp ${version}`,
    ...items.flatMap(itemLines),
    `${MARKS[state]}`,
  ];
}

const itemLines = ({ title, state, figure, from, samples, remedy }: CheckItem): string[] => [
  `${MARKS[state]}  ${title.zh} (${title.en}): ${figure.zh}`,
  ...(state === "ok" ? [] : [pc.dim(`            计自: ${from.zh}`)]),
  ...samples.map(({ zh }) => `            - ${zh}`),
  ...(remedy === null ? [] : [`            整改: ${remedy.zh}`, pc.dim(`            ${remedy.en}`)]),
];
