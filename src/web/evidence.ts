import type { Alarm, Evidence } from "../model/alarm.ts";
import { BOUNDS } from "../model/bounds.ts";
import { defaultCycle } from "../model/mine.ts";
import type { RawRow } from "../model/series.ts";
import { HOUR, SECOND } from "../model/time.ts";
import type { WebPorts } from "./ports.ts";

/** Of the 64 samples of a window so many lie before the onset. */
const BEFORE = 48;
const AFTER = BOUNDS.evidenceSamples - BEFORE;
/** Points of one alarm whose windows are shown. */
const MOST_POINTS = 8;
const MOST_ROWS = 10_000;

export interface Window {
  readonly point: string;
  readonly rows: RawRow[];
}

/**
 * What the points of an alarm sent around its onset. The record of the alarm holds what judging it remembered;
 * the rest is looked up when somebody asks, so that the line that judges carries none of it.
 */
export async function evidenceWindow(
  ports: Pick<WebPorts, "series" | "point">,
  alarm: Alarm,
  evidence: Evidence | null,
): Promise<Window[]> {
  const others = (evidence?.samples ?? []).flatMap(({ p }) => (p === undefined ? [] : [p]));
  const points = [...new Set([...(alarm.point === null ? [] : [alarm.point]), ...others])];
  const windows = points.slice(0, MOST_POINTS).map(async (point) => ({
    point,
    rows: await rowsAround(ports, point, alarm),
  }));
  // A store that is down has no window to show; the alarm has its own evidence all the same.
  return Promise.all(windows).catch(() => []);
}

async function rowsAround(
  { series, point }: Pick<WebPorts, "series" | "point">,
  id: string,
  { system, raisedAt }: Alarm,
): Promise<RawRow[]> {
  const cycle = (point(id)?.def.cycle ?? defaultCycle(system)) * SECOND;
  // A point that sends on change may be quiet for long: an hour to both sides.
  const span = (samples: number) => (cycle === 0 ? HOUR : samples * cycle);
  const read = async (from: number, to: number) => {
    const answer = await series({ id, from, to, step: "raw", limit: MOST_ROWS, cursor: null });
    return answer.step === "raw" ? answer.rows : [];
  };
  const before = await read(raisedAt - span(BEFORE), raisedAt);
  const after = await read(raisedAt, raisedAt + span(AFTER));
  return [...before.slice(-BEFORE), ...after.slice(0, AFTER)].map((row) => ({ ...row }));
}
