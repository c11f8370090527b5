/** How long a file has been waited for, by the monotonic clock; ms. */
export interface Waited {
  /** Since it was first seen unfinished. */
  readonly whole: number;
  /** Since its size or time last changed. */
  readonly still: number;
}

interface Entry {
  readonly since: number;
  readonly facts: string;
  readonly changed: number;
  readonly lookAt: number;
}

/** A file that is being written is looked at often at first. */
const OFTEN_FOR = 30_000;
const SELDOM = 10_000;
/** Files that are waited for; of more, those that came first begin to wait anew. */
const MOST = 20_000;

/** Files that have no end yet: since when, and when each is worth another look. */
export function createPatience() {
  const entries = new Map<string, Entry>();
  return {
    isDue: (name: string, mono: number): boolean => (entries.get(name)?.lookAt ?? mono) <= mono,
    waited(name: string, facts: string, mono: number): Waited {
      const entry = entries.get(name);
      if (entry === undefined) return { whole: 0, still: 0 };
      return { whole: mono - entry.since, still: entry.facts === facts ? mono - entry.changed : 0 };
    },
    wait(name: string, facts: string, mono: number): void {
      const known = entries.get(name);
      const since = known?.since ?? mono;
      const changed = known?.facts === facts ? known.changed : mono;
      entries.delete(name);
      entries.set(name, { since, facts, changed, lookAt: mono - since < OFTEN_FOR ? mono : mono + SELDOM });
      if (entries.size <= MOST) return;
      for (const first of entries.keys()) {
        entries.delete(first);
        break;
      }
    },
    forget: (name: string): void => void entries.delete(name),
  };
}
