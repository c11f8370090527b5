import type { MineCode, System } from "../model/mine.ts";
import type { SpooledReadings } from "../wire/spool-rows.ts";
import { verdictOf } from "../wire/spool-rows.ts";
import { type PointLabel, type PointLine, pointLine, rowFields } from "./line.ts";
import type { LineWriter } from "./line-bytes.ts";

/** Lines of the rows that a spool record brings, by the labels its points have now. */
export interface RowLines {
  label(labels: readonly PointLabel[]): void;
  put(readings: SpooledReadings, lines: LineWriter): void;
}

export function createRowLines(): RowLines {
  /** By stream, then by code: no text is put together for a row. */
  const streams = new Map<MineCode, Map<System, Map<string, PointLine>>>();

  function pointsOf(mine: MineCode, system: System): Map<string, PointLine> {
    const systems = streams.get(mine) ?? new Map<System, Map<string, PointLine>>();
    streams.set(mine, systems);
    const points = systems.get(system) ?? new Map<string, PointLine>();
    systems.set(system, points);
    return points;
  }

  /** A point that nobody has named is written by what its record says of it. */
  function unnamed(mine: MineCode, system: System, code: string): PointLine {
    const line = pointLine({ mine, system, code, type: null, loc: null, place: null, twoValued: false });
    pointsOf(mine, system).set(code, line);
    return line;
  }

  return {
    label(labels) {
      for (const label of labels) pointsOf(label.mine, label.system).set(label.code, pointLine(label));
    },
    put(readings, lines) {
      const { mine, system, columns } = readings;
      const { n, codes, t, v, s } = columns;
      const points = pointsOf(mine, system);
      for (let i = 0; i < n; i++) {
        const verdict = verdictOf(readings, i);
        if (verdict < 0) continue;
        const code = codes[i] as string;
        const point = points.get(code) ?? unnamed(mine, system, code);
        const fields = rowFields(point.twoValued, t[i] as number, v[i] as number, s[i] as number, verdict);
        lines.put(point.prefix, fields);
      }
    },
  };
}
