import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { SeriesRows } from "../../src/model/series.ts";
import type { Store } from "../../src/store/api.ts";
import { BLOCK_BYTES, createColumns, decodeBlocks, encodeBlock } from "../../src/store/codec.ts";
import { openStore } from "../../src/store/store.ts";

const T0 = Date.UTC(2026, 10, 21);
const POINTS = 5_000;
const ROWS = 10_000_000;
/** Of each of the five thousand points: a whole hour at one a second, because that is what is asked for. */
const SECONDS = 3_600;

/** Prints one line a figure. */
export async function benchStore(): Promise<void> {
  benchCodec();
  await benchRows(POINTS, POINTS * SECONDS);
  await benchRows(50_000, ROWS);
}

const print = (what: string, figure: string): void => console.log(`store  ${what.padEnd(56)} ${figure}`);

/** Two decimals, slow waves, a little noise, jitter of the sampling. */
const methane = (point: number, i: number): number =>
  Math.round(60 + 25 * Math.sin(i / 90 + point) + 3 * Math.random()) / 100;

function benchCodec(): void {
  const n = 64 * 4_000;
  const rows = createColumns(n);
  for (let i = 0; i < n; i++) {
    rows.t[i] = T0 + i * 1_000 + Math.floor(Math.random() * 20);
    rows.v[i] = methane(1, i);
  }
  const bytes = new Uint8Array((n / 64) * BLOCK_BYTES);
  let end = 0;
  const encode = best(() => {
    end = 0;
    for (let from = 0; from < n; from += 64) end = encodeBlock(rows, from, 64, bytes, end);
  });
  const decode = best(() => decodeBlocks(bytes.subarray(0, end), rows, 0));
  const perRow = (ms: number) => `${((ms * 1e6) / n).toFixed(1)} ns`;
  print("codec: encode, decode a row", `${perRow(encode)}, ${perRow(decode)}`);
  print("codec: methane, 20 ms of jitter", `${(end / n).toFixed(2)} B a row`);
}

function best(work: () => void): number {
  const times = Array.from({ length: 5 }, () => {
    const from = performance.now();
    work();
    return performance.now() - from;
  });
  return Math.min(...times);
}

async function benchRows(points: number, most: number): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), "davylamp-bench-"));
  const store = await openStore({
    dir,
    spool: { dir: join(dir, "spool") },
    journal: { dir: join(dir, "journal") },
    epoch: "bench",
    clock: { wall: Date.now },
    onTrouble: (code, detail) => console.error(`store  ${code}: ${detail}`),
  });
  try {
    await feedRows(store, points, most);
    if (points === POINTS) await askSeries(store, points, most / points);
  } finally {
    await store.close();
    await rm(dir, { recursive: true });
  }
}

const BATCH = 5_000;

async function feedRows(store: Store, points: number, rows: number): Promise<void> {
  store.names(Array.from({ length: points }, (_, slot) => ({ slot, id: id(slot) })));
  store.spoolAt(0);
  await store.progress();
  const delay = monitorEventLoopDelay({ resolution: 2 });
  delay.enable();
  const from = performance.now();
  let making = 0;
  /** An answer comes after the batches before it: two such windows of four are never more than eight under way. */
  let window: Promise<unknown> = Promise.resolve();
  for (let seq = 1, row = 0; row < rows; seq++, row += BATCH) {
    const made = performance.now();
    const batch = { spoolFrom: seq, spoolTo: seq, rows: madeRows(points, row) };
    making += performance.now() - made;
    if (!store.rows(batch)) throw new Error("must hold: never more than eight batches under way");
    if (seq % 4 > 0) continue;
    await window;
    window = store.progress();
  }
  const fed = performance.now() - from;
  await store.flush();
  const seconds = (performance.now() - from) / 1_000;
  delay.disable();
  const { bytes } = await store.progress();
  const name = `${points} points`;
  print(`${name}: rows a second into the worker, flushed`, `${(rows / seconds / 1e6).toFixed(2)} M`);
  print(`${name}: of that the main thread made rows for`, `${((100 * making) / fed).toFixed(0)} %`);
  print(`${name}: on disk`, `${(bytes / rows).toFixed(2)} B a row`);
  print(`${name}: loop delay of the main thread p99`, `${(delay.percentile(99) / 1e6).toFixed(1)} ms`);
  print(`${name}: memory of the process`, `${(process.memoryUsage().rss / 2 ** 20).toFixed(0)} MiB`);
}

const id = (slot: number): string => `520523017311:safety:T${slot}`;

const noise = Float64Array.from({ length: 65_536 }, (_, i) => methane(0, i));

function madeRows(points: number, first: number): SeriesRows {
  const rows = { n: BATCH, slots: new Uint32Array(BATCH), ...createColumns(BATCH) };
  for (let i = 0; i < BATCH; i++) {
    const slot = (first + i) % points;
    const sample = Math.floor((first + i) / points);
    rows.slots[i] = slot;
    rows.t[i] = T0 + sample * 1_000 + (slot % 50);
    rows.v[i] = noise[(slot * 131 + sample) & 65_535] as number;
  }
  return rows;
}

async function askSeries(store: Store, points: number, seconds: number): Promise<void> {
  const to = T0 + seconds * 1_000 + 1_000;
  const hour = await asked(50, () => {
    const point = id(Math.floor(Math.random() * points));
    const range = { from: to - 3_600_000, to, limit: 10_000, cursor: null };
    return store.series({ id: point, step: "raw", ...range });
  });
  print(`${points} points: last hour of one (${Math.min(seconds, 3_600)} rows), asked on main`, hour);
  const day = id(points);
  store.names([{ slot: points, id: day }]);
  const n = 86_400;
  const columns = createColumns(n);
  for (let i = 0; i < n; i++) {
    columns.t[i] = T0 + i * 1_000;
    columns.v[i] = noise[i & 65_535] as number;
  }
  const { position } = await store.progress();
  const batch = {
    spoolFrom: position + 1,
    spoolTo: position + 1,
    rows: { n, slots: new Uint32Array(n).fill(points), ...columns },
  };
  if (!store.rows(batch)) throw new Error("must hold: nothing is under way");
  await store.flush();
  const range = { from: T0, to: T0 + n * 1_000, limit: 10_000, cursor: null };
  const minutes = await asked(50, () => store.series({ id: day, step: "1m", ...range }));
  print("24 h at 1 Hz to 1,440 minutes, asked on main", minutes);
}

/** The first question finds nothing compiled; a desk asks it once. */
async function asked(times: number, ask: () => Promise<unknown>): Promise<string> {
  const took: number[] = [];
  for (let i = 0; i < times; i++) {
    const from = performance.now();
    await ask();
    took.push(performance.now() - from);
  }
  const [first = 0] = took;
  took.sort((a, b) => a - b);
  const at = (part: number) => (took[Math.floor(part * times)] ?? 0).toFixed(1);
  return `first ${first.toFixed(1)} ms, p50 ${at(0.5)}, p95 ${at(0.95)}`;
}

if (process.argv[1]?.endsWith("store.ts")) await benchStore();
