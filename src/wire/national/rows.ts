import type { Element } from "./element.ts";
import type { Note, Refused } from "./file.ts";
import type { Layout } from "./layouts.ts";
import type { Piece, Pieces } from "./pieces.ts";
import { isWrong, type Wrong, wrong } from "./reasons.ts";
import type { Beside, RecordRules } from "./record.ts";
import { createRowReader, type RowReader } from "./row.ts";

/** A record that was used, and what it became. */
interface Row {
  readonly piece: Piece;
  readonly elements: readonly Element[];
}

export interface Rows {
  /** Rows of one file, in its order. */
  readonly elements: readonly Element[];
  readonly used: number;
  readonly records: number;
  readonly refused: readonly Refused[];
  readonly notes: readonly Note[];
}

export interface Reading {
  readonly type: string;
  readonly layouts: readonly Layout[];
  readonly rules: RecordRules;
  /** Of two records of one key the last holds (domain.md §2.6). */
  readonly key: string | null;
  readonly most: number;
}

/** Characters of one record; what is longer is no record. */
const MOST_LONG = 16_384;

/** Every record of a file, used or refused with its place and its reason. */
export function readRows(pieces: Pieces, reading: Reading, beside: Omit<Beside, "note">): Rows {
  const notes = createNotes();
  const refused: Refused[] = [];
  const refuse = (piece: Piece, { wrong: code, reason }: Wrong) => {
    refused.push({ line: piece.line, raw: piece.text, code, reason: `第${piece.line}行: ${reason}` });
  };
  const withNotes: Beside = { ...beside, note: (code, reason) => notes.add(code, reason) };
  const readers = reading.layouts.map((layout) =>
    createRowReader(layout, reading.rules.fields, beside.dialect),
  );
  const rows: Row[] = [];
  for (const piece of pieces.records) {
    notes.at(piece.line);
    const elements = readOne(piece.text, readers, reading, withNotes);
    if (isWrong(elements)) refuse(piece, elements);
    else rows.push({ piece, elements });
  }
  const kept = reading.key === null ? rows : lastOfEach(rows, reading.key, refuse);
  for (const { piece } of kept.slice(reading.most)) refuse(piece, wrong("too-many", `超过${reading.most}条`));
  const used = kept.slice(0, reading.most);
  if (pieces.cut !== null) refuse(pieces.cut, CUT_OFF);
  for (const piece of pieces.after) refuse(piece, AFTER_END);
  return {
    elements: used.flatMap(({ elements }) => elements),
    used: used.length,
    records: pieces.records.length + (pieces.cut === null ? 0 : 1) + pieces.after.length,
    refused: refused.sort((a, b) => a.line - b.line),
    notes: notes.all(),
  };
}

const CUT_OFF = wrong("cut-off", "记录没有写完,文件在这里中断");
const AFTER_END = wrong("after-end", "在文件结束符之后");

function readOne(
  text: string,
  readers: readonly RowReader[],
  { type, rules }: Reading,
  beside: Beside,
): readonly Element[] | Wrong {
  if (text.length > MOST_LONG)
    return wrong("record-too-long", `一条记录有${text.length}个字符,最多${MOST_LONG}个`);
  let why: Wrong | null = null;
  for (const reader of readers) {
    const texts = reader.split(text);
    if (isWrong(texts)) {
      why = why === null ? texts : both(why, texts);
      continue;
    }
    const taken = reader.take(texts);
    if (isWrong(taken)) return taken;
    const finished = rules.finish(taken.element, beside, reader.layout);
    if (isWrong(finished)) return finished;
    const elements = Array.isArray(finished) ? (finished as readonly Element[]) : [finished as Element];
    const against = elements.map(rules.door).find((each) => each !== null) ?? null;
    if (against !== null) return wrong("contract", `不合接入要求:${against}`);
    for (const reason of taken.spoilt) beside.note("field-kept-raw", `${reason};原样保留,未采用`);
    if (text.includes(HOLE)) beside.note("damaged", "有无法解码的字节(多半是被截断的汉字)");
    return elements;
  }
  return why ?? wrong("layout-unknown", `${type}的字段没有公开资料,请在该矿方言 layouts 里写明各字段的名称`);
}

const HOLE = "�";

/** Several forms and none fits: what each would have needed. */
const both = (a: Wrong, b: Wrong): Wrong =>
  wrong(
    a.wrong,
    a.reason.replace(
      /应有(.+?)个字段/,
      (_, n: string) => `应有${n}或${/应有(.+?)个/.exec(b.reason)?.[1]}个字段`,
    ),
  );

function lastOfEach(
  rows: readonly Row[],
  key: string,
  refuse: (piece: Piece, why: Wrong) => void,
): readonly Row[] {
  const last = new Map<unknown, Row>();
  for (const row of rows) last.set(row.elements[0]?.[key], row);
  if (last.size === rows.length) return rows;
  return rows.filter((row) => {
    const holds = last.get(row.elements[0]?.[key]) as Row;
    if (holds === row) return true;
    const name = String(row.elements[0]?.[key]);
    refuse(row.piece, wrong("code-twice", `编码“${name}”在第${holds.piece.line}行又出现,以后者为准`));
    return false;
  });
}

/** One line for each code, at its first place, with how often it was so. */
function createNotes() {
  const found = new Map<string, { code: string; reason: string; line: number; times: number }>();
  let line = 1;
  return {
    at(next: number): void {
      line = next;
    },
    add(code: string, reason: string): void {
      const known = found.get(code);
      if (known === undefined) found.set(code, { code, reason: `第${line}行: ${reason}`, line, times: 1 });
      else known.times++;
    },
    all: (): Note[] => [...found.values()],
  };
}
