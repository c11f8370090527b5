import type { FrameGuard } from "./frame-guard.ts";
import { HOLD } from "./frame-guard.ts";

/** While the house is pressed no mine's socket is read; what was read waits in its guard. */
export interface Pressure {
  /** Asks the house; at the first yes every guard is held, at the first no after it all are released. */
  open(): boolean;
  add(guard: FrameGuard): void;
  remove(guard: FrameGuard): void;
  /** Pressed for good. */
  stop(): void;
}

export function createPressure(pressed: () => boolean): Pressure {
  const guards = new Set<FrameGuard>();
  let held = false;
  let stopped = false;

  function open(): boolean {
    const now = stopped || pressed();
    if (now === held) return !held;
    held = now;
    for (const guard of guards) {
      if (held) guard.hold(HOLD.pressure);
      else guard.release(HOLD.pressure);
    }
    return !held;
  }

  return {
    open,
    add(guard) {
      guards.add(guard);
      if (held) guard.hold(HOLD.pressure);
    },
    remove(guard) {
      guards.delete(guard);
    },
    stop() {
      stopped = true;
      open();
    },
  };
}
