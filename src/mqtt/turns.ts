import type { Millis } from "../model/time.ts";

/** Whoever has messages for the house. */
export interface InLine {
  /** Its turn has come: it may hand on one run. */
  takeTurn(): void;
}

/** The connections' order before the house. */
export interface Turns {
  /**
   * Whether it may hand on its next run now. If not, it stands in line and is called when its turn comes. A light one, who
   * sends little and waits for no answer, never stands in line.
   */
  mayHand(one: InLine, light: boolean): boolean;
}

interface TurnsOptions {
  mono(): Millis;
  /** Runs `turn` soon, after the sockets have had theirs. */
  soon(turn: () => void): void;
  /** Runs it when the house had a moment: it may be waiting for a disk. */
  later(turn: () => void): void;
  /** The house has as much as it will judge in its next turn. */
  busy(): boolean;
}

/**
 * Reading messages takes no more of a turn of the loop than this and the run begun then. An alarm on its way to a screen
 * waits for two syncs, and each is noticed only between two turns.
 */
const HANDING_MS = 3;

/**
 * In a burst every connection has messages at once. They are read a run of one connection at a time, in order, and no
 * longer in a turn than is good for what waits for the next one; so a mine that sends little never stands behind all of
 * what another has sent.
 */
export function createTurns({ mono, soon, later, busy }: TurnsOptions): Turns {
  const line = new Set<InLine>();
  let called: InLine | null = null;
  let scheduled = false;
  /** When handing began in this turn of the loop. */
  let began = Number.NaN;

  const late = (): boolean => busy() || mono() - began >= HANDING_MS;

  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    soon(turn);
  }

  function turn(): void {
    scheduled = false;
    // What was handed on while the sockets were read was of this turn, too.
    const spent = !Number.isNaN(began) && late();
    began = Number.NaN;
    if (line.size === 0) return;
    if (busy()) {
      scheduled = true;
      later(turn);
      return;
    }
    schedule();
    if (!spent) serve();
  }

  function serve(): void {
    began = mono();
    for (const one of line) {
      if (late()) return;
      line.delete(one);
      called = one;
      one.takeTurn();
      called = null;
    }
  }

  return {
    mayHand(one, light) {
      if (called === one) {
        called = null;
        return true;
      }
      if (light) return true;
      schedule();
      if (Number.isNaN(began)) began = mono();
      if (line.size === 0 && !late()) return true;
      line.add(one);
      return false;
    },
  };
}
