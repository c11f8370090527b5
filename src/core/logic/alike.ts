import type { PointCondition, WindowCondition } from "../../model/condition.ts";
import { type Matter, type MemberTest, NO_MATTER } from "./bound.ts";
import type { Known } from "./limit-test.ts";
import type { Asked } from "./slot-windows.ts";

/**
 * What many leaves and points of a mine have in common is kept once: which points are spoken of, what is asked of
 * them, which windows that takes. Fifty thousand points have a hundred thousand leaves, and hardly two hundred sorts.
 */
export interface Alike {
  slots(slots: readonly number[]): readonly number[];
  /** Where leaves speak of a point: of most points in one of a few ways. */
  places(places: readonly number[]): readonly number[];
  /** What a condition asks of a point whose limits are known; `make` says it the first time. */
  test(is: PointCondition, known: Known, numbers: boolean, make: () => MemberTest | null): MemberTest | null;
  matter(tests: readonly MemberTest[]): Matter;
  asked(whens: ReadonlyMap<string, WindowCondition>): Asked;
}

export function createAlike(): Alike {
  const slotLists = new Map<string, readonly number[]>();
  const placeLists = new Map<string, readonly number[]>();
  const matters = new Map<string, Matter>();
  const askedLists = new Map<string, Asked>();
  const tests = new Map<PointCondition, Map<Known, (MemberTest | null)[]>>();
  const numbers = new Map<MemberTest, number>();
  const numberOf = (test: MemberTest): number => entry(numbers, test, () => numbers.size);
  return {
    places: (places) => entry(placeLists, places.join(), () => places.slice()),
    slots: (slots) => entry(slotLists, slots.join(), () => slots.slice()),
    test(is, known, inNumbers, make) {
      const byKnown = entry(tests, is, () => new Map<Known, (MemberTest | null)[]>());
      const both = entry(byKnown, known, () => []);
      const at = inNumbers ? 1 : 0;
      const before = both[at];
      if (before !== undefined) return before;
      const made = make();
      both[at] = made;
      return made;
    },
    matter: (tests) => entry(matters, tests.map(numberOf).join(), () => ({ ...NO_MATTER, tests })),
    asked: (whens) => entry(askedLists, [...whens.keys()].join(), () => listed(whens)),
  };
}

const listed = (whens: ReadonlyMap<string, WindowCondition>): Asked => ({
  names: [...whens.keys()],
  whens: [...whens.values()],
});

export function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
