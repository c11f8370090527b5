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
  const told = new Set<string>();
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

  return (one: Receipt): void => {
    const key = `${one.rung} ${one.alarm} ${one.by}`;
    if (told.has(key)) return;
    if (told.size >= MOST) told.clear();
    told.add(key);
    if (waiting.length > 0 || !pass(one)) {
      if (waiting.length < MOST) waiting.push(one);
      soon();
    }
  };
}

export type Receipts = ReturnType<typeof createReceipts>;
