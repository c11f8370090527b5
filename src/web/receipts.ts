import { type Level, levelRank } from "../model/rule.ts";
import type { WebPorts } from "./ports.ts";

type Receipt = Omit<Parameters<WebPorts["receipt"]>[0], "urgent"> & { readonly level: Level };
type Waiting = Receipt & { readonly since: number };

/** Remembered at most; the core knows repeats too, this only keeps them out of its inbox. */
const MOST = 20_000;
/** In one tick: a flood's receipts come after its alarms, and leave the line free for them. */
const A_TICK = 100;
const TICK_MS = 50;
/** After this it is as urgent as a red one: chains wait for receipts, the shortest of them half a minute. */
const PATIENCE_MS = 2_000;

/**
 * Passes on the first receipt of each rung per alarm and person. A few go at once; in a flood they wait, the most
 * urgent first, so that what a screen says of an alarm does not hold up the next alarm.
 */
export function createReceipts({ receipt, clock }: Pick<WebPorts, "receipt" | "clock">) {
  /** By alarm: rung and person. */
  const told = new Map<string, Set<string>>();
  let size = 0;
  let waiting: Waiting[] = [];
  let left = A_TICK;
  let ticking = false;

  function soon(): void {
    if (ticking) return;
    ticking = true;
    setTimeout(tick, TICK_MS).unref();
  }

  function pass({ level, since, ...one }: Waiting): boolean {
    const urgent = level === "red" || clock.mono() - since >= PATIENCE_MS;
    if (left === 0 || !receipt({ ...one, urgent })) return false;
    left -= 1;
    soon();
    return true;
  }

  function tick(): void {
    ticking = false;
    left = A_TICK;
    waiting.sort((a, b) => levelRank(b.level) - levelRank(a.level));
    let passed = 0;
    while (passed < waiting.length && pass(waiting[passed] as Waiting)) passed += 1;
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
      const now = { ...one, since: clock.mono() };
      if (!isNew(one) || (waiting.length === 0 && pass(now))) return;
      if (waiting.length < MOST) waiting.push(now);
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
