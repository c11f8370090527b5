import { describe, expect, it } from "vitest";
import type { Input } from "../../src/model/input.ts";
import { oracleFaults } from "../support/kill-oracle.ts";

const said = (seq: number, value: number): Input => ({
  type: "self",
  seq,
  now: seq * 1_000,
  point: "loop-stall",
  value,
  detail: "",
});
const tick = (seq: number, now: number): Input => ({ type: "tick", seq, now });
const down: Input = {
  type: "link",
  seq: 1,
  now: 1_000,
  mine: "M001",
  event: "down",
  connection: 1,
  system: null,
  why: "",
};

describe("the oracle of the kill run", () => {
  it("misses a trouble of the gateway that the journal does not have", () => {
    expect(oracleFaults([said(1, 1)], [])).toEqual([
      "gateway alarms, step 0: oracle raise loop-stall 1000 | journal nothing",
    ]);
  });

  it("misses the alarm of a mine that was down for a minute", () => {
    expect(oracleFaults([down, tick(2, 61_000)], [])).toEqual([
      "link alarms, step 0: oracle LINK-04 M001 | journal nothing",
    ]);
    expect(oracleFaults([down, tick(2, 60_999)], [])).toEqual([]);
  });
});
