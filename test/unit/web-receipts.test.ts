import { describe, expect, it } from "vitest";
import { createReceipts } from "../../src/web/receipts.ts";

const one = { alarm: "a", rung: "delivered", by: "an", device: "desk", level: "orange" } as const;

function taken(busy: () => boolean = () => false) {
  const clock = { at: 0 };
  const told: string[] = [];
  const receipts = createReceipts({
    clock: { mono: () => clock.at, wall: () => clock.at },
    receipt({ alarm, rung, by, urgent }) {
      if (busy() && !urgent) return false;
      told.push(`${alarm} ${rung} ${by}`);
      return true;
    },
  });
  return { clock, told, receipts };
}

describe("the receipts of screens", () => {
  it("are passed on once a rung, alarm and person, and once more when the alarm asks anew", () => {
    const { told, receipts } = taken();
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

  it("wait in a flood, red ones not, and none longer than two seconds", async () => {
    const { clock, told, receipts } = taken(() => true);
    receipts.take({ ...one, alarm: "red", level: "red" });
    receipts.take({ ...one, alarm: "yellow", level: "yellow" });
    receipts.take(one);
    expect(told).toEqual(["red delivered an"]);
    clock.at = 2_000;
    await expect.poll(() => told).toEqual(["red delivered an", "a delivered an", "yellow delivered an"]);
  });

  it("of a hundred and more at once go the most urgent first", async () => {
    const { told, receipts } = taken();
    for (let i = 0; i < 100; i++) receipts.take({ ...one, alarm: `early${i}` });
    receipts.take({ ...one, alarm: "blue", level: "blue" });
    receipts.take({ ...one, alarm: "red", level: "red" });
    expect(told).toHaveLength(100);
    await expect.poll(() => told.slice(100)).toEqual(["red delivered an", "blue delivered an"]);
  });
});
