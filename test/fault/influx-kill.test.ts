import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readCursor, writeCursor } from "../../src/influx/cursor-file.ts";
import { noInfluxToKill, type RealInflux, startInflux } from "../support/influx-real.ts";
import { aRoom, saved } from "../support/influx-room.ts";
import { compared, influxRun } from "../support/influx-run.ts";
import { EPOCH, openLogs, spoolReadings, T0 } from "../support/store-logs.ts";

const why = noInfluxToKill === null ? "" : ` (${noInfluxToKill})`;

describe.skipIf(noInfluxToKill !== null)(`a gateway and its InfluxDB, killed at random moments${why}`, () => {
  it("have the same rows and the same steps of alarms in the end, and all that was acknowledged", async () => {
    const seed = Date.now() % 1_000_000;
    const report = await influxRun({ kills: 6, seed });
    expect(report.faults, `seed ${seed}`).toEqual([]);
    expect(report.acknowledged).toBeGreaterThan(100);
    expect(report.rows).toBeGreaterThan(500);
    expect(report.steps).toBeGreaterThan(0);
    console.log(
      `InfluxDB: ${report.kills} kills, ${report.outages} of them of InfluxDB; ${report.acknowledged} messages acknowledged; ` +
        `${report.rows} rows of ${report.points} points and ${report.steps} steps of alarms compared, none missing`,
    );
  });
});

describe.skipIf(noInfluxToKill !== null)(`the comparison of that run${why}`, () => {
  let dir: string;
  let real: RealInflux;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "davylamp-bites-"));
    real = await startInflux(join(dir, "influx"));
  });
  afterAll(async () => {
    await real?.close();
    await rm(dir, { recursive: true, force: true });
  });

  const RECORDS = 200;
  const cursor = () => join(dir, "influx.cursor");
  const held = (acknowledged: readonly string[] = []) =>
    compared(dir, real, { spool: RECORDS, journal: 0 }, acknowledged);

  async function written(to: number): Promise<void> {
    const influx = await aRoom(dir, real);
    influx.synced({ spool: to, journal: 0 });
    await saved(influx, to);
    await influx.close();
  }

  it("finds rows that a cursor written ahead of them passed by, a message that is lost, and a row nobody sent", async () => {
    const { spool, journal } = await openLogs(dir);
    for (let i = 0; i < RECORDS; i++) spoolReadings(spool, [{ p: `P${i % 5}`, v: i, t: T0 + i * 1_000 }]);
    await spool.sync();
    await Promise.all([spool.close(), journal.close()]);

    // A writer that saves where it will be and dies before the rows are there.
    await written(100);
    const { url, org, bucket } = real;
    const target = `${url} ${org} ${bucket}`;
    const at = await readCursor(cursor(), EPOCH, target);
    expect(at?.spool).toBe(100);
    if (at !== null) await writeCursor(cursor(), { ...at, spool: 130 });
    await written(RECORDS);
    const { faults } = await held();
    expect(faults).toHaveLength(5);
    expect(faults.every((fault) => /:P\d: 6 of 40 rows missing/.test(fault))).toBe(true);

    // From its true place on it is whole again.
    if (at !== null) await writeCursor(cursor(), at);
    await written(RECORDS);
    expect((await held()).faults).toEqual([]);

    expect((await held(["never came"])).faults).toEqual([
      "1 acknowledged messages are not in the spool: never came",
    ]);
    const { database, retentionPolicy } = real;
    const invented = `safety,mine=520523017311,point=P1 v=7,s=0i ${T0}000000`;
    const put = `${url}/api/v2/write?bucket=${database}/${retentionPolicy}&precision=ns`;
    expect((await fetch(put, { method: "POST", body: invented })).status).toBe(204);
    expect((await held()).faults).toEqual([expect.stringMatching(/:P1: 1 rows that nobody sent/)]);
  });
});
