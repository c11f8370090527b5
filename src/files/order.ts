import { type Instant, MINUTE, SECOND } from "../model/time.ts";
import type { Memory } from "./memory.ts";

/** A header further ahead says nothing about which file is the newest. */
const AHEAD = 5 * MINUTE;
/** A clock that was set back shows itself only after a while. */
const SET_BACK_AFTER = MINUTE;
const DRIFT = 10 * SECOND;

export interface Order {
  place(
    newest: Memory["newest"],
    type: string,
    moment: Instant,
    now: Instant,
  ): { readonly late: boolean; readonly newest: Memory["newest"] };
}

/**
 * Whether a file is older than the newest of its type: it fills history. Unless the mine's clock was set back: then
 * files go on being old and their time goes on as fast as ours, which that of a resumed backlog does not.
 */
export function createOrder(mono: () => number): Order {
  const behind = new Map<string, { readonly at: number; readonly moment: Instant }>();
  return {
    place(newest, type, moment, now) {
      const known = newest[type];
      if (known === undefined || moment >= known) {
        behind.delete(type);
        const counts = moment !== known && moment <= now + AHEAD;
        return { late: false, newest: counts ? { ...newest, [type]: moment } : newest };
      }
      const at = mono();
      const first = behind.get(type);
      const elapsed = first === undefined ? 0 : at - first.at;
      const drift = first === undefined ? 0 : Math.abs(moment - first.moment - elapsed);
      if (first === undefined || drift > Math.max(DRIFT, elapsed / 4)) {
        behind.set(type, { at, moment });
        return { late: true, newest };
      }
      if (elapsed < SET_BACK_AFTER) return { late: true, newest };
      behind.delete(type);
      return { late: false, newest: { ...newest, [type]: moment } };
    },
  };
}
