import { LEVELS, type Level, levelRank } from "../model/rule.ts";
import type { WebPorts } from "./ports.ts";

type Receipt = Omit<Parameters<WebPorts["receipt"]>[0], "urgent"> & { readonly level: Level };
type Waiting = Receipt & { readonly since: number };

const LEVELS_DOWN: readonly Level[] = [...LEVELS].sort((a, b) => levelRank(b) - levelRank(a));
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
  /** By level, the most urgent first, each in the order they came. */
  const waiting: Waiting[][] = LEVELS_DOWN.map(() => []);
  let count = 0;
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
    for (const [i, line] of waiting.entries()) {
      let passed = 0;
      while (passed < line.length && pass(line[passed] as Waiting)) passed += 1;
      count -= passed;
      if (passed > 0) waiting[i] = line.slice(passed);
      if (passed < line.length) break;
    }
    if (count > 0) soon();
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
      if (!isNew(one) || (count === 0 && pass(now))) return;
      if (count < MOST) {
        waiting[LEVELS_DOWN.indexOf(one.level)]?.push(now);
        count += 1;
      }
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
