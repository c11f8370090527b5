import type { Dialect } from "../config/dialect-file.ts";

/** One record's text and where a person finds it. */
export interface Piece {
  readonly line: number;
  readonly text: string;
}

export interface Pieces {
  readonly header: string;
  readonly records: readonly Piece[];
  /** Begun and not ended: the writer stopped, or has not come further yet. */
  readonly cut: Piece | null;
  /** What stands behind the file's end. */
  readonly after: readonly Piece[];
  /** The end mark is there, or, where the dialect has none, the last record is whole. */
  readonly ended: boolean;
  readonly lineBreaks: boolean;
  /** No record end was found at all. */
  readonly whole: boolean;
  /** More pieces than a file may have: the rest was not looked at. */
  readonly tooMany: boolean;
}

/** Ten records for each point a mine may have. */
export const MOST_PIECES = 200_000;

/**
 * Cuts a file at its record ends (domain.md §2.2). Line breaks mean nothing where the dialect does not say that
 * they end a record; places are counted by them all the same, because that is how an editor shows the file.
 */
export function cutPieces(text: string, { record, end }: Pick<Dialect, "record" | "end">): Pieces {
  const plain = text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;
  const lineBreaks = plain.trim().includes("\n");
  const endAt = end === "" ? -1 : plain.indexOf(end);
  const body = endAt < 0 ? plain : plain.slice(0, endAt);
  const parts = body.split(record, MOST_PIECES + 1);
  const place = createPlaces(lineBreaks, record);
  const pieces = parts.map((part) => place(part));
  const last = pieces.pop() as Piece;
  const isOpen = last.text !== "";
  const ended = end === "" ? !isOpen && pieces.length > 0 : endAt >= 0;
  // The end of the file ends its last record too.
  if (isOpen && ended) pieces.push(last);
  const lines = record.includes("\n") ? pieces.filter(isFilled) : pieces;
  const [head, ...records] = lines.length > 0 ? lines : [last];
  const behind = endAt < 0 ? "" : plain.slice(endAt + end.length);
  return {
    header: head?.text ?? "",
    records: records.filter(isFilled),
    cut: isOpen && !ended && pieces.length > 0 ? last : null,
    after: behind
      .split(record, MOST_PIECES + 1)
      .map((part) => place(part))
      .filter(isFilled),
    ended,
    lineBreaks,
    whole: parts.length === 1 && record !== "\n",
    tooMany: parts.length > MOST_PIECES,
  };
}

const isFilled = ({ text }: Piece): boolean => text !== "";

/** Gives each part of the text, handed over in order, its place and takes the line breaks out of it. */
function createPlaces(lineBreaks: boolean, record: string): (part: string) => Piece {
  let line = 1;
  const own = record.includes("\n") ? 1 : 0;
  return (part) => {
    if (!lineBreaks) return { line: line++, text: part.trim() };
    const blank = part.length - part.trimStart().length;
    const at = line + breaks(part.slice(0, blank));
    line = at + breaks(part.slice(blank)) + own;
    return { line: at, text: part.includes("\n") ? part.replaceAll("\n", "").trim() : part.trim() };
  };
}

function breaks(text: string): number {
  let found = 0;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) found++;
  return found;
}
