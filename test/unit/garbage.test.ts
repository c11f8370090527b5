import { describe, expect, it } from "vitest";
import { createHeapRoom } from "../../src/lib/garbage.ts";

describe("the room of the heap", () => {
  const told: number[] = [];
  let now = 0;
  const room = createHeapRoom(
    () => now,
    (percent) => told.push(percent),
  );
  const records = (length: number) => room.told({ length });

  it("is left alone by records that come one after the other", () => {
    for (; now < 60_000; now += 10) records(1);
    expect(told).toEqual([]);
  });

  it("is widened once by a flood, and taken back a minute after its last second", () => {
    for (; now < 70_000; now += 10) records(20);
    expect(told).toEqual([100]);
    for (; now < 129_000; now += 1_000) records(1);
    expect(told).toEqual([100]);
    now += 2_000;
    records(1);
    expect(told).toEqual([100, 20]);
  });
});
