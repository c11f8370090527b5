import { once } from "node:events";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { copy } from "../../src/cli/copy.ts";
import { exportSeries } from "../../src/cli/export.ts";
import { VERDICT } from "../../src/model/reading.ts";
import { HOUR, MINUTE, SECOND } from "../../src/model/time.ts";
import { lockDataDirectory } from "../../src/store/lock.ts";
import { openSeries } from "../../src/store/series.ts";
import { noInflux, type RealInflux, startInflux } from "../support/influx-real.ts";
import { EPOCH, MINE, openLogs, spoolReadings, spoolStats, T0 } from "../support/store-logs.ts";

let dir: string;
let data: string;
const at = (name: string) => join(dir, name);
const said: string[] = [];
const tell = (line: string) => void said.push(line);

/** A point with commas in its code, states, late rows and rows of one time; and rows that only the spool has. */
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "davylamp-history-"));
  data = at("data");
  await mkdir(data);
  const series = await openSeries(join(data, "series.db"));
  const odd = series.number(`${MINE}:safety:T,1 "x"`);
  for (let i = 0; i < 25_000; i++)
    series.append(odd, T0 + i * SECOND, (i % 137) / 100, i % 400 === 0 ? 4 : 0, 0);
  series.append(odd, T0 + 5 * SECOND, 0.77, 0, VERDICT.late);
  series.append(odd, T0 + 5 * SECOND, Number.NaN, 128, VERDICT.late);
  const fan = series.number(`${MINE}:fan:F`);
  for (let i = 0; i < 300; i++) series.append(fan, T0 + i * MINUTE, i % 2, 0, 0);
  // An hour without readings that the mine told of itself, and a point of which there is nothing else.
  const told = (from: number) => ({
    from,
    to: from + 5 * MINUTE,
    max: 0.5,
    maxAt: from + MINUTE,
    min: 0.25,
    minAt: from,
    avg: 0.4,
  });
  series.appendStat(fan, told(T0 + 8 * HOUR));
  series.appendStat(series.number(`${MINE}:fan:TOLD`), told(T0));
  const { spool, journal } = await openLogs(data);
  const seq = spoolReadings(spool, [{ p: "OLD", v: 9, t: T0 }]);
  spoolReadings(spool, [
    { p: "NEW", v: 1.25, t: T0 + SECOND },
    { p: "NEW", v: 1.5, t: T0 + 2 * SECOND },
  ]);
  spoolStats(spool, [{ p: "NEW", ...told(T0 + HOUR) }]);
  await spool.sync();
  series.flush({ epoch: EPOCH, spool: seq });
  series.close();
  await Promise.all([spool.close(), journal.close()]);
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function exported(options: Partial<Parameters<typeof exportSeries>[0]> = {}): Promise<string[]> {
  const out = at(`out-${Math.random()}`);
  expect(await exportSeries({ data, step: "raw", format: "csv", out, ...options }, tell)).toBe(0);
  return (await readFile(out, "utf8")).trimEnd().split("\n");
}

describe("davylamp export", () => {
  it("writes every reading once, also those only the spool has, with names quoted and values as they were sent", async () => {
    const lines = await exported();
    expect(lines).toHaveLength(1 + 25_002 + 300 + 2);
    expect(lines[0]).toBe("time,point,value,state,flags");
    expect(lines).toContain(`2026-11-21T08:00:01.000+08:00,${MINE}:safety:NEW,1.25,0,0`);
    expect(lines).toContain(`2026-11-21T08:00:05.000+08:00,"${MINE}:safety:T,1 ""x""",,128,${VERDICT.late}`);
    expect(said.at(-1)).toMatch(/4 of 4 points, 25304 rows/);
  });

  it("writes a part: a system, a point, a time, by the hour", async () => {
    const fan = await exported({ system: "fan", step: "1h" });
    expect(fan).toHaveLength(1 + 5 + 1 + 1);
    expect(fan[1]).toBe(
      `2026-11-21T08:00:00.000+08:00,${MINE}:fan:F,60,0,2026-11-21T08:00:00.000+08:00,1,2026-11-21T08:01:00.000+08:00,0.5,0,readings`,
    );
    expect(fan[6]).toBe(
      `2026-11-21T16:00:00.000+08:00,${MINE}:fan:F,0,0.25,2026-11-21T16:00:00.000+08:00,0.5,2026-11-21T16:01:00.000+08:00,0.4,0,stats`,
    );
    const some = await exported({ point: [`${MINE}:safety:NEW`], from: String(T0 + 2 * SECOND) });
    expect(some).toHaveLength(2);
  });

  it("writes the lines that the gateway writes to InfluxDB", async () => {
    const lines = await exported({ format: "line", point: [`${MINE}:safety:NEW`] });
    expect(lines).toHaveLength(3);
    expect(lines[0]).toBe(`safety,mine=${MINE},point=NEW v=1.25,s=0i ${T0 + SECOND}000000`);
    const from = T0 + HOUR;
    expect(lines[2]).toBe(
      `stats,mine=${MINE},point=NEW,system=safety avg=0.4,max=0.5,maxAt=${from + MINUTE},min=0.25,minAt=${from},to=${from + 5 * MINUTE} ${from}000000`,
    );
  });

  it("refuses a point that nobody knows, lines of buckets, a folder without series, and a file that is there", async () => {
    const ask = (options: object) => exported(options);
    await expect(ask({ point: ["520523017311:safety:X"] })).rejects.toThrow(/no point .*:X was ever stored/);
    await expect(ask({ format: "line", step: "1h" })).rejects.toThrow(/--step raw, not 1h/);
    await expect(ask({ data: dir })).rejects.toThrow(/holds no series.db; name a data directory with --data/);
    await writeFile(at("there"), "");
    await expect(ask({ out: at("there") })).rejects.toThrow(/is there already; name a new file with --out/);
  });
});

describe.skipIf(noInflux !== null)("davylamp copy", () => {
  let influx: RealInflux;
  let config: string;
  beforeAll(async () => {
    influx = await startInflux(at("influx"));
    config = at("config");
    await cp("config", config, { recursive: true });
    const path = join(config, "gateway.yaml");
    const { url, org, bucket } = influx;
    await writeFile(
      path,
      `${await readFile(path, "utf8")}\ninflux: { url: "${url}", org: "${org}", bucket: "${bucket}" }\n`,
    );
  });
  afterAll(() => influx?.close());

  it("brings every row there, and back into an empty store, and counts both", async () => {
    const before = [...(await exported()), ...(await exported({ step: "5m" }))];
    said.length = 0;
    expect(await copy({ from: "embedded", to: "influx", data, config }, tell)).toBe(0);
    expect(said.at(-1)).toBe("4 points, 25304 rows and 3 statistics: all are in InfluxDB");
    // Once more changes nothing.
    expect(await copy({ from: "embedded", to: "influx", data, config }, tell)).toBe(0);

    const back = at("back");
    await mkdir(back);
    expect(await copy({ from: "influx", to: "embedded", data: back, config }, tell)).toBe(0);
    expect(said.at(-1)).toBe("4 points, 25304 rows and 3 statistics: all are in the embedded store");
    expect([...(await exported({ data: back })), ...(await exported({ data: back, step: "5m" }))]).toEqual(
      before,
    );
  });

  it("says which points lack rows, and exits 1, when a server says yes and keeps nothing", async () => {
    const forgetful = createServer((request, response) => {
      request.resume().on("end", () => {
        if (request.url?.startsWith("/query")) response.end('{"results":[{}]}');
        else response.writeHead(204).end();
      });
    }).listen(0, "127.0.0.1");
    await once(forgetful, "listening");
    const { port } = forgetful.address() as AddressInfo;
    const other = at("forgetful");
    await cp("config", other, { recursive: true });
    const path = join(other, "gateway.yaml");
    const text = await readFile(path, "utf8");
    await writeFile(path, `${text}\ninflux: { url: "http://127.0.0.1:${port}", bucket: mines }\n`);
    said.length = 0;
    expect(await copy({ from: "embedded", to: "influx", data, config: other }, tell)).toBe(1);
    expect(said).toContain(`${MINE}:fan:F: 300 rows, 0 in InfluxDB`);
    expect(said).toContain(`${MINE}:fan:TOLD: 1 statistics, 0 in InfluxDB`);
    expect(said.at(-1)).toBe("4 of 4 points lack rows in InfluxDB");
    forgetful.close();
    forgetful.closeAllConnections();
  });

  it("refuses to copy onto itself, without an influx, and into a store that a gateway holds", async () => {
    await expect(copy({ from: "influx", to: "influx", data, config }, tell)).rejects.toThrow(/both influx/);
    await expect(copy({ from: "embedded", to: "influx", data, config: "config" }, tell)).rejects.toThrow(
      /names no influx/,
    );
    const lock = await lockDataDirectory(data);
    await expect(copy({ from: "influx", to: "embedded", data, config }, tell)).rejects.toThrow(
      /is in use by/,
    );
    lock.release();
  });
});
