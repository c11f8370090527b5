import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createDigests, type Digests, isKnownDigest, restoreDigests } from "../../src/core/digests.ts";
import { BOUNDS } from "../../src/model/bounds.ts";
import { digest } from "../../src/wire/digest.ts";

const MOST = BOUNDS.packetsPerMine;

/** The same by looking at each of the last ones. */
function createList() {
  const last: number[] = [];
  return (one: number): boolean => {
    if (last.includes(one)) return true;
    last.push(one);
    if (last.length > MOST) last.shift();
    return false;
  };
}

describe("a mine's last packets", () => {
  it("are known until a thousand and twenty-four others came", () => {
    const digests = createDigests();
    expect(isKnownDigest(digests, 7)).toBe(false);
    for (let n = 1; n < MOST; n++) isKnownDigest(digests, 1e6 + n);
    expect(isKnownDigest(digests, 7)).toBe(true);
    isKnownDigest(digests, 2e6);
    expect(isKnownDigest(digests, 7)).toBe(false);
  });

  // Rows that hold several and rows at the end of the table are what a table of places can get wrong.
  const crowded = fc
    .tuple(fc.nat(3), fc.nat(900))
    .map(([low, high]) => ((4_094 + low) % 4_096) + 4_096 * high);
  const spread = fc.nat(2_000).map((n) => n * 2_097_151 + 2 ** 40);

  it.each([
    ["crowded in few rows", crowded],
    ["spread", spread],
    ["both", fc.oneof(crowded, spread)],
  ])("are those a list of them has: %s, restored in between", (_how, one) => {
    fc.assert(
      fc.property(fc.array(one, { minLength: 3_000, maxLength: 5_000 }), fc.nat(3_000), (all, restoreAt) => {
        let digests: Digests = createDigests();
        const isInList = createList();
        const known = all.map((each, n) => {
          if (n === restoreAt) digests = restoreDigests(digests);
          return isKnownDigest(digests, each);
        });
        expect(known).toEqual(all.map((each) => isInList(each)));
      }),
      { numRuns: 5 },
    );
  });
});

describe("a digest", () => {
  it("does not depend on what was digested before it", () => {
    const text = (value: string) => new TextEncoder().encode(value);
    const alone = digest("mine/v1/a/safety/readings", text("12"));
    for (const [topic, payload] of [
      ["mine/v1/b/safety/readings", "12"],
      ["mine/v1/a/safety/readings", "123"],
      ["mine/v1/a/safety/readings", "21"],
    ] as const) {
      digest(topic, text(payload));
      expect(digest("mine/v1/a/safety/readings", text("12"))).toBe(alone);
    }
  });
});
