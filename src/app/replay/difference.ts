import type { Level } from "../../model/rule.ts";
import { levelRank } from "../../model/rule.ts";
import { type Instant, MINUTE, type Millis } from "../../model/time.ts";
import type { TransitionEntry } from "./deck.ts";

/** One occurrence of an alarm as a replay told it. */
export interface Occurrence {
  readonly id: string;
  readonly mine: string;
  readonly subject: string;
  readonly name: string;
  /** Of the highest step it reached. */
  rule: string;
  title: string;
  level: Level;
  value: number | null;
  unit: string | null;
  limit: number | null;
  /** When it was told, and the sample time of its onset. */
  readonly told: Instant;
  readonly raisedAt: Instant;
  over: Instant | null;
  readonly retrospective: boolean;
}

/** One side of a comparison: the alarms raised after a moment. */
export interface Side {
  note(entry: TransitionEntry): void;
  /** By what makes two occurrences comparable: the same ladder on the same subject. */
  readonly byKey: ReadonlyMap<string, readonly Occurrence[]>;
}

export function createSide(after: Instant): Side {
  const byId = new Map<string, Occurrence>();
  const byKey = new Map<string, Occurrence[]>();
  return {
    byKey,
    note({ t, transition, alarm }) {
      if (transition.what === "raise" && t > after) {
        const one: Occurrence = {
          id: alarm.id,
          mine: alarm.mine,
          subject: alarm.subject.id,
          name: alarm.subject.name,
          rule: alarm.rule,
          title: alarm.title,
          level: alarm.level,
          value: alarm.value,
          unit: alarm.unit,
          limit: alarm.limit,
          told: t,
          raisedAt: alarm.raisedAt,
          over: alarm.returnedAt,
          retrospective: alarm.retrospective,
        };
        const key = [alarm.mine, alarm.system, alarm.subject.id, alarm.ladder ?? alarm.rule].join("|");
        byId.set(alarm.id, one);
        byKey.set(key, [...(byKey.get(key) ?? []), one]);
        return;
      }
      const known = byId.get(alarm.id);
      if (known === undefined) return;
      known.over ??= alarm.returnedAt;
      if (transition.what !== "step-up") return;
      const { rule, title, level, value, limit } = alarm;
      Object.assign(known, { rule, title, level, value, limit });
    },
  };
}

export type Change =
  | { readonly what: "added" | "lost"; readonly one: Occurrence }
  | {
      readonly what: "earlier" | "later";
      readonly one: Occurrence;
      readonly was: Occurrence;
      readonly by: Millis;
    }
  | { readonly what: "higher" | "lower"; readonly one: Occurrence; readonly was: Occurrence };

export interface Compared {
  /** In order of time. */
  readonly changes: readonly Change[];
  readonly same: number;
}

/** What other rules would have told: `was` is the first side, `one` the second (of what is lost, the first). */
export function compare(first: Side, second: Side): Compared {
  const keys = new Set([...first.byKey.keys(), ...second.byKey.keys()]);
  const changes: Change[] = [];
  let same = 0;
  for (const key of keys) {
    const before = first.byKey.get(key) ?? [];
    const after = second.byKey.get(key) ?? [];
    const pairs = paired(before, after);
    for (const [was, one] of pairs) {
      const found = changesOf(was, one);
      changes.push(...found);
      if (found.length === 0) same++;
    }
    const [lost, added] = [pairs.map(([was]) => was), pairs.map(([, one]) => one)];
    changes.push(
      ...before.filter((one) => !lost.includes(one)).map((one): Change => ({ what: "lost", one })),
    );
    changes.push(
      ...after.filter((one) => !added.includes(one)).map((one): Change => ({ what: "added", one })),
    );
  }
  changes.sort((a, b) => a.one.told - b.one.told || (a.one.subject < b.one.subject ? -1 : 1));
  return { changes, same };
}

function changesOf(was: Occurrence, one: Occurrence): Change[] {
  const by = one.told - was.told;
  const rank = levelRank(one.level) - levelRank(was.level);
  return [
    ...(by === 0 ? [] : [{ what: by < 0 ? "earlier" : "later", one, was, by: Math.abs(by) } as const]),
    ...(rank === 0 ? [] : [{ what: rank > 0 ? "higher" : "lower", one, was } as const]),
  ];
}

/** Occurrences this near to one another are of one event, as episodes of one case are. */
const NEAR = 10 * MINUTE;

/** The nearest first; each belongs to one pair at most. */
function paired(before: readonly Occurrence[], after: readonly Occurrence[]): [Occurrence, Occurrence][] {
  const candidates = before.flatMap((was) =>
    after.filter((one) => isOneEvent(was, one)).map((one): [Occurrence, Occurrence] => [was, one]),
  );
  const distance = ([was, one]: [Occurrence, Occurrence]) => Math.abs(one.told - was.told);
  candidates.sort((a, b) => distance(a) - distance(b) || a[0].told - b[0].told);
  const taken = new Set<Occurrence>();
  return candidates.filter(([was, one]) => {
    if (taken.has(was) || taken.has(one)) return false;
    taken.add(was).add(one);
    return true;
  });
}

function isOneEvent(a: Occurrence, b: Occurrence): boolean {
  if (a.retrospective !== b.retrospective) return false;
  const overlap = a.raisedAt <= (b.over ?? Infinity) && b.raisedAt <= (a.over ?? Infinity);
  return overlap || Math.abs(a.raisedAt - b.raisedAt) <= NEAR;
}
