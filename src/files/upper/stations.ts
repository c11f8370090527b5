import { LEAST_STALE } from "../../model/mine.ts";
import { UNKNOWN_BITS } from "../../model/reading.ts";
import type { Instant } from "../../model/time.ts";
import type { RecordTexts } from "../../wire/national/write.ts";
import type { Said, Writing } from "../../wire/national/write-fields.ts";
import { stationStateRecord } from "../../wire/national/write-records.ts";
import type { UpperPoint } from "./calls.ts";
import { stationOfSupply, stationPart } from "./known.ts";

/** What is known of one station: its link, and its supply where there is one. */
interface Station {
  link: { readonly point: UpperPoint; readonly said: Said } | null;
  supply: { readonly point: UpperPoint; readonly said: Said } | null;
}

const RUN: Readonly<Record<string, number>> = { ok: 0, lost: 1, fault: 2, unknown: 9 };
const SUPPLY: Readonly<Record<string, number>> = { battery: 1, mains: 2, fault: 9 };

/** Stations by code, of the samples of their points. */
export function stationsOf(samples: Iterable<{ point: UpperPoint; said: Said }>): Map<string, Station> {
  const stations = new Map<string, Station>();
  for (const { point, said } of samples) {
    const part = stationPart(point.def);
    if (part === null) continue;
    const code = part === "link" ? point.def.code : stationOfSupply(point.def);
    const station = stations.get(code) ?? { link: null, supply: null };
    stations.set(code, station);
    station[part] = { point, said };
  }
  return stations;
}

/**
 * FZSS and JZSS have one time for two things: the newer of the two where both hold at it, which is so when they were
 * sent together or on change; else that of the link, with the supply only if it was said by then. Null = no word of
 * the link, without which there is no record.
 */
export function stationRecord(code: string, { link, supply }: Station, writing: Writing): RecordTexts | null {
  if (link === null) return null;
  const held = supply !== null && holdAt(link, supply);
  const t = held ? Math.max(link.said.t, supply.said.t) : link.said.t;
  const isSaid = supply !== null && (held || supply.said.t <= t);
  const run = numberOf(link, RUN) ?? RUN["unknown"];
  return stationStateRecord(
    code,
    { run: run as number, supply: isSaid ? numberOf(supply, SUPPLY) : null, t },
    writing,
  );
}

type Part = NonNullable<Station["link"]>;

function holdAt(link: Part, supply: Part): boolean {
  const [older] = link.said.t <= supply.said.t ? [link] : [supply];
  return older.point.def.cycle === 0 || Math.abs(link.said.t - supply.said.t) <= LEAST_STALE;
}

/** The contract's number for what a point says, in its own words where it has some; null = nothing is known. */
function numberOf({ point, said }: Part, numbers: Readonly<Record<string, number>>): number | null {
  if ((said.s & UNKNOWN_BITS) !== 0 || Number.isNaN(said.v)) return null;
  const word = point.def.states?.[String(said.v)];
  if (word !== undefined) return numbers[word] ?? null;
  return Object.values(numbers).includes(said.v) ? said.v : null;
}

/** Samples that share a second: only those are one record of the past. */
export const secondOf = (t: Instant): Instant => Math.floor(t / 1000) * 1000;
