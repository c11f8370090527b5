import type { Dialect } from "../config/dialect-file.ts";
import { type Element, RAW, type Value } from "./element.ts";
import { type Layout, REST, UNKNOWN } from "./layouts.ts";
import { isWrong, type Wrong, wrong } from "./reasons.ts";
import { instantOf, isNone, type Read } from "./values.ts";

/** What one field becomes. A meaning is a table of these by the field's name: a writer can use the same table. */
export interface Field {
  /** The contract's key; null = the point table says it already, so it is not carried along. */
  readonly key: string | null;
  readonly read: Read;
  /**
   * `always`: a record without it is refused. `given`: it may be empty, but not wrong. `soft`: what cannot be read
   * is kept raw and noted, because the record is worth more than the field.
   */
  readonly need: "always" | "given" | "soft";
}

export type Fields = Readonly<Record<string, Field>>;

export interface Taken {
  readonly element: Element;
  /** Soft fields that could not be read. */
  readonly spoilt: readonly string[];
}

interface Slot {
  readonly at: number;
  readonly name: string;
  readonly field: Field | null;
}

/** Reads records of one layout. */
export interface RowReader {
  readonly layout: Layout;
  /** The texts of the fields, trimmed, or what is wrong with their number. */
  split(text: string): readonly string[] | Wrong;
  take(texts: readonly string[]): Taken | Wrong;
}

export function createRowReader(layout: Layout, fields: Fields, dialect: Dialect): RowReader {
  const slots = layout.fields.map((name, at): Slot => {
    const field = Object.hasOwn(fields, name) ? (fields[name] as Field) : null;
    return { at, name: name === UNKNOWN ? `字段${at + 1}` : name, field };
  });
  const lastIsTime = slots.at(-1)?.field?.key === "t" || layout.fields.at(-1)?.endsWith("时间") === true;
  return {
    layout,
    split: (text) => splitFields(text, layout, dialect, lastIsTime),
    take: (texts) => takeFields(texts, slots, dialect),
  };
}

function splitFields(
  text: string,
  layout: Layout,
  dialect: Dialect,
  lastIsTime: boolean,
): readonly string[] | Wrong {
  const texts = text.split(dialect.field).map((field) => field.trim());
  const { length } = layout.fields;
  const gap = layout.fields.indexOf(REST);
  if (gap >= 0) {
    const more = texts.length - length + 1;
    if (more < 0) return wrongNumber(text, texts.length, `至少${length - 1}`, dialect);
    const rest = texts.splice(gap, more);
    texts.splice(gap, 0, rest.filter((each) => each !== "").join(dialect.field));
    return texts;
  }
  if (texts.length === length + 1 && texts.at(-1) === "") {
    // One separator too many at the end changes nothing where the field before it shows that it is the last.
    if (layout.closed === true || (lastIsTime && instantOf(texts[length - 1] ?? "", dialect) !== null)) {
      texts.pop();
    }
  }
  if (texts.length > length || texts.length < length - (layout.spare ?? 0)) {
    const expected = layout.spare === undefined ? `${length}` : `${length - layout.spare}到${length}`;
    return wrongNumber(text, texts.length, expected, dialect);
  }
  return texts;
}

function wrongNumber(text: string, found: number, expected: string, { field }: Dialect): Wrong {
  const numbers = `应有${expected}个字段,实有${found}个`;
  if (field === ";" && text.includes("；")) {
    return wrong("full-width", `用了全角分号“；”,应为半角“;”(${numbers})`);
  }
  return wrong("fields", numbers);
}

function takeFields(texts: readonly string[], slots: readonly Slot[], dialect: Dialect): Taken | Wrong {
  const element: Element = {};
  const raw: Record<string, string> = {};
  let spoilt: string[] | null = null;
  let hasRaw = false;
  for (const { at, name, field } of slots) {
    const text = texts[at] ?? "";
    if (field === null) {
      if (text === "") continue;
      raw[name] = text;
      hasRaw = true;
      continue;
    }
    if (field.key === null) continue;
    const got = isNone(text, dialect) ? undefined : field.read(text, name, dialect);
    if (got === undefined) {
      if (field.need === "always") return wrong("missing", `没有${name}`);
    } else if (!isWrong(got)) {
      element[field.key] = got as Value;
    } else if (field.need === "soft") {
      raw[name] = text;
      hasRaw = true;
      spoilt ??= [];
      spoilt.push(got.reason);
    } else {
      return got;
    }
  }
  if (hasRaw) element[RAW] = raw;
  return { element, spoilt: spoilt ?? NOTHING };
}

const NOTHING: readonly string[] = [];
