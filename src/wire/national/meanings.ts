import { EVENT_RECORDS, PEOPLE_EVENTS, STAT_RECORDS } from "./event-records.ts";
import { FILE_TYPES, type FileType, type Meaning, REST, UNKNOWN } from "./layouts.ts";
import { AREAS, PEOPLE, PERSONNEL } from "./people-records.ts";
import { POINT_RECORDS } from "./point-records.ts";
import { READING_RECORDS } from "./reading-records.ts";
import type { RecordRules } from "./record.ts";
import { STATION_RECORDS, STATION_STATES } from "./station-records.ts";

export const RULES: Readonly<Record<Meaning, RecordRules>> = {
  points: POINT_RECORDS,
  readings: READING_RECORDS,
  events: EVENT_RECORDS,
  stats: STAT_RECORDS,
  stations: STATION_RECORDS,
  "station-states": STATION_STATES,
  personnel: PERSONNEL,
  people: PEOPLE,
  areas: AREAS,
  "people-events": PEOPLE_EVENTS,
};

/** Without fields of these keys a record of the meaning would be refused every time. */
const NEEDED: Readonly<Record<Meaning, readonly string[]>> = {
  points: ["code"],
  readings: ["p", "v"],
  events: ["p", "start"],
  stats: ["p", "max", "maxAt", "min", "minAt", "avg"],
  stations: ["code"],
  "station-states": ["code", "run", "t"],
  personnel: ["card"],
  people: ["card", "flag", "down"],
  areas: ["kind", "code", "name"],
  "people-events": ["start"],
};

/** What is wrong with a mine's own order of fields for a file type; null = nothing. */
export function layoutFault(
  type: string,
  names: readonly string[],
): { what: string; allowed: string } | null {
  const { meaning, layouts, sichuan = [] } = FILE_TYPES[type] as FileType;
  const { fields } = RULES[meaning];
  const known = [
    ...new Set([...Object.keys(fields), ...[...layouts, ...sichuan].flatMap((layout) => layout.fields)]),
  ].filter((name) => name !== UNKNOWN && name !== REST);
  const strange = names.find((name) => name !== UNKNOWN && name !== REST && !known.includes(name));
  const allowed = `${known.join(", ")}; "${UNKNOWN}" = kept raw, "${REST}" = any number of such`;
  if (strange !== undefined) return { what: `${type} has no field ${strange}`, allowed };
  const twice = names.find((name, i) => name !== UNKNOWN && names.indexOf(name) !== i);
  if (twice !== undefined) return { what: `${twice} stands twice`, allowed };
  const keys = names.map((name) => fields[name]?.key);
  const missing = NEEDED[meaning].find((key) => !keys.includes(key));
  if (missing === undefined) return null;
  const those = Object.keys(fields).filter((name) => fields[name]?.key === missing);
  return { what: `${type} cannot be read without ${those.join(" or ")}`, allowed };
}
