import { describe, expect, it } from "vitest";
import { createTwice } from "../../src/mqtt/twice.ts";

const MINE = "520523017311";

function aTwice() {
  const clock = { at: 0 };
  const twice = createTwice({ wall: () => 1_700_000_000_000 + clock.at, mono: () => clock.at });
  const note = (before = "10.0.0.7", after = "10.0.0.8") =>
    twice.note("key", { mine: MINE, clientId: `${MINE}-a`, before, after });
  return { twice, note, clock };
}

describe("a client id that takes the place of itself", () => {
  it("once or twice is a line that was cut; three times within ten minutes is two programs, both named", () => {
    const { twice, note } = aTwice();
    expect([note(), note("10.0.0.8", "10.0.0.7")]).toEqual([null, null]);
    expect(twice.of(MINE)).toEqual([]);
    expect(twice.wordsOf("key")).toBeNull();
    expect(note()).toMatch(/3 times within 10 minutes, from 10\.0\.0\.7 and 10\.0\.0\.8/);
    expect(twice.of(MINE)).toMatchObject([{ times: 3, addresses: ["10.0.0.7", "10.0.0.8"] }]);
    expect(twice.of("520523017312")).toEqual([]);
  });

  it("is said once in ten minutes, and over when it has stopped for as long", () => {
    const { twice, note, clock } = aTwice();
    note();
    note();
    expect(note()).not.toBeNull();
    clock.at = 60_000;
    expect(note()).toBeNull();
    expect(twice.wordsOf("key")).not.toBeNull();
    clock.at = 700_000;
    expect(twice.of(MINE)).toEqual([]);
    expect(twice.wordsOf("key")).toBeNull();
  });

  it("slowly, all day long, is nothing", () => {
    const { note, clock } = aTwice();
    for (let i = 0; i < 50; i++) {
      clock.at += 301_000;
      expect(note()).toBeNull();
    }
  });
});
