import type { Found } from "./file.ts";

/** What separates fields and records in a text, by looking, whatever anybody says it should be. */
export function findSeparators(text: string): Pick<Found, "field" | "record" | "end"> {
  const head = text.slice(0, LOOKED_AT);
  const tail = text.slice(-LOOKED_AT).trimEnd();
  const ends = ENDS.filter((each) => tail.endsWith(each));
  return {
    field: mostOften(head, FIELDS),
    record: mostOften(ends[0] === undefined ? head : head.replaceAll(ends[0], ""), RECORDS),
    end: ends[0] ?? null,
  };
}

const LOOKED_AT = 2048;
const FIELDS = [";", "；", ",", "，", "\t", "|"];
const RECORDS = ["~", "～", "^", "\n"];
const ENDS = ["||", "｜｜", "]]]"];

function mostOften(text: string, separators: readonly string[]): string | null {
  let best: string | null = null;
  let most = 0;
  for (const each of separators) {
    const times = text.split(each).length - 1;
    if (times > most) {
      best = each;
      most = times;
    }
  }
  return best;
}

/** The separators as they would be written into a dialect. */
export function foundWords({ field, record, end }: Pick<Found, "field" | "record" | "end">): string {
  const word = (separator: string | null) => (separator === null ? "没有" : JSON.stringify(separator));
  return `文件里看到的是:字段分隔${word(field)},记录结束${word(record)},文件结束${word(end)}`;
}
