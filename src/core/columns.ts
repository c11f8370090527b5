/**
 * What changes with every reading, by column: one row a point, its slot the index. The scalars of a row fill
 * one cache line, and so do two remembered samples; nothing is allocated for a plain reading.
 */
export interface Columns {
  n: number;
  /** HOT.stride numbers a point. */
  hot: Float64Array;
  /** The last 8 live samples, RING.stride numbers each: sent, judged, value, state. */
  ring: Float64Array;
  /** What the windows of a point ask of its next sample, WAIT.stride numbers a point; not part of the image. */
  wait: Float64Array;
  /** Where the next sample goes in the ring (low three bits), and how many it holds. */
  ringAt: Uint8Array;
  flags: Uint8Array;
  /** Gateway time of the newest calibrating sample, or of arming. */
  calibrated: Float64Array;
  /** Slot of the point that followed in the last message of the stream; a guess that is verified. */
  next: Uint32Array;
  /** Generation of the last change, for the live screens; not part of the world. */
  changed: Float64Array;
}

export const HOT = {
  /** Judged time of the newest sample judged in order; -Infinity = none. */
  judged: 0,
  value: 1,
  state: 2,
  /** Gateway time of the newest live sample, or of arming. */
  heard: 3,
  /** Between these, exclusive, a value with state 0 makes no condition of an idle point true. */
  quietAbove: 4,
  quietBelow: 5,
  /** A sample this much older than its arrival is history. */
  oldAfter: 6,
  /** Newest sample time as sent; a newer one cannot be a repeat. */
  sent: 7,
  stride: 8,
} as const;

export const RING = { sent: 0, judged: 1, value: 2, state: 3, stride: 4, samples: 8, row: 32 } as const;

export const WAIT = {
  /** Values between these, exclusive, may wait: no window can say anything new of them. */
  from: 0,
  to: 1,
  /** Time of the newest sample; NaN = none. */
  newest: 2,
  /** So many of the newest remembered samples the windows have not taken yet: taken together they cost memory once. */
  waits: 3,
  /** Between these, exclusive, nothing but the windows can change what is known. */
  above: 4,
  below: 5,
  stride: 6,
} as const;

/** Any of these takes a reading off the shortest path. */
export const FLAG = {
  /** A watch of the point is pending, open or clearing. */
  busy: 1,
  /** No sample for the stale time. */
  stale: 2,
  /** The newest sample was marked suspect. */
  suspect: 4,
  /** A history lane is open. */
  lane: 8,
  /** In no point table and its code tells nothing: stored, not judged. */
  unlisted: 16,
  /** Changes of this point can never be quiet (switches that somebody watches). */
  loud: 32,
  /** Its substation is lost or faulty: what it says may raise, it ends nothing. */
  orphan: 64,
} as const;

export const NO_SLOT = 0xffffffff;

export function createColumns(capacity = 256): Columns {
  return {
    n: 0,
    hot: new Float64Array(capacity * HOT.stride),
    ring: new Float64Array(capacity * RING.row),
    wait: new Float64Array(capacity * WAIT.stride),
    ringAt: new Uint8Array(capacity),
    flags: new Uint8Array(capacity),
    calibrated: new Float64Array(capacity),
    next: new Uint32Array(capacity),
    changed: new Float64Array(capacity),
  };
}

/** Gives the next point its row. */
export function addRow(columns: Columns, now: number): number {
  const slot = columns.n;
  if (slot === columns.flags.length) grow(columns, Math.max(256, slot * 2));
  columns.n = slot + 1;
  const at = slot * HOT.stride;
  columns.hot.fill(0, at, at + HOT.stride);
  columns.hot[at + HOT.judged] = Number.NEGATIVE_INFINITY;
  columns.hot[at + HOT.value] = Number.NaN;
  columns.hot[at + HOT.heard] = now;
  columns.hot[at + HOT.quietAbove] = Number.NEGATIVE_INFINITY;
  columns.hot[at + HOT.quietBelow] = Number.POSITIVE_INFINITY;
  columns.hot[at + HOT.sent] = Number.NEGATIVE_INFINITY;
  waitForNone(columns, slot, Number.NaN);
  columns.next[slot] = NO_SLOT;
  columns.calibrated[slot] = now;
  return slot;
}

/** No sample may wait, and none does. */
export function waitForNone({ wait }: Columns, slot: number, newest: number): void {
  const at = slot * WAIT.stride;
  wait[at + WAIT.from] = Number.POSITIVE_INFINITY;
  wait[at + WAIT.to] = Number.NEGATIVE_INFINITY;
  wait[at + WAIT.newest] = newest;
  wait[at + WAIT.waits] = 0;
  wait[at + WAIT.above] = Number.NEGATIVE_INFINITY;
  wait[at + WAIT.below] = Number.POSITIVE_INFINITY;
}

function grow(columns: Columns, capacity: number): void {
  const larger = createColumns(capacity);
  larger.hot.set(columns.hot);
  larger.ring.set(columns.ring);
  larger.wait.set(columns.wait);
  larger.ringAt.set(columns.ringAt);
  larger.flags.set(columns.flags);
  larger.calibrated.set(columns.calibrated);
  larger.next.set(columns.next);
  larger.changed.set(columns.changed);
  Object.assign(columns, larger, { n: columns.n });
}

/** Reads one scalar of a point's row. */
export function hot(columns: Columns, slot: number, field: number): number {
  return columns.hot[slot * HOT.stride + field] as number;
}

/** The remembered samples of a point, oldest first. */
export function remembered(
  columns: Columns,
  slot: number,
): { sent: number; judged: number; value: number; state: number }[] {
  const count = (columns.ringAt[slot] as number) >> 3;
  const first = ((columns.ringAt[slot] as number) & 7) - count + RING.samples;
  return Array.from({ length: count }, (_, i) => {
    const at = slot * RING.row + ((first + i) % RING.samples) * RING.stride;
    return {
      sent: columns.ring[at + RING.sent] as number,
      judged: columns.ring[at + RING.judged] as number,
      value: columns.ring[at + RING.value] as number,
      state: columns.ring[at + RING.state] as number,
    };
  });
}

/** Where in the ring a remembered sample begins; the newest is 1 old. */
export const sampleAt = ({ ringAt }: Columns, slot: number, age: number): number =>
  slot * RING.row + (((ringAt[slot] as number) - age) & 7) * RING.stride;

export function remember(
  columns: Columns,
  slot: number,
  sent: number,
  judged: number,
  value: number,
  state: number,
): void {
  const place = columns.ringAt[slot] as number;
  const at = slot * RING.row + (place & 7) * RING.stride;
  const ring = columns.ring;
  ring[at] = sent;
  ring[at + 1] = judged;
  ring[at + 2] = value;
  ring[at + 3] = state;
  const held = place >> 3;
  columns.ringAt[slot] = ((place + 1) & 7) | ((held < RING.samples ? held + 1 : held) << 3);
}

/** Whether the same (time, value, state) is among the point's remembered samples (contract §3, repeats). */
export function isRepeat(
  columns: Columns,
  slot: number,
  sent: number,
  value: number,
  state: number,
): boolean {
  const count = (columns.ringAt[slot] as number) >> 3;
  const ring = columns.ring;
  for (let i = 0, at = slot * RING.row; i < count; i++, at += RING.stride) {
    if (ring[at] === sent && ring[at + 3] === state && Object.is(ring[at + 2], value)) return true;
  }
  return false;
}

/** What a snapshot keeps. */
export type ColumnsImage = Omit<Columns, "wait" | "changed">;

/** A copy of the used rows. */
export function copyColumns(columns: ColumnsImage): ColumnsImage {
  const n = columns.n;
  return {
    n,
    hot: columns.hot.slice(0, n * HOT.stride),
    ring: columns.ring.slice(0, n * RING.row),
    ringAt: columns.ringAt.slice(0, n),
    flags: columns.flags.slice(0, n),
    calibrated: columns.calibrated.slice(0, n),
    next: columns.next.slice(0, n),
  };
}

/** Columns as a snapshot has kept them. */
export function restoreColumns(image: ColumnsImage): Columns {
  const { n } = image;
  const changed = new Float64Array(n);
  const columns = { ...copyColumns(image), wait: new Float64Array(n * WAIT.stride), changed };
  for (let slot = 0; slot < n; slot++) waitForNone(columns, slot, Number.NaN);
  return columns;
}
