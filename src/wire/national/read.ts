import { BOUNDS } from "../../model/bounds.ts";
import type { System } from "../../model/mine.ts";
import type { Dialect } from "../config/dialect-file.ts";
import type { Element } from "./element.ts";
import type {
  Envelope,
  FileName,
  Found,
  Known,
  NationalFile,
  NationalMessage,
  NationalRead,
  Note,
} from "./file.ts";
import { parseFileName } from "./file-name.ts";
import { findSeparators, foundWords } from "./found.ts";
import { type Header, readHeader } from "./header.ts";
import { knownTable, pointFinder, tableOf, withAreas, withPeople, withTable } from "./known.ts";
import { FILE_TYPES, type FileType, type Layout, type Meaning } from "./layouts.ts";
import { RULES } from "./meanings.ts";
import { pack, packWhole } from "./messages.ts";
import { cutPieces, MOST_PIECES, type Pieces } from "./pieces.ts";
import type { FileWrong, RecordWrong } from "./reasons.ts";
import { type Reading, type Rows, readRows } from "./rows.ts";
import { decodeText } from "./text.ts";

/**
 * One national text file as the messages of contract §3. Pure: the same file with the same dialect and the same
 * `known` gives the same messages. Never throws; every record is used or refused with a reason.
 */
export function readNationalFile(file: NationalFile, known: Known): NationalRead {
  const { dialect, bytes } = file;
  const named = parseFileName(file.name, dialect);
  if (!named.ok) return unusable(named, { name: null, ended: false, found: null });
  const { name } = named;
  if (bytes.length > BOUNDS.nationalFileBytes) {
    const reason = `文件有${bytes.length}字节,最多${BOUNDS.nationalFileBytes}`;
    return unusable({ code: "too-large", reason }, { name, ended: false, found: null });
  }
  const text = decodeText(bytes, dialect.encoding);
  if (!text.ok) return unusable(text, { name, ended: false, found: null });
  const pieces = cutPieces(text.text, dialect);
  const found = (header: Found["header"]): Found => ({
    encoding: text.encoding,
    mark: text.mark,
    lineBreaks: pieces.lineBreaks,
    codeLength: name.mine.length,
    ...findSeparators(text.text),
    header,
  });
  const stopped = (code: FileWrong, reason: string) =>
    unusable({ code, reason }, { name, ended: pieces.ended, found: found("national") });
  if (pieces.tooMany) return stopped("too-large", `记录超过${MOST_PIECES}条`);
  if (text.text.trim() === "") return stopped("empty", "文件是空的");
  if (pieces.whole && !pieces.ended) return stopped("separators", separatorWords(dialect, found("national")));
  const head = readHeader(pieces.header, name, dialect);
  if (!head.ok) return stopped(head.code, head.reason);
  const { header } = head;
  const type = FILE_TYPES[name.type] as FileType;
  const ended = pieces.ended || isCounted(header, pieces);
  if (type.whole === true && !ended) {
    const reason = `文件没有结束符${JSON.stringify(dialect.end)}:${name.type}要整个文件才算数。${foundWords(found(header.form))}`;
    return stopped("not-ended", reason);
  }
  const envelope = envelopeOf(name, header, systemOf(type, file.system));
  const rows = readRows(pieces, readingOf(name.type, type, header, dialect), {
    mine: name.mine,
    type: name.type,
    moment: header.moment,
    dialect,
    personOf: (card) => personOf(known, card),
    pointOf: pointFinder(known, envelope.system),
  });
  return {
    ok: true,
    envelope,
    ...told(type.meaning, envelope, rows, known),
    records: rows.records,
    used: rows.used,
    refused: rows.refused,
    notes: [...rows.notes, ...countNote(header, rows)],
    ended,
    found: found(header.form),
  };
}

function unusable(
  { code, reason }: { code: FileWrong; reason: string },
  beside: { name: FileName | null; ended: boolean; found: Found | null },
): NationalRead {
  return { ok: false, code, reason, ...beside };
}

const separatorWords = ({ record }: Dialect, found: Found): string =>
  `没有找到记录结束符${JSON.stringify(record)}。${foundWords(found)};写法不同时请在该矿方言里写明 field、record、end`;

/** Without an end mark a header that counts its records shows the end as well. */
const isCounted = ({ count }: Header, { records, cut }: Pieces): boolean =>
  count !== null && cut === null && count === records.length;

const systemOf = (type: FileType, folder: System | undefined): System =>
  type.system === "person" ? "person" : (folder ?? type.system);

const envelopeOf = (name: FileName, header: Header, system: System): Envelope => ({
  mine: name.mine,
  type: name.type,
  system,
  moment: header.moment,
  named: name.moment,
  mineName: header.mineName,
  count: header.count,
  header: header.fields,
});

/** What names a record of a table or list. */
const KEYS: Partial<Record<Meaning, string>> = {
  points: "code",
  stations: "code",
  personnel: "card",
  people: "card",
  areas: "code",
};
const MOST_AREAS = 1000;

function readingOf(name: string, type: FileType, header: Header, dialect: Dialect): Reading {
  return {
    type: name,
    layouts: layoutsOf(name, type, header, dialect),
    rules: RULES[type.meaning],
    key: KEYS[type.meaning] ?? null,
    most: type.meaning === "areas" ? MOST_AREAS : Number.POSITIVE_INFINITY,
  };
}

/** The mine's own order of fields, else the form its dialect or its header shows. */
function layoutsOf(
  name: string,
  { layouts, sichuan }: FileType,
  { form }: Header,
  dialect: Dialect,
): readonly Layout[] {
  const own = Object.hasOwn(dialect.layouts, name) ? dialect.layouts[name] : undefined;
  if (own !== undefined) return [{ fields: own }];
  if (sichuan === undefined) return layouts;
  return dialect.form === "sichuan" || form === "sichuan-table" || layouts.length === 0 ? sichuan : layouts;
}

const personOf = ({ people }: Known, card: string): Element | undefined =>
  people !== null && Object.hasOwn(people.rows, card) ? people.rows[card] : undefined;

function countNote({ count }: Header, { records }: Rows): Note[] {
  if (count === null || count === records) return [];
  return [{ code: "count-differs", reason: `文件头说有${count}条,实有${records}条`, line: 1, times: 1 }];
}

interface Told {
  readonly messages: readonly NationalMessage[];
  readonly told: "messages" | "known" | "older";
  readonly known: Known;
}

/** What the rows become: messages, and what later files need of them. */
function told(meaning: Meaning, envelope: Envelope, rows: Rows, known: Known): Told {
  const { moment } = envelope;
  const { elements } = rows;
  switch (meaning) {
    case "readings":
    case "station-states":
      return say(pack("readings", moment, elements), known);
    case "stats":
      return say(pack("stats", moment, elements), known);
    case "events":
    case "people-events":
      return say(pack("events", moment, elements), known);
    case "points":
    case "stations":
      return tellTable(envelope, elements, known);
    case "people":
      return say(peopleMessages(envelope, rows, known), known);
    case "personnel":
      if (isOlder(known.people, moment)) return older(known);
      return keep(elements.length === 0 ? known : withPeople(known, moment, elements));
    case "areas":
      if (isOlder(known.areas, moment)) return older(known);
      return keep(elements.length === 0 ? known : withAreas(known, moment, elements));
  }
}

const say = (messages: readonly NationalMessage[], known: Known): Told => ({
  messages,
  told: "messages",
  known,
});
const keep = (known: Known): Told => ({ messages: [], told: "known", known });
const older = (known: Known): Told => ({ messages: [], told: "older", known });

const isOlder = (table: { readonly at: number } | null | undefined, moment: number): boolean =>
  table !== null && table !== undefined && moment < table.at;

/** A table of nothing says nothing: a mine without points is more likely a file without rows. */
function tellTable({ system, type, moment }: Envelope, points: readonly Element[], known: Known): Told {
  if (isOlder(knownTable(known, system, type), moment)) return older(known);
  if (points.length === 0) return say([], known);
  const next = withTable(known, system, type, { at: moment, points });
  return say(packWhole("points", moment, tableOf(next, system)), next);
}

/** Refused records that are not about somebody else who is underground. */
const NOT_BELOW: readonly RecordWrong[] = ["code-twice", "exit-missing", "after-end"];

/**
 * The count is that of the file's records: who was refused is still one of them, and the gateway sees that the list
 * is not whole. A list of which nothing could be read is no empty mine.
 */
function peopleMessages({ moment }: Envelope, rows: Rows, known: Known): NationalMessage[] {
  if (rows.elements.length === 0 && rows.records > 0) return [];
  const others = rows.refused.filter(({ code }) => NOT_BELOW.includes(code)).length;
  const areas = known.areas === null ? {} : { areas: known.areas.rows };
  return packWhole("people", moment, rows.elements, { count: rows.records - others, ...areas });
}
