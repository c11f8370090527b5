import { describe, expect, it } from "vitest";
import { IN_CLEAR, TAKEN_OVER, TWICE } from "../../src/model/input.ts";
import { createTwice } from "../../src/mqtt/twice.ts";
import { aConfig, anEngine, createFeed, MINE } from "../support/builders-core.ts";

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

describe("a connection that is no plain coming and going", () => {
  it("is a notice to county and mine: two programs of one client id, or in clear by an exception", () => {
    const engine = anEngine();
    const feed = createFeed(engine);
    const now = 1_700_000_000_000;
    feed.step({ type: "start", now, version: "test", epoch: "test" });
    feed.config(now, aConfig(), "one");
    const link = (event: "up" | "down", why: string) =>
      feed
        .step({ type: "link", now, mine: MINE, event, connection: 1, system: null, why })
        .entries.flatMap((entry) => (entry.type === "notice" ? [[entry.code, entry.detail]] : []));
    expect(link("up", "connected")).toEqual([]);
    expect(link("down", TAKEN_OVER)).toEqual([]);
    expect(link("down", `${TWICE}from 10.0.0.7 and 10.0.0.8`)).toEqual([
      ["client-id-twice", "from 10.0.0.7 and 10.0.0.8"],
    ]);
    expect(link("up", IN_CLEAR)).toEqual([["plain-connection", IN_CLEAR]]);
    expect(engine.check(MINE, now)?.counts).toMatchObject({ "taken-over": 2 });
  });
});
