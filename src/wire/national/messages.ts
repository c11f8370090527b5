import { BOUNDS } from "../../model/bounds.ts";
import type { Instant } from "../../model/time.ts";
import { iso } from "../time.ts";
import type { Element } from "./element.ts";
import type { NationalMessage } from "./file.ts";

/** Elements of one message other than readings; a table or list in more goes out in parts. */
const MOST_ELEMENTS = 1000;
/** Characters of one message: even at three bytes each they fit into a packet. */
const MOST_CHARACTERS = 300_000;

/** The elements as messages within the bounds of a packet (contract §3). */
export function pack(
  kind: "readings" | "events" | "stats",
  ts: Instant,
  elements: readonly Element[],
): NationalMessage[] {
  const most = kind === "readings" ? BOUNDS.readingsPerPacket : MOST_ELEMENTS;
  return chunks(elements, most, 0).map((texts) =>
    message(kind, `{"ts":"${iso(ts)}","${kind}":[${texts.join(",")}]}`, texts.length),
  );
}

/** A whole table or list: its parts share `ts`, and an empty one is one message too. */
export function packWhole(
  kind: "points" | "people",
  ts: Instant,
  elements: readonly Element[],
  beside: { readonly count?: number; readonly areas?: readonly unknown[] } = {},
): NationalMessage[] {
  const areas = beside.areas === undefined ? "" : `,"areas":${JSON.stringify(beside.areas)}`;
  const count = beside.count === undefined ? "" : `,"count":${beside.count}`;
  const found = chunks(elements, MOST_ELEMENTS, areas.length);
  const parts = found.length === 0 ? [[]] : found;
  return parts.map((texts, i) => {
    const place = parts.length === 1 ? "" : `,"part":${i + 1},"parts":${parts.length}`;
    const list = `"${kind}":[${texts.join(",")}]${i === 0 ? areas : ""}`;
    return message(kind, `{"ts":"${iso(ts)}"${place}${count},${list}}`, texts.length);
  });
}

/** `used`: characters of the first message that are taken already. */
function chunks(elements: readonly Element[], most: number, used: number): string[][] {
  const all: string[][] = [];
  let texts: string[] = [];
  let length = used;
  for (const element of elements) {
    const text = JSON.stringify(element);
    if (texts.length === most || (length > 0 && length + text.length > MOST_CHARACTERS)) {
      all.push(texts);
      texts = [];
      length = 0;
    }
    texts.push(text);
    length += text.length + 1;
  }
  if (texts.length > 0) all.push(texts);
  return all;
}

const encoder = new TextEncoder();
const message = (kind: NationalMessage["kind"], text: string, elements: number): NationalMessage => ({
  kind,
  payload: encoder.encode(text),
  elements,
});
