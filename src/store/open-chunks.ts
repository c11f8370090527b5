import { UNKNOWN_BITS } from "../model/reading.ts";
import { HOUR } from "../model/time.ts";
import { BLOCK_BYTES, BLOCK_ROWS, type Columns, createColumns, encodeBlock } from "./codec.ts";

/** A chunk is sealed when it has this many rows, or when a row would make it longer than this. */
const SEAL_ROWS = 512;
export const SEAL_SPAN = 6 * HOUR;

/**
 * Rows of one series on their way to the file: whole blocks already encoded (`packed`), and up to 64 rows as
 * they came, in the `tails`. A row older than the newest of its series goes to the `late` chunk beside it, so
 * that the other stays in order; reading merges the two.
 */
export interface OpenChunk {
  /** Its key in the file; given in order of creation. */
  readonly id: number;
  readonly series: number;
  readonly late: boolean;
  t0: number;
  t1: number;
  /** Rows in `packed`, whose first `used` bytes count. */
  rows: number;
  packed: Uint8Array;
  used: number;
  stats: ChunkStats;
  /** Where its tail is, for how many rows there is room, and how many are in it. */
  place: number;
  room: number;
  tail: number;
  /** Has rows that the file has not. */
  changed: boolean;
}

/** Over rows with a value that their state does not make unknown; `states` has every bit of every row. */
export interface ChunkStats {
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly sum: number;
  readonly states: number;
}

const NO_STATS: ChunkStats = {
  count: 0,
  min: Number.POSITIVE_INFINITY,
  max: Number.NEGATIVE_INFINITY,
  sum: 0,
  states: 0,
};

export interface OpenChunks {
  append(series: number, t: number, v: number, s: number, flags: number): void;
  /** The open chunks of a series: in order, and late. */
  of(series: number): OpenChunk[];
  all(): Iterable<OpenChunk>;
  readonly count: number;
  /** Its encoded rows with the tail as a last, shorter block; valid until the next call. */
  encoded(chunk: OpenChunk): { data: Uint8Array; stats: ChunkStats };
  /** Where its tail lies. */
  tailOf(chunk: OpenChunk): { columns: Columns; from: number };
  seal(chunk: OpenChunk): void;
  /** At start: an open chunk as the file has it, and the newest in-order time of a series. */
  restore(chunk: Omit<OpenChunk, "place" | "room" | "tail" | "changed">): void;
  restoreNewest(series: number, t: number): void;
  newest(series: number): number;
}

/** `nextId` gives keys to new chunks; `sealed` takes chunks that will not change any more. */
export function createOpenChunks(nextId: () => number, sealed: (chunk: OpenChunk) => void): OpenChunks {
  const tails = createTails();
  /** By series. */
  const inOrder: (OpenChunk | undefined)[] = [];
  const late = new Map<number, OpenChunk>();
  const newest: number[] = [];
  let count = 0;
  let scratch = new Uint8Array(16 * BLOCK_BYTES);

  function append(series: number, t: number, v: number, s: number, flags: number): void {
    const chunk = chunkFor(series, t);
    if (chunk.tail === chunk.room) tails.widen(chunk);
    tails.put(chunk.place, chunk.tail++, t, v, s, flags);
    if (t < chunk.t0) chunk.t0 = t;
    if (t > chunk.t1) chunk.t1 = t;
    chunk.changed = true;
    if (chunk.tail < BLOCK_ROWS) return;
    pack(chunk);
    if (chunk.rows + BLOCK_ROWS > SEAL_ROWS) seal(chunk);
  }

  function chunkFor(series: number, t: number): OpenChunk {
    const isLate = t < (newest[series] ?? Number.NEGATIVE_INFINITY);
    if (!isLate) newest[series] = t;
    const chunk = isLate ? late.get(series) : inOrder[series];
    if (chunk !== undefined) {
      if (t - chunk.t0 <= SEAL_SPAN && chunk.t1 - t <= SEAL_SPAN) return chunk;
      seal(chunk);
    }
    return add(emptyChunk(nextId(), series, isLate, t));
  }

  function add(chunk: OpenChunk): OpenChunk {
    if (chunk.late) late.set(chunk.series, chunk);
    else inOrder[chunk.series] = chunk;
    count++;
    return chunk;
  }

  function seal(chunk: OpenChunk): void {
    if (chunk.tail > 0) pack(chunk);
    chunk.packed = chunk.packed.slice(0, chunk.used);
    if (chunk.late) late.delete(chunk.series);
    else inOrder[chunk.series] = undefined;
    count--;
    sealed(chunk);
  }

  function pack(chunk: OpenChunk): void {
    const { columns, from } = tails.at(chunk.place);
    const length = encodeBlock(columns, from, chunk.tail, scratch, 0);
    if (chunk.used + length > chunk.packed.length) chunk.packed = grown(chunk, length);
    chunk.packed.set(scratch.subarray(0, length), chunk.used);
    chunk.used += length;
    chunk.rows += chunk.tail;
    chunk.stats = withRows(chunk.stats, columns, from, chunk.tail);
    tails.giveBack(chunk);
  }

  function encoded(chunk: OpenChunk): { data: Uint8Array; stats: ChunkStats } {
    if (chunk.tail === 0) return { data: chunk.packed.subarray(0, chunk.used), stats: chunk.stats };
    if (chunk.used + BLOCK_BYTES > scratch.length) scratch = new Uint8Array(2 * (chunk.used + BLOCK_BYTES));
    scratch.set(chunk.packed.subarray(0, chunk.used));
    const { columns, from } = tails.at(chunk.place);
    const end = encodeBlock(columns, from, chunk.tail, scratch, chunk.used);
    return { data: scratch.subarray(0, end), stats: withRows(chunk.stats, columns, from, chunk.tail) };
  }

  function* all(): Generator<OpenChunk> {
    for (const chunk of inOrder) if (chunk !== undefined) yield chunk;
    yield* late.values();
  }

  return {
    append,
    of: (series) => [inOrder[series], late.get(series)].filter((chunk) => chunk !== undefined),
    all,
    get count() {
      return count;
    },
    encoded,
    tailOf: (chunk) => tails.at(chunk.place),
    seal,
    restore(chunk) {
      add({ ...chunk, place: 0, room: 0, tail: 0, changed: false });
      if (!chunk.late) newest[chunk.series] = Math.max(newest[chunk.series] ?? chunk.t1, chunk.t1);
    },
    restoreNewest(series, t) {
      newest[series] = t;
    },
    newest: (series) => newest[series] ?? Number.NEGATIVE_INFINITY,
  };
}

const NOTHING = new Uint8Array(0);

const emptyChunk = (id: number, series: number, late: boolean, t: number): OpenChunk => ({
  id,
  series,
  late,
  t0: t,
  t1: t,
  rows: 0,
  packed: NOTHING,
  used: 0,
  stats: NO_STATS,
  place: 0,
  room: 0,
  tail: 0,
  changed: true,
});

/** Grows by what the blocks so far let expect, so that fifty thousand of them waste little. */
function grown(chunk: OpenChunk, more: number): Uint8Array {
  const bytes = new Uint8Array(Math.ceil((chunk.used + more) * 1.5));
  bytes.set(chunk.packed.subarray(0, chunk.used));
  return bytes;
}

function withRows(stats: ChunkStats, { v, s }: Columns, from: number, n: number): ChunkStats {
  let { count, min, max, sum, states } = stats;
  for (let i = from; i < from + n; i++) {
    const value = v[i] as number;
    const state = s[i] as number;
    states |= state;
    if (Number.isNaN(value) || (state & UNKNOWN_BITS) !== 0) continue;
    count++;
    sum += value;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { count, min, max, sum, states: states >>> 0 };
}

/** Rows of a page: four arrays for so many instead of four for each chunk. */
const PAGE_ROWS = 256 * BLOCK_ROWS;
/** Rows there is room for at first; twice as many when they are full, up to a block. */
const FIRST_ROWS = 16;

type Tail = Pick<OpenChunk, "place" | "room" | "tail">;

/**
 * Room for the newest rows of each open chunk. A block's room from the first row on would be 64 MiB for fifty thousand
 * points, of which most have a few rows. A place is the number of its first row over all pages.
 */
function createTails() {
  const pages: Columns[] = [];
  /** By how many rows they are for: places given back, the newest last. */
  const free = new Map<number, number[]>();

  /** A place given back; else those of a new page are there to be taken. */
  function placeFor(rows: number): number {
    const places = free.get(rows) ?? [];
    if (places.length === 0) {
      const first = pages.push(createColumns(PAGE_ROWS)) * PAGE_ROWS - PAGE_ROWS;
      for (let at = first + PAGE_ROWS - rows; at >= first; at -= rows) places.push(at);
      free.set(rows, places);
    }
    return places.pop() as number;
  }

  const at = (place: number): { columns: Columns; from: number } => ({
    columns: pages[Math.floor(place / PAGE_ROWS)] as Columns,
    from: place % PAGE_ROWS,
  });

  return {
    /** Room for more rows; those that are there come along. */
    widen(chunk: Tail): void {
      const { place, room, tail } = chunk;
      chunk.room = room === 0 ? FIRST_ROWS : 2 * room;
      chunk.place = placeFor(chunk.room);
      if (room === 0) return;
      const [before, now] = [at(place), at(chunk.place)];
      for (const name of ["t", "v", "s", "flags"] as const)
        now.columns[name].set(before.columns[name].subarray(before.from, before.from + tail), now.from);
      free.get(room)?.push(place);
    },
    giveBack(chunk: Tail): void {
      free.get(chunk.room)?.push(chunk.place);
      chunk.room = 0;
      chunk.tail = 0;
    },
    put(place: number, row: number, t: number, v: number, s: number, flags: number): void {
      const page = pages[Math.floor(place / PAGE_ROWS)] as Columns;
      const i = (place % PAGE_ROWS) + row;
      page.t[i] = t;
      page.v[i] = v;
      page.s[i] = s;
      page.flags[i] = flags;
    },
    at,
  };
}
