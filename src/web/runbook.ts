import { readFile } from "node:fs/promises";
import { GATEWAY_MINE, type MineCode } from "../model/mine.ts";
import { type Assets, asset } from "./assets.ts";

const PATH = "/docs/runbook";

/** Where it stands what to do about a trouble of the gateway; null = the alarm is of a mine, and its rule says what to do. */
export const runbookOf = ({
  mine,
  rule,
}: {
  readonly mine: MineCode;
  readonly rule: string;
}): string | null => (mine === GATEWAY_MINE ? `${PATH}#${encodeURIComponent(rule)}` : null);

/** `docs/RUNBOOK.md` as a page for a browser, made once; without the file there is none. */
export async function readRunbook(file: string): Promise<Assets> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  if (text === null) return new Map();
  return new Map([[PATH, await asset("runbook.html", Buffer.from(page(text)))]]);
}

function page(markdown: string): string {
  return `<!doctype html><html lang="zh"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>davylamp: runbook</title><style>${STYLE}</style></head><body><main>${blocks(markdown)}</main></body></html>`;
}

/** As much of Markdown as the file uses: headings, anchors, lists, paragraphs, words in bold or code. */
function blocks(markdown: string): string {
  return markdown
    .split(/\n{2,}/)
    .map((block) => block.trim())
    .filter((block) => block !== "")
    .map(blockOf)
    .join("\n");
}

function blockOf(block: string): string {
  const [, anchor, rest = block] = /^<a id="([\w-]+)"><\/a>\n([\s\S]*)$/.exec(block) ?? [];
  const [, marks = "", title = ""] = /^(#{1,3}) (.*)$/.exec(rest) ?? [];
  if (marks !== "") {
    const id = anchor === undefined ? "" : ` id="${anchor}"`;
    return `<h${marks.length}${id}>${inline(title)}</h${marks.length}>`;
  }
  if (!rest.startsWith("- ")) return `<p>${inline(rest)}</p>`;
  const items = rest.split(/\n(?=- )/).map((item) => `<li>${inline(item.slice(2))}</li>`);
  return `<ul>${items.join("")}</ul>`;
}

const SIGNS: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

const inline = (text: string): string =>
  text
    .replace(/[&<>"]/g, (sign) => SIGNS[sign] ?? sign)
    .replace(/\*\*(.+?)\*\*/g, "<b>$1</b>")
    .replace(/`(.+?)`/g, "<code>$1</code>");

const STYLE = `body{font:17px/1.6 system-ui,sans-serif;margin:0;background:#fff;color:#1c2733}main{max-width:52rem;margin:auto;padding:1rem}
h2{border-top:1px solid #ccd3da;padding-top:1rem}h2:target{background:#fff2c4}code{background:#f2f4f6;padding:0 .2em;font-size:.92em}`;
