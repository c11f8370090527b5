import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addRow, type Columns, createColumns, HOT, hot, remember, WAIT } from "../../src/core/columns.ts";
import { PLAIN_SCALE } from "../../src/core/decimal.ts";
import { openWindow } from "../../src/core/logic/open-window.ts";
import { catchUp, takeSample, waits, wantWindows, windowName } from "../../src/core/logic/slot-windows.ts";
import type { WindowCondition } from "../../src/model/condition.ts";
import { foretellWindow, type Sample } from "../support/oracle-windows.ts";

const SCALE = { ...PLAIN_SCALE, resolution: 0.01 };
const SECOND = 1_000;

const CONDITIONS: readonly WindowCondition[] = [
  { kind: "rise", by: 0.3, within: 300 * SECOND, clear: null },
  { kind: "rise", by: 1, within: 120 * SECOND, clear: 0.5 },
  { kind: "fall", by: { share: 0.3 }, within: 300 * SECOND, clear: { share: 0.15 } },
  { kind: "jump", by: 1 },
  { kind: "flat", for: 200 * SECOND, step: 0.02, from: null, lively: null },
  { kind: "repeats", for: 1_800 * SECOND, after: 3_600 * SECOND },
];

/** Of the one slot. */
const waiting = ({ wait }: Columns) => wait[WAIT.waits];

/** Windows of one slot over columns of their own. */
function windowsOf(conditions: readonly WindowCondition[]) {
  const columns = createColumns();
  addRow(columns, 0);
  const asked = { names: conditions.map(windowName), whens: conditions };
  const windows = wantWindows(null, asked, SCALE, columns, 0);
  if (windows === null) throw new Error("must hold: windows were wanted");
  return {
    columns,
    windows,
    take(t: number, value: number): void {
      if (!waits(columns, 0, t, value, 0)) takeSample(windows, columns, 0, t, value, 0);
      remember(columns, 0, t, t, value, 0);
    },
    catchUp: () => catchUp(windows, columns, 0),
  };
}

/** Values that mostly stay near one another, and now and then leap. */
const stream = fc.array(
  fc.record({
    after: fc.integer({ min: 1, max: 40 }),
    move: fc.oneof(
      { weight: 12, arbitrary: fc.integer({ min: -3, max: 3 }) },
      { weight: 1, arbitrary: fc.integer({ min: -150, max: 150 }) },
    ),
  }),
  { minLength: 20, maxLength: 200 },
);

describe("windows whose samples may wait for one another", () => {
  it("tell, once they have caught up, what windows tell that took each sample at once", () => {
    let waited = 0;
    fc.assert(
      fc.property(stream, fc.integer({ min: 1, max: 9 }), (moves, every) => {
        const [lazy, eager] = [windowsOf(CONDITIONS), windowsOf(CONDITIONS)];
        let t = 1_000_000;
        let counts = 100;
        moves.forEach(({ after, move }, i) => {
          t += after * SECOND;
          counts = Math.max(0, counts + move);
          const value = counts / 100;
          const quiet =
            value > hot(lazy.columns, 0, HOT.quietAbove) && value < hot(lazy.columns, 0, HOT.quietBelow);
          const idle = eager.windows.list.every(({ verdict }) => verdict === "clear");
          lazy.take(t, value);
          eager.take(t, value);
          if (waiting(lazy.columns) > 0) waited += 1;
          eager.catchUp();
          // A quiet sample is never looked at: nothing may be said of it that was not said before.
          if (quiet && idle)
            expect(eager.windows.list.map(({ verdict }) => verdict)).toEqual(CONDITIONS.map(() => "clear"));
          if (i % every !== 0) return;
          lazy.catchUp();
          expect(lazy.windows.list.map((window) => window.image().slice(0, 1))).toEqual(
            eager.windows.list.map((window) => window.image().slice(0, 1)),
          );
          for (const [j, window] of lazy.windows.list.entries())
            expect(window.ripeFrom()).toBe(eager.windows.list[j]?.ripeFrom());
        });
      }),
      { numRuns: 300 },
    );
    expect(waited).toBeGreaterThan(1_000);
  });

  it("look at a value that has risen from one that waited", () => {
    const { columns, take } = windowsOf([{ kind: "rise", by: 0.3, within: 300 * SECOND, clear: null }]);
    take(1_000_000, 1);
    take(1_030_000, 0.94);
    expect(waiting(columns)).toBeGreaterThan(0);
    expect(hot(columns, 0, HOT.quietBelow)).toBeLessThan(1.24);
  });

  it("let no value wait beside a mean, which every value moves", () => {
    const mean: WindowCondition = {
      kind: "mean",
      side: "low",
      of: 86_400 * SECOND,
      limit: { share: 0.8 },
      clear: { share: 0.9 },
    };
    const { columns, take } = windowsOf([mean]);
    for (let i = 0; i < 50; i++) take(1_000_000 + i * 3_600 * SECOND, 1);
    expect(waiting(columns)).toBe(0);
  });
});

const span = fc.integer({ min: 60, max: 900 }).map((n) => n * SECOND);
const amount = fc.integer({ min: 1, max: 60 }).map((n) => n / 100);
const share = fc.integer({ min: 1, max: 20 }).map((n) => ({ share: n / 20 }));
const lively = fc.record({ std: amount, of: span });
const conditions: fc.Arbitrary<WindowCondition> = fc.oneof(
  fc.record({
    kind: fc.constantFrom("rise" as const, "fall" as const),
    by: fc.oneof(amount, share),
    within: span,
    clear: fc.constant(null),
  }),
  fc.record({
    kind: fc.constant("mean" as const),
    side: fc.constantFrom("high" as const, "low" as const),
    limit: fc.oneof(amount, share),
    clear: fc.constant(0.01),
    of: span,
  }),
  fc.record({
    kind: fc.constant("flat" as const),
    for: span,
    step: amount,
    from: fc.option(fc.integer({ min: 0, max: 200 }).map((n) => n / 100)),
    lively: fc.option(lively),
  }),
  fc.record({ kind: fc.constant("jump" as const), by: amount }),
);

describe("a window that takes several samples at once", () => {
  it("remembers and says what one does that takes each by itself, also when the mine's clock is set back", () => {
    const pieces = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 40 });
    const setBack = fc.option(fc.nat(100), { nil: -1 });
    fc.assert(
      fc.property(
        fc.oneof(fc.constantFrom(...CONDITIONS), conditions),
        stream,
        pieces,
        setBack,
        (when, moves, sizes, at) => {
          const [single, several] = [openWindow(when, 0.01), openWindow(when, 0.01)];
          let [t, v, size] = [1_000_000, 100, 0];
          const samples = moves.map(({ after, move }, i) => {
            t += i === at ? -600 * SECOND : after * SECOND;
            v = Math.max(0, v + move);
            return { t, v };
          });
          while (samples.length > 0) {
            const piece = samples.splice(0, sizes[size++ % sizes.length]);
            for (const sample of piece) single.take(sample.t, sample.v);
            const times = Float64Array.from(piece, (sample) => sample.t);
            several.takeAll(
              times,
              Float64Array.from(piece, (sample) => sample.v),
              piece.length,
            );
            expect(several.image()).toEqual(single.image());
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("windows and a second model that sums everything anew", () => {
  it("say the same of every story of samples under every condition", () => {
    const seen = new Map<string, number>();
    fc.assert(
      fc.property(conditions, stream, (when, moves) => {
        const window = openWindow(when, 0.01);
        const samples: Sample[] = [];
        let t = 1_000_000;
        let v = 100;
        for (const { after, move } of moves) {
          t += after * SECOND;
          v = Math.max(0, v + move);
          samples.push({ t, v });
          window.take(t, v);
          window.ripen(t);
          const told = foretellWindow(samples, when, 0.01);
          if (told === null) continue;
          seen.set(`${when.kind} ${told}`, (seen.get(`${when.kind} ${told}`) ?? 0) + 1);
          expect([t, window.verdict]).toEqual([t, told]);
        }
      }),
      { numRuns: 1_000 },
    );
    const kinds = ["rise", "fall", "mean", "flat", "jump"];
    for (const kind of kinds)
      for (const told of ["raise", "clear"]) expect([...seen.keys()]).toContain(`${kind} ${told}`);
  });
});
