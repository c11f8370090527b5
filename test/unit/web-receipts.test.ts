import { describe, expect, it } from "vitest";
import { createReceipts } from "../../src/web/receipts.ts";

const one = { alarm: "a", rung: "delivered", by: "an", device: "desk", rank: 3 } as const;

describe("the receipts of screens", () => {
  it("are passed on once a rung, alarm and person, and once more when the alarm asks anew", () => {
    const told: string[] = [];
    const receipts = createReceipts(({ alarm, rung, by }) => {
      told.push(`${alarm} ${rung} ${by}`);
      return true;
    });
    for (const each of [
      one,
      one,
      { ...one, rung: "seen" } as const,
      { ...one, by: "bo" },
      { ...one, alarm: "b" },
    ])
      receipts.take(each);
    expect(told).toEqual(["a delivered an", "a seen an", "a delivered bo", "b delivered an"]);
    receipts.again("a");
    receipts.again("unknown");
    for (const each of [one, one, { ...one, alarm: "b" }]) receipts.take(each);
    expect(told.slice(4)).toEqual(["a delivered an"]);
  });
});
