import { describe, expect, it } from "vitest";
import { OwnWatches } from "../../src/core/own-watches.ts";
import type { Plan } from "../../src/core/plan.ts";
import type { Episode, Post } from "../../src/core/world.ts";

const plan = (key: string) => ({ key, formula: null, steps: [] }) as unknown as Plan;
const PLANS = [plan("CUT-01"), plan("CAL-01")];
const POST = { subject: { id: "A" } } as unknown as Post;
const EPISODE = { id: "1" } as Episode;

const watches = () => new OwnWatches(PLANS, POST, []);
const second = (own: OwnWatches) => {
  const found = [...own].at(1);
  if (found === undefined) throw new Error("must hold: there are two");
  return found;
};

describe("watches that are made for whoever looks", () => {
  it("are as many as there are plans, in their order, and none is kept while nothing begins", () => {
    const own = watches();
    expect([...own].map((watch) => watch.plan.key)).toEqual(["CUT-01", "CAL-01"]);
    expect(second(own)).not.toBe(second(own));
    expect(own.awake()).toEqual([]);
  });

  it("are kept from the moment there is something to remember, whatever it is", () => {
    const own = watches();
    const watch = second(own);
    watch.clearing = 5;
    expect(second(own)).toBe(watch);
    expect(own.awake()).toEqual([watch]);
    expect([...own].map(({ atRest }) => atRest)).toEqual([true, false]);
  });

  it("are one watch, though two were made of it before anything began", () => {
    const own = watches();
    const [one, other] = [second(own), second(own)];
    one.clearing = 5;
    other.episodes = [EPISODE];
    expect([one.clearing, other.clearing]).toEqual([5, 5]);
    expect(one.episodes).toEqual([EPISODE]);
    expect(own.awake()).toEqual([one]);
  });

  it("stay who they are for whoever holds them, and come along to the next list", () => {
    const own = watches();
    const [held] = own.holding(({ key }) => key === "CAL-01");
    expect(second(own)).toBe(held);
    second(own).reached = 0;
    expect(second(new OwnWatches(PLANS, POST, [...own]))).toBe(held);
  });
});
