import fc from "fast-check";
import {
  FOLDS,
  type Leaf,
  type PointCondition,
  type Selector,
  type Term,
} from "../../src/model/condition.ts";
import type { Level } from "../../src/model/rule.ts";
import type { Plain } from "./oracle-alarms.ts";
import type { Question, Sample, Tested } from "./oracle-logic.ts";

/** Random formulas of every kind of term over the few points of one mine, and random stories of their samples. */

export const POINTS = { A: "0001", B: "0001", C: "0004", D: "1010" };

/** Alarms for terms about alarms: a ladder, and a rule with a delay. */
const PLAIN: readonly Plain[] = [
  { rule: "GAS-1", ladder: "GAS", type: "0001", level: "yellow", limit: 100, clear: 100, delay: 0 },
  { rule: "GAS-2", ladder: "GAS", type: "0001", level: "orange", limit: 150, clear: 100, delay: 0 },
  { rule: "COX", ladder: null, type: "0004", level: "blue", limit: 120, clear: 100, delay: 10_000 },
];

export const BEGIN = 1_700_000_000_000;

const conditions: fc.Arbitrary<PointCondition> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constantFrom("high" as const, "low" as const),
      limit: fc.constantFrom(1, 1.5),
      clear: fc.constantFrom(1, 1.2, 1.5),
      strict: fc.boolean(),
    }),
  },
  fc.record({
    kind: fc.constantFrom("rise" as const, "fall" as const),
    by: fc.constant(0.3),
    within: fc.constant(60_000),
    clear: fc.constant(null),
  }),
  fc.record({ kind: fc.constant("jump" as const), by: fc.constantFrom(0.3, 0.51) }),
  fc.record({ kind: fc.constant("bits" as const), mask: fc.constantFrom(1, 4, 128, 129) }),
);

const ofTypes = (...types: string[][]): fc.Arbitrary<Selector> =>
  fc.record({
    types: fc.constantFrom(...types),
    locs: fc.constant([]),
    systems: fc.constant([]),
    near: fc.constant("mine" as const),
    others: fc.constant(false),
  });

/** Of a rule about one point also itself, or the others of its kind. */
const besides = (of: fc.Arbitrary<Selector>): fc.Arbitrary<Selector | null> =>
  fc.oneof(
    { weight: 2, arbitrary: of },
    { weight: 1, arbitrary: fc.constant(null) },
    {
      weight: 1,
      arbitrary: fc
        .record({
          selector: of,
          near: fc.constantFrom("self" as const, "mine" as const),
          others: fc.boolean(),
        })
        .map(({ selector, near, others }) => ({ ...selector, near, others })),
    },
  );

const counted = (of: fc.Arbitrary<Selector | null>, is: fc.Arbitrary<PointCondition>): fc.Arbitrary<Term> =>
  fc.record({
    kind: fc.constant("point" as const),
    is,
    of,
    atLeast: fc.constantFrom(1, 1, 2, "every" as const),
    remember: fc.constantFrom(0, 0, 20_000),
  });

const words: fc.Arbitrary<PointCondition> = fc.record({
  kind: fc.constant("state" as const),
  is: fc.constantFrom(["stopped" as const], ["running" as const], ["stopped" as const, "running" as const]),
});

const MEASURED = ofTypes(["0001"], ["0004"], ["0001", "0004"], ["0009"]);

const groups: fc.Arbitrary<Term> = fc.record({
  kind: fc.constant("group" as const),
  fold: fc.constantFrom(...FOLDS),
  of: ofTypes(["0001"], ["0001"], ["0004"], ["0009"]),
  limit: fc
    .record({
      kind: fc.constantFrom("high" as const, "low" as const),
      limit: fc.constantFrom(0.3, 1, 1.5, 2.2),
      clear: fc.constantFrom(0.3, 1, 1.2, 1.5, 2.2),
      strict: fc.boolean(),
    })
    // A release beyond its limit is refused when rules are loaded.
    .filter(({ kind, limit, clear }) => (kind === "high" ? clear <= limit : clear >= limit)),
});

/** Stories begin at 22:13:20 and last some minutes. */
const minute = fc.constantFrom(22 * 60 + 13, 22 * 60 + 14, 22 * 60 + 17, 22 * 60 + 20, 6 * 60);
const hours: fc.Arbitrary<Term> = fc
  .record({ kind: fc.constant("hours" as const), from: minute, to: minute })
  .filter(({ from, to }) => from !== to);

/** The alarms a rule may speak of: its own kind is not among them, for an alarm cannot rest on itself. */
interface Named {
  readonly rules: readonly string[];
  readonly ladders: readonly string[];
  readonly classes: readonly string[];
}

const aboutAlarms = ({ rules, ladders, classes }: Named): fc.Arbitrary<Leaf> =>
  fc.oneof(
    fc
      .record({
        kind: fc.constant("alarms" as const),
        of: fc.oneof(
          fc.record({ by: fc.constant("rule" as const), is: fc.constantFrom(...rules) }),
          fc.record({ by: fc.constant("ladder" as const), is: fc.constantFrom(...ladders) }),
          fc.record({ by: fc.constant("class" as const), is: fc.constantFrom(...classes) }),
        ),
        level: fc.constantFrom<Level>("none", "none", "yellow", "orange"),
        atLeast: fc.constantFrom(1, 1, 2, 3),
        fewer: fc.constantFrom(0, 0, 1),
      })
      .map(({ of, fewer, ...rest }) => ({ ...rest, ...of, clear: Math.max(1, rest.atLeast - fewer) })),
    fc.record({
      kind: fc.constant("open" as const),
      is: fc.constantFrom(...rules, ...ladders),
      for: fc.constantFrom(0, 0, 5_000, 30_000),
      near: fc.constantFrom("self" as const, "mine" as const),
    }),
  );

/** A piece of an expression: its text, and what it says of numbers. */
interface Said<T> {
  readonly text: string;
  readonly of: (numbers: Numbers) => T;
}

const ARITHMETIC: Readonly<Record<string, (a: number, b: number) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
};
const COMPARISON: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
  "==": (a, b) => a === b,
  "!=": (a, b) => a !== b,
};
const JOINED: Readonly<Record<string, (a: boolean, b: boolean) => boolean>> = {
  "&&": (a, b) => a && b,
  "||": (a, b) => a || b,
};

function between<A, B>(operators: Readonly<Record<string, (a: A, b: A) => B>>, of: fc.Arbitrary<Said<A>>) {
  return fc.record({ operator: fc.constantFrom(...Object.keys(operators)), left: of, right: of }).map(
    ({ operator, left, right }): Said<B> => ({
      text: `(${left.text} ${operator} ${right.text})`,
      of: (numbers) => (operators[operator] as (a: A, b: A) => B)(left.of(numbers), right.of(numbers)),
    }),
  );
}

const chosen = <T>(condition: fc.Arbitrary<Said<boolean>>, of: fc.Arbitrary<Said<T>>) =>
  fc.record({ condition, yes: of, no: of }).map(
    ({ condition, yes, no }): Said<T> => ({
      text: `(${condition.text} ? ${yes.text} : ${no.text})`,
      of: (numbers) => (condition.of(numbers) ? yes : no).of(numbers),
    }),
  );

const spoken = (names: readonly string[]): fc.Arbitrary<Said<boolean>> =>
  fc.letrec<{ amount: Said<number>; truth: Said<boolean> }>((tie) => ({
    amount: fc.oneof(
      { maxDepth: 2, depthIdentifier: "cel" },
      fc
        .constantFrom(...names)
        .map((name) => ({ text: name, of: (numbers: Numbers) => numbers[name] as number })),
      fc.constantFrom("0.0", "0.5", "1.0", "1.2", "2.0").map((text) => ({ text, of: () => Number(text) })),
      between(ARITHMETIC, tie("amount")),
      tie("amount").map(({ text, of }) => ({ text: `-(${text})`, of: (numbers: Numbers) => -of(numbers) })),
      chosen(tie("truth"), tie("amount")),
    ),
    truth: fc.oneof(
      { maxDepth: 2, depthIdentifier: "cel" },
      between(COMPARISON, tie("amount")),
      between(JOINED, tie("truth")),
      tie("truth").map(({ text, of }) => ({ text: `!${text}`, of: (numbers: Numbers) => !of(numbers) })),
      chosen(tie("truth"), tie("truth")),
    ),
  })).truth;

/** A leaf, and beside it what an expression in it says: a model that read the text would need a parser of its own. */
const expressions = (of: fc.Arbitrary<Selector | null>): fc.Arbitrary<Spoken> =>
  fc
    .array(fc.record({ fold: fc.constantFrom(...FOLDS), of }), { minLength: 1, maxLength: 3 })
    .chain((inputs) => {
      const named = inputs.map((input, i) => ({ ...input, name: "abc"[i] as string }));
      return spoken(named.map(({ name }) => name)).map(({ text, of: says }) => ({
        kind: "expression" as const,
        source: text,
        inputs: named,
        says,
      }));
    });

type Numbers = Readonly<Record<string, number>>;

export type Spoken = Extract<Leaf, { kind: "expression" }> & {
  readonly says: (numbers: Numbers) => boolean;
};

function terms(about: "point" | "mine", named: Named): fc.Arbitrary<Term> {
  const among = about === "point" ? besides : <T>(of: T): T => of;
  return fc.letrec<{ term: Term }>((tie) => ({
    term: fc.oneof(
      { maxDepth: 3, depthIdentifier: "term" },
      { arbitrary: counted(among(MEASURED), conditions), weight: 5 },
      { arbitrary: counted(ofTypes(["1010"]), words), weight: 1 },
      { arbitrary: groups, weight: 2 },
      { arbitrary: hours, weight: 1 },
      { arbitrary: aboutAlarms(named), weight: 4 },
      { arbitrary: expressions(among(MEASURED)), weight: 3 },
      {
        weight: 4,
        arbitrary: fc.record({
          kind: fc.constantFrom("all" as const, "any" as const),
          terms: fc.array(tie("term"), { minLength: 1, maxLength: 3 }),
        }),
      },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant("not" as const), term: tie("term") }) },
    ),
  })).term;
}

const ABOUT_LIMITS = { rules: ["GAS-1", "GAS-2", "COX"], ladders: ["GAS"], classes: ["over-limit"] };
const ABOUT_ALL = {
  ...ABOUT_LIMITS,
  rules: [...ABOUT_LIMITS.rules, "T-2"],
  classes: ["over-limit", "logic"],
};

const tested = (rule: string, over: Tested["over"], named: Named): fc.Arbitrary<Tested> =>
  fc
    .record({ term: terms(over, named), unless: fc.option(terms(over, named), { nil: null, freq: 3 }) })
    .map((both) => ({ rule, over, ...both }));

/** A rule about the mine, which may speak of the alarms of one about every methane sensor; in any order. */
export const questions: fc.Arbitrary<Question> = fc
  .record({
    ofPoint: tested("T-2", "point", ABOUT_LIMITS),
    ofMine: tested("T-1", "mine", ABOUT_ALL),
    order: fc.shuffledSubarray(["T-1", "T-2", ...PLAIN.map(({ rule }) => rule)], { minLength: 5 }),
  })
  .map(({ ofPoint, ofMine, order }) => ({
    begin: BEGIN,
    points: POINTS,
    plain: PLAIN,
    tested: [ofPoint, ofMine],
    order,
  }));

export const stories: fc.Arbitrary<Sample[]> = fc
  .array(
    fc.record({
      wait: fc.constantFrom(1, 500, 1_700, 7_000, 31_000),
      p: fc.constantFrom("A", "A", "B", "B", "C", "C", "D"),
      v: fc.constantFrom(20, 60, 99, 100, 101, 119, 120, 121, 149, 150, 151),
      s: fc.constantFrom(0, 0, 0, 0, 0, 1, 4, 128),
    }),
    { minLength: 1, maxLength: 40 },
  )
  .map((moves) => {
    let t = BEGIN;
    return moves.map(({ wait, p, v, s }) => {
      t += wait;
      // Never on a full second: what a second's sweep sees and what arrives in it are two moments.
      if ((t - BEGIN) % 1_000 === 0) t += 1;
      // Of a switch: stopped, running, or what nothing tells.
      return { t, p, v: p === "D" ? (v % 3) * 100 : v, s };
    });
  });
