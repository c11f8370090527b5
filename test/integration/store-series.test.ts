import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { SegmentLog } from "../../src/log/segment-log.ts";
import { VERDICT } from "../../src/model/reading.ts";
import type { RawRow, SeriesRows } from "../../src/model/series.ts";
import type { SeriesBatch, Store } from "../../src/store/api.ts";
import { openStore } from "../../src/store/store.ts";
import { EPOCH, MINE, openLogs, spoolReadings, spoolTick, T0 } from "../support/store-logs.ts";

let dir: string;
let spool: SegmentLog;
let journal: SegmentLog;
let store: Store;
let troubles: string[];
/** Resolves at the next trouble of a code. */
let awaited: Map<string, () => void>;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "davylamp-store-"));
  ({ spool, journal } = await openLogs(dir));
  troubles = [];
  awaited = new Map();
  store = await open();
});
afterEach(async () => {
  await store.close();
  await Promise.all([spool.close(), journal.close()]);
  await rm(dir, { recursive: true });
});

const open = () =>
  openStore({
    dir: join(dir, "store"),
    spool: { dir: join(dir, "spool") },
    journal: { dir: join(dir, "journal") },
    epoch: EPOCH,
    clock: { wall: Date.now },
    onTrouble(code, detail) {
      troubles.push(`${code}: ${detail}`);
      awaited.get(code)?.();
    },
  });

const trouble = (code: string) => new Promise<void>((resolve) => awaited.set(code, resolve));

const id = (code: string) => `${MINE}:safety:${code}`;

async function rowsOf(code: string): Promise<RawRow[]> {
  const query = { id: id(code), from: 0, to: 1e15, step: "raw", limit: 10_000, cursor: null } as const;
  const answer = await store.series(query);
  return answer.step === "raw" ? [...answer.rows] : [];
}

const values = async (code: string) => (await rowsOf(code)).map((row) => row.v);

/** Asks until the worker has read the spool up to here: an answer is an event of its thread. */
async function reached(position: number): Promise<void> {
  while ((await store.progress()).position < position);
}

/** A spool record with one reading of T1, and the batch the engine would make of it. */
function oneReading(v: number): SeriesBatch {
  const t = T0 + v * 1_000;
  const seq = spoolReadings(spool, [{ p: "T1", v, t }]);
  return { spoolFrom: seq, spoolTo: seq, rows: liveRows([[0, t, v]]) };
}

function liveRows(rows: [slot: number, t: number, v: number][]): SeriesRows {
  return {
    n: rows.length,
    slots: Uint32Array.from(rows, ([slot]) => slot),
    t: Float64Array.from(rows, ([, t]) => t),
    v: Float64Array.from(rows, ([, , v]) => v),
    s: new Uint32Array(rows.length),
    flags: new Uint8Array(rows.length),
  };
}

/** Told at start that the spool is empty: from here batches go live. */
async function begin(): Promise<void> {
  store.names([{ slot: 0, id: id("T1") }]);
  store.spoolAt(spool.synced);
  await store.progress();
}

const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1);

describe("the store at start", () => {
  it("reads from the spool what came since its cursor, by the verdicts written there", async () => {
    const verdicts = Uint8Array.of(0, VERDICT.late, VERDICT.duplicate, VERDICT.rejected);
    spoolTick(spool);
    spoolReadings(
      spool,
      [
        { p: "T1", v: 0.5, t: T0, s: 1 },
        { p: "T1", v: 0.4, t: T0 - 1_000 },
        { p: "T2", v: 0.3, t: T0 },
        { p: "T3", v: 0.2, t: T0 },
      ],
      verdicts,
    );
    await spool.sync();
    store.spoolAt(spool.synced);
    await reached(2);
    expect(await rowsOf("T1")).toEqual([
      { t: T0 - 1_000, v: 0.4, s: 0, flags: VERDICT.late },
      { t: T0, v: 0.5, s: 1, flags: 0 },
    ]);
    expect(await rowsOf("T2")).toEqual([]);
    expect(await rowsOf("T3")).toEqual([]);
  });

  it("begins behind its cursor after a clean stop, and reads nothing twice", async () => {
    for (const v of upTo(40)) oneReading(v);
    await spool.sync();
    store.spoolAt(40);
    await reached(40);
    await store.close();
    store = await open();
    expect(await store.progress()).toMatchObject({ series: 40, position: 40 });
    oneReading(41);
    await spool.sync();
    store.spoolAt(41);
    await reached(41);
    expect(await values("T1")).toEqual(upTo(41));
  });

  it("says so when its cursor is beyond the spool, and takes the spool's next records", async () => {
    for (const v of upTo(10)) oneReading(v);
    await spool.sync();
    store.spoolAt(10);
    await reached(10);
    await store.close();
    store = await open();
    store.names([{ slot: 0, id: id("T1") }]);
    store.spoolAt(7);
    await store.progress();
    expect(troubles).toEqual(["gap: series have rows up to spool record 10, the spool ends at 7"]);
    const again = { spoolFrom: 8, spoolTo: 8, rows: liveRows([[0, T0 + 99_000, 99]]) };
    expect(store.rows(again)).toBe(true);
    expect(await values("T1")).toEqual([...upTo(10), 99]);
  });
});

describe("live batches", () => {
  it("are in the series at the next question, without the spool being read", async () => {
    await begin();
    const rows = liveRows([[0, T0, 0.5]]);
    expect(store.rows({ spoolFrom: 1, spoolTo: 3, rows })).toBe(true);
    expect(rows.t.length).toBe(0);
    expect(await values("T1")).toEqual([0.5]);
    expect(await store.progress()).toMatchObject({ series: 0, position: 3 });
    await store.flush();
    expect(await store.progress()).toMatchObject({ series: 3 });
  });

  it("need no rows to carry the position on", async () => {
    await begin();
    store.rows({ spoolFrom: 1, spoolTo: 5, rows: null });
    expect(await store.progress()).toMatchObject({ position: 5 });
  });

  it("wait for each other while the worker is busy, and go to it as one", async () => {
    await begin();
    const burst = upTo(300).map(oneReading);
    await spool.sync();
    expect(burst.map((batch) => store.rows(batch))).toEqual(Array<boolean>(300).fill(true));
    expect(await values("T1")).toEqual(upTo(300));
    expect(await store.progress()).toMatchObject({ position: 300 });
  });

  it("are refused after eight that are not answered; the spool fills in, and live goes on, each row once", async () => {
    await begin();
    const burst = upTo(12).map(oneReading);
    await spool.sync();
    // A question posts what waits, so that each batch is a message of its own; the ninth is one too many.
    const asked: Promise<unknown>[] = [];
    const answers = burst.map((batch) => {
      const live = store.rows(batch);
      asked.push(store.alarm("x"));
      return live;
    });
    expect(answers).toEqual([...Array<boolean>(9).fill(true), ...Array<boolean>(3).fill(false)]);
    await Promise.all(asked);
    await reached(12);
    const next = oneReading(13);
    await spool.sync();
    expect(store.rows(next)).toBe(true);
    expect(await values("T1")).toEqual(upTo(13));
    await store.flush();
    expect(troubles).toEqual([]);
  });

  it("with a hole before them, or partly known, are filled in from the spool", async () => {
    await begin();
    const batches = upTo(10).map(oneReading);
    await spool.sync();
    expect(store.rows(batches[3]!)).toBe(true);
    expect(store.rows({ spoolFrom: 3, spoolTo: 6, rows: liveRows([[0, T0, 77]]) })).toBe(true);
    expect(store.rows(batches[4]!)).toBe(true);
    await reached(6);
    expect(await values("T1")).toEqual(upTo(6));
  });

  it("that never come are missed: the worker reads the spool by itself", async () => {
    await begin();
    store.rows({ spoolFrom: 1, spoolTo: 1, rows: null });
    for (const v of upTo(5_000)) oneReading(v);
    await spool.sync();
    store.spoolAt(5_000);
    await reached(5_000);
    expect((await values("T1")).length).toBe(4_999);
  });
});

describe("a worker that dies", () => {
  it("rejects what was asked, is reported, comes back, and has every row once", async () => {
    await begin();
    const batches = upTo(6).map(oneReading);
    await spool.sync();
    for (const batch of batches.slice(0, 3)) store.rows(batch);
    await store.flush();
    store.rows(batches[3]!);
    const [crashed, recovered] = [trouble("crashed"), trouble("recovered")];
    // A slot without a name is a wrong program: the worker's assertion ends it.
    store.rows({ spoolFrom: 5, spoolTo: 5, rows: liveRows([[4_711, T0, 1]]) });
    await expect(store.progress()).rejects.toThrow("must hold");
    await crashed;
    await expect(store.alarm("x")).rejects.toThrow("not running");
    await recovered;
    store.spoolAt(6);
    await reached(6);
    expect(await values("T1")).toEqual(upTo(6));
  });
});

describe("pages of a series", () => {
  it("stay what they were while rows come in", async () => {
    await begin();
    const all: number[] = [];
    let cursor: string | null = null;
    for (let page = 0, v = 1; page < 20; page++) {
      for (let n = 0; n < 10; n++, v++) {
        const batch = oneReading(v);
        store.rows(batch);
        await store.progress();
      }
      const query = { id: id("T1"), from: 0, to: 1e15, step: "raw", limit: 7, cursor } as const;
      const answer = await store.series(query);
      if (answer.step === "raw") all.push(...answer.rows.map((row) => row.v!));
      cursor = answer.next;
    }
    expect(all).toEqual(upTo(140));
  });
});
