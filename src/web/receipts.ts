import type { WebPorts } from "./ports.ts";

type Receipt = Parameters<WebPorts["receipt"]>[0] & {
  /** The more urgent goes first. */
  readonly rank: number;
};

/** Remembered at most; the core knows repeats too, this only keeps them out of its inbox. */
const MOST = 20_000;
/** In one tick: a flood's receipts come after its alarms, and leave the line free for them. */
const A_TICK = 100;
const TICK_MS = 50;

/**
 * Passes on the first receipt of each rung per alarm and person. A few go at once; in a flood they wait, the most
 * urgent first, so that what a screen says of an alarm does not hold up the next alarm.
 */
export function createReceipts(receipt: WebPorts["receipt"]) {
  /** By alarm: rung and person. */
  const told = new Map<string, Set<string>>();
  let size = 0;
  let waiting: Receipt[] = [];
  let left = A_TICK;
  let ticking = false;

  function soon(): void {
    if (ticking) return;
    ticking = true;
    setTimeout(tick, TICK_MS).unref();
  }

  function pass({ rank: _, ...one }: Receipt): boolean {
    if (left === 0 || !receipt(one)) return false;
    left -= 1;
    soon();
    return true;
  }

  function tick(): void {
    ticking = false;
    left = A_TICK;
    waiting.sort((a, b) => b.rank - a.rank);
    let passed = 0;
    while (passed < waiting.length && pass(waiting[passed] as Receipt)) passed += 1;
    waiting = waiting.slice(passed);
    if (waiting.length > 0) soon();
  }

  function isNew({ alarm, rung, by }: Receipt): boolean {
    if (size >= MOST) {
      told.clear();
      size = 0;
    }
    const key = `${rung} ${by}`;
    const own = told.get(alarm) ?? new Set();
    if (own.has(key)) return false;
    told.set(alarm, own.add(key));
    size += 1;
    return true;
  }

  return {
    take(one: Receipt): void {
      if (!isNew(one) || (waiting.length === 0 && pass(one))) return;
      if (waiting.length < MOST) waiting.push(one);
      soon();
    },
    /** The alarm asks for attention anew: who had it before has not had this. */
    again(alarm: string): void {
      size -= told.get(alarm)?.size ?? 0;
      told.delete(alarm);
    },
  };
}

export type Receipts = ReturnType<typeof createReceipts>;
