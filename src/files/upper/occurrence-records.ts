import type { RecordTexts, WrittenType } from "../../wire/national/write.ts";
import type { Writing } from "../../wire/national/write-fields.ts";
import { cardAlarmRecord, crowdAlarmRecord } from "../../wire/national/write-people.ts";
import type { Occurrence } from "./occurrences.ts";
import type { OccurrenceKind } from "./people-rules.ts";

export const OCCURRENCE_TYPES = {
  overtime: "RYCS",
  "over-capacity": "RYCY",
  sos: "RYQJ",
  restricted: "RYXZ",
} as const satisfies Readonly<Record<OccurrenceKind, WrittenType>>;

/** Null = its codes cannot be said. */
export function occurrenceRecord(one: Occurrence, writing: Writing): RecordTexts | null {
  const { kind, subject, area, start, end, detail } = one;
  if (kind !== "over-capacity") {
    const place = area === null ? {} : { area };
    return cardAlarmRecord({ ...place, ...detail?.person, card: subject, start, end }, writing);
  }
  const { quota = null, cards = null, area: name = "" } = detail ?? {};
  return crowdAlarmRecord(
    { area: subject === "" ? null : { code: subject, name }, quota, cards, start, end },
    writing,
  );
}
