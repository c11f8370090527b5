import type { MineCode } from "../model/mine.ts";
import type { TwiceView } from "../model/mine-check.ts";
import { MINUTE, type Millis } from "../model/time.ts";

/** So often within so long one client id takes the place of itself: two programs have it, each casts the other out. */
const OFTEN = 3;
const WITHIN: Millis = 10 * MINUTE;
/** Ids remembered, and addresses of one. */
const REMEMBERED = 500;
const ADDRESSES = 8;

/** Notices that two programs of a mine use one client id. */
export interface Twice {
  /** One took the other's place. What is to be said of it, once in a while; null = nothing. */
  note(key: string, change: Change): string | null;
  /** What there is to say of this identity now; null = nothing. */
  wordsOf(key: string): string | null;
  /** Those of a mine that did so lately. */
  of(mine: MineCode): TwiceView[];
}

interface Change {
  readonly mine: MineCode;
  readonly clientId: string;
  readonly before: string;
  readonly after: string;
}

interface Known extends Pick<Change, "mine" | "clientId"> {
  /** By the monotonic clock. */
  readonly times: Millis[];
  readonly addresses: Set<string>;
  last: number;
  told: Millis;
}

export function createTwice(clock: { wall(): number; mono(): Millis }): Twice {
  const known = new Map<string, Known>();

  const recent = ({ times }: Known): Millis[] => times.filter((at) => clock.mono() - at < WITHIN);

  function entryOf(key: string, { mine, clientId }: Change): Known {
    const found = known.get(key);
    if (found !== undefined) return found;
    const made = {
      mine,
      clientId,
      times: [],
      addresses: new Set<string>(),
      last: 0,
      told: Number.NEGATIVE_INFINITY,
    };
    const [oldest] = known.keys();
    if (known.size >= REMEMBERED && oldest !== undefined) known.delete(oldest);
    known.set(key, made);
    return made;
  }

  return {
    note(key, change) {
      const now = clock.mono();
      const entry = entryOf(key, change);
      if (recent(entry).length === 0) entry.addresses.clear();
      entry.times.splice(0, entry.times.length, ...recent(entry), now);
      for (const address of [change.before, change.after])
        if (entry.addresses.size < ADDRESSES) entry.addresses.add(address);
      entry.last = clock.wall();
      if (entry.times.length < OFTEN || now - entry.told < WITHIN) return null;
      entry.told = now;
      return wordsOf(entry, entry.times.length);
    },
    wordsOf(key) {
      const entry = known.get(key);
      const times = entry === undefined ? 0 : recent(entry).length;
      return entry === undefined || times < OFTEN ? null : wordsOf(entry, times);
    },
    of: (mine) =>
      [...known.values()]
        .filter((entry) => entry.mine === mine)
        .map((entry) => ({
          mine,
          clientId: entry.clientId,
          addresses: [...entry.addresses],
          times: recent(entry).length,
          at: entry.last,
        }))
        .filter(({ times }) => times >= OFTEN),
  };
}

const wordsOf = ({ clientId, addresses }: Known, times: number): string =>
  `client id ${clientId} took the place of itself ${times} times within ${WITHIN / MINUTE} minutes, from ` +
  `${[...addresses].join(" and ")}: two programs use it, each casts the other out`;
