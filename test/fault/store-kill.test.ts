import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { VERDICT } from "../../src/model/reading.ts";
import type { BucketRow } from "../../src/model/series.ts";
import { MINUTE } from "../../src/model/time.ts";
import type { Store } from "../../src/store/api.ts";
import { openDatabase } from "../../src/store/sqlite.ts";
import { openStore } from "../../src/store/store.ts";
import { EPOCH, MINE, openLogs, type Reading, spoolReadings, spoolStats, T0 } from "../support/store-logs.ts";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "davylamp-store-kill-"));
});
afterEach(() => rm(dir, { recursive: true }));

const options = (base: string) => ({
  dir: join(base, "store"),
  spool: { dir: join(base, "spool") },
  journal: { dir: join(base, "journal") },
  epoch: EPOCH,
});

const STORE_JS = new URL("../../dist/store/store.js", import.meta.url).href;
/** Reads the spool a few records at a time and flushes after each, saying where it is, until it is killed. */
const VICTIM = `
  const { openStore } = await import(${JSON.stringify(STORE_JS)});
  const [options, head] = JSON.parse(process.argv[1]);
  const store = await openStore({ ...options, clock: { wall: Date.now }, onTrouble: (...t) => console.error(...t) });
  for (let to = (await store.progress()).series; ; ) {
    to = Math.min(to + 7, head);
    store.spoolAt(to);
    while ((await store.progress()).position < to);
    await store.flush();
    console.log(to);
  }`;

const MESSAGES = 2_000;
/** Each message is a record, and the statistic before it. */
const RECORDS = 2 * MESSAGES;
const POINTS = 40;

/** Readings of forty points, some of them late, some refused; what series must have of them, by point. */
async function writeSpool(): Promise<Map<string, unknown[]>> {
  const { spool, journal } = await openLogs(dir);
  const expected = new Map<string, { t: number; v: number; s: number; flags: number }[]>();
  for (let m = 0; m < MESSAGES; m++) {
    const readings = Array.from({ length: 10 }, (_, i): Reading => {
      const late = (m + i) % 17 === 0 ? 3_600_000 : 0;
      return { p: `T${(m * 10 + i) % POINTS}`, v: (m % 100) / 100, t: T0 + m * 1_000 - late };
    });
    spoolStats(spool, [toldOf(m)]);
    const verdicts = Uint8Array.from(readings, (_, i) => ((m + i) % 23 === 0 ? VERDICT.duplicate : 0));
    spoolReadings(spool, readings, verdicts);
    readings.forEach(({ p, v, t }, i) => {
      if (verdicts[i] !== 0) return;
      const rows = expected.get(p) ?? [];
      expected.set(p, rows);
      rows.push({ t, v: v!, s: 0, flags: 0 });
    });
  }
  await spool.sync();
  await Promise.all([spool.close(), journal.close()]);
  for (const rows of expected.values()) rows.sort((a, b) => a.t - b.t);
  return expected;
}

/** Of a point without readings, so that every one of them can be asked for. */
const toldOf = (m: number) => {
  const from = T0 + m * 5 * MINUTE;
  return { p: "TOLD", from, to: from + 5 * MINUTE, max: m, maxAt: from, min: -m, minAt: from, avg: m / 2 };
};

/** Runs the victim up to `head` and kills it `afterMs` after its first flush; answers the last flush it told of. */
async function killedRun(afterMs: number, head = RECORDS): Promise<number> {
  const child = spawn(
    process.execPath,
    ["--input-type=module", "-e", VICTIM, JSON.stringify([options(dir), head])],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  let said = "";
  child.stdout.on("data", (data) => {
    said += data;
  });
  const gone = once(child, "close");
  await once(child.stdout, "data");
  await wait(afterMs);
  child.kill("SIGKILL");
  await gone;
  return Number(said.trim().split("\n").at(-1));
}

/** Points whose rows in the store are not those of the spool. */
async function differing(store: Store, expected: ReadonlyMap<string, unknown[]>): Promise<string[]> {
  const wrong: string[] = [];
  for (const [point, rows] of expected) {
    const query = { id: `${MINE}:safety:${point}`, from: 0, to: 1e15, step: "raw", limit: 10_000 } as const;
    const answer = await store.series({ ...query, cursor: null });
    if (!isDeepStrictEqual(answer.rows, rows)) wrong.push(point);
  }
  const told = { id: `${MINE}:safety:TOLD`, from: 0, to: 1e15, step: "5m", limit: 10_000 } as const;
  const { rows: means } = await store.series({ ...told, cursor: null });
  const found = (means as BucketRow[]).map(({ t, avg }) => [t, avg]);
  const said = Array.from({ length: MESSAGES }, (_, m) => [toldOf(m).from, m / 2]);
  return isDeepStrictEqual(found, said) ? wrong : [...wrong, "TOLD"];
}

describe("a store killed in the middle of flushes", () => {
  it("has, after it has read on from its cursor, exactly the rows of the spool, each stored once", async () => {
    const expected = await writeSpool();
    const flushed: number[] = [];
    for (let round = 0; round < 12; round++) flushed.push(await killedRun(Math.random() * 60));

    const store = await openStore({
      ...options(dir),
      clock: { wall: Date.now },
      onTrouble: (code, detail) => expect.unreachable(`${code}: ${detail}`),
    });
    // What was told as flushed was.
    expect((await store.progress()).series).toBeGreaterThanOrEqual(flushed.at(-1)!);
    expect(flushed).toEqual([...flushed].sort((a, b) => a - b));
    store.spoolAt(RECORDS);
    while ((await store.progress()).position < RECORDS);
    expect(await differing(store, expected)).toEqual([]);
    await store.close();

    // Reading hides repeats: count what is in the file.
    const file = await openDatabase(join(dir, "store", "series.db"), { durability: "lock" });
    const count = [...expected.values()].reduce((sum, rows) => sum + rows.length, 0);
    expect(file.prepare("SELECT sum(rows) AS n FROM chunk").get()).toEqual({ n: count });
    expect(file.prepare("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
    file.close();
  });

  it("is found wanting by that comparison when its cursor was written ahead of the rows", async () => {
    const expected = await writeSpool();
    await killedRun(20, RECORDS / 2);
    // Ten messages and the statistics beside them are passed by.
    const file = await openDatabase(join(dir, "store", "series.db"), { durability: "lock" });
    file.exec("UPDATE cursor SET spool = spool + 20");
    file.close();
    const store = await openStore({ ...options(dir), clock: { wall: Date.now }, onTrouble: () => {} });
    store.spoolAt(RECORDS);
    while ((await store.progress()).position < RECORDS);
    const wrong = await differing(store, expected);
    expect(wrong).toContain("TOLD");
    expect(wrong.length).toBeGreaterThan(POINTS / 2);
    await store.close();
  });
});
