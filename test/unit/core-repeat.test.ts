import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Repeat } from "../../src/core/logic/repeat.ts";
import { keptBy } from "../../src/core/logic/window.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../../src/model/time.ts";

const WHEN = { kind: "repeats", for: 3 * HOUR, after: DAY } as const;
const BEGIN = 1_000 * DAY;

/** Counts of a sensor: a slow wave and some noise of its own, from a seed. */
function series(seed: number, noise: number, length = 600): number[] {
  let state = seed | 1;
  const next = () => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5;
    return ((state ^ (state >>> 13)) >>> 0) / 2 ** 32;
  };
  return Array.from({ length }, (_, i) => Math.round(40 + 15 * Math.sin(i / 90) + noise * (next() - 0.5)));
}

/** Feeds values every 30 s from `from` on, as the sweep would see them; when it became true, if it did. */
function feed(
  window: Repeat,
  from: number,
  values: readonly number[],
  skip: (i: number) => boolean = () => false,
) {
  let raised: number | null = null;
  values.forEach((value, i) => {
    const t = from + i * 30 * SECOND;
    if (!skip(i)) window.take(t, value);
    if (t >= window.ripeFrom() && window.ripen(t)) raised ??= t;
  });
  return raised;
}

describe("the same series once more", () => {
  it("is found, whatever moment it is sent at and though a sample is lost now and then, within the time asked for", () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer({ min: 6, max: 30 }),
        fc.integer({ min: -4 * MINUTE, max: 4 * MINUTE }),
        fc.integer({ min: 160, max: 400 }),
        (seed, noise, off, lost) => {
          const window = new Repeat(WHEN, keptBy(1));
          const values = series(seed, noise);
          expect(feed(window, BEGIN, values)).toBeNull();
          const raised = feed(window, BEGIN + DAY + off, values, (i) => i % lost === lost - 1);
          expect(raised).not.toBeNull();
          expect(raised as unknown as number).toBeLessThanOrEqual(BEGIN + DAY + off + WHEN.for + 20 * MINUTE);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("is not found in a sensor's own values, however alike two days are", () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 3, max: 30 }), (seed, noise) => {
        const window = new Repeat(WHEN, keptBy(1));
        for (let day = 0; day < 3; day++)
          expect(feed(window, BEGIN + day * DAY, series(seed + 7919 * day + 1, noise))).toBeNull();
      }),
      { numRuns: 60 },
    );
  });

  it("is not found in still air, nor a day too late", () => {
    const still = new Repeat(WHEN, keptBy(1));
    for (let day = 0; day < 2; day++)
      expect(
        feed(
          still,
          BEGIN + day * DAY,
          series(1, 0.9).map((value) => 20 + (value % 3)),
        ),
      ).toBeNull();
    const late = new Repeat(WHEN, keptBy(1));
    feed(late, BEGIN, series(5, 20));
    expect(feed(late, BEGIN + DAY + 2 * HOUR, series(5, 20))).toBeNull();
  });

  it("is over when the values are the sensor's own again", () => {
    const window = new Repeat(WHEN, keptBy(1));
    feed(window, BEGIN, series(5, 20, 800));
    feed(window, BEGIN + DAY, series(5, 20, 400));
    expect(window.verdict).toBe("raise");
    feed(window, BEGIN + DAY + 400 * 30 * SECOND, series(6, 20, 300));
    expect(window.verdict).toBe("clear");
  });

  it("is told at the same moment by a gateway that was restarted at any time", () => {
    const values = series(11, 20);
    const whole = new Repeat(WHEN, keptBy(1));
    feed(whole, BEGIN, values);
    const expected = feed(whole, BEGIN + DAY, values);
    for (const cut of [1, 17, 200, 290, 331, 332, 333, 340]) {
      let window = new Repeat(WHEN, keptBy(1));
      feed(window, BEGIN, values);
      let raised: number | null = feed(window, BEGIN + DAY, values.slice(0, cut));
      const image = window.image();
      window = new Repeat(WHEN, keptBy(1));
      window.restore(image);
      // After a restart every window is asked at once.
      const at = BEGIN + DAY + cut * 30 * SECOND - 1;
      if (window.ripen(at)) raised ??= at;
      raised ??= feed(window, BEGIN + DAY + cut * 30 * SECOND, values.slice(cut));
      expect(raised).toBe(expected);
    }
  });

  it("is looked for anew when the clock was set back", () => {
    const window = new Repeat(WHEN, keptBy(1));
    feed(window, BEGIN, series(5, 20));
    feed(window, BEGIN - 30 * DAY, series(6, 20));
    expect(feed(window, BEGIN - 29 * DAY, series(6, 20))).not.toBeNull();
  });
});
