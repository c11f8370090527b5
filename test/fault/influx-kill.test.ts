import { describe, expect, it } from "vitest";
import { noInfluxToKill } from "../support/influx-real.ts";
import { influxRun } from "../support/influx-run.ts";

const why = noInfluxToKill === null ? "" : ` (${noInfluxToKill})`;

describe.skipIf(noInfluxToKill !== null)(`a gateway and its InfluxDB, killed at random moments${why}`, () => {
  it("have the same rows and the same steps of alarms in the end, and all that was acknowledged", async () => {
    const report = await influxRun({ kills: 6, seed: Date.now() % 1_000_000 });
    expect(report.faults).toEqual([]);
    expect(report.acknowledged).toBeGreaterThan(100);
    expect(report.rows).toBeGreaterThan(500);
    expect(report.steps).toBeGreaterThan(0);
    console.log(
      `InfluxDB: ${report.kills} kills, ${report.outages} of them of InfluxDB; ${report.acknowledged} messages acknowledged; ` +
        `${report.rows} rows of ${report.points} points and ${report.steps} steps of alarms compared, none missing`,
    );
  });
});
