import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eventJson } from "../../src/wire/alarm.ts";
import { AlarmsClient, AlarmsServer, LiveHello, LiveServer } from "../../src/wire/stream.ts";
import { anyAlarm } from "../support/any-alarm.ts";

describe("the words of the alarm stream", () => {
  it("are what a screen says, and nothing else", () => {
    const hello = { type: "hello", v: 1, consumer: "desk-1" };
    for (const message of [
      hello,
      { ...hello, ticket: "t", epoch: "e", lastSeq: 0, mines: ["*"], levels: ["red"] },
      { type: "ack", seq: 9 },
      { type: "seen", seq: 9, rung: "rendered" },
      { type: "cmd", id: "a", do: "acknowledge", alarm: "A", expect: 3 },
      { type: "cmd", id: "a", do: "comment", alarm: "A", note: "查" },
    ]) {
      expect(AlarmsClient.parse(message)).toEqual(message);
    }
    for (const wrong of [
      { ...hello, v: 2 },
      { ...hello, consumer: "" },
      { ...hello, consumer: "a/b" },
      { ...hello, lastSeq: -1 },
      { type: "ack" },
      { type: "cmd", id: "", do: "acknowledge", alarm: "A" },
      { type: "cmd", id: "a", do: "delete", alarm: "A" },
      { type: "event" },
      null,
    ]) {
      expect(AlarmsClient.safeParse(wrong).success, JSON.stringify(wrong)).toBe(false);
    }
  });

  it("carry an event that has the shape of its schema", () => {
    const [alarm] = fc.sample(anyAlarm, { numRuns: 1, seed: 3 });
    const transition = { from: "normal", to: "unacknowledged", n: 1, what: "raise" } as const;
    const t = Date.UTC(2026, 2, 1);
    const record = {
      type: "transition",
      t,
      transition,
      alarm: alarm!,
      inputs: [],
      evidence: null,
      seq: 7,
    } as const;
    const event = { ...eventJson(record), prev: 5 };
    expect(AlarmsServer.parse(event)).toEqual(event);
    expect(event).toMatchObject({ type: "event", seq: 7, t: "2026-03-01T08:00:00.000+08:00" });
  });

  it("are what a live screen asks for and gets", () => {
    expect(
      LiveHello.safeParse({ type: "hello", v: 1, points: ["520523017311:safety:1101-T1"] }).success,
    ).toBe(true);
    const point = { id: "a:b:c", value: null, word: "running", state: 0, quality: "good", at: null };
    expect(LiveServer.parse({ type: "changes", points: [point] })).toEqual({
      type: "changes",
      points: [point],
    });
  });
});
