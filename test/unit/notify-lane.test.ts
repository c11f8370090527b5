import { pino } from "pino";
import { describe, expect, it } from "vitest";
import type { Notification } from "../../src/model/notification.ts";
import { createLane } from "../../src/notify/lane.ts";
import type { Ended, Outbox } from "../../src/notify/outbox.ts";

const row = { n: 1, seq: 1, level: "red", createdAt: 0, repeated: false, tries: 0 } as Notification;

/** A lane with one row, an outbox whose mark of what is in flight a test lets go, and a channel whose answer too. */
function aLane() {
  const ended: Ended[] = [];
  const told: string[] = [];
  let mark = () => {};
  let answer = () => {};
  let marking = () => {};
  let sending = () => {};
  const marked = new Promise<void>((resolve) => (marking = resolve));
  const sent = new Promise<void>((resolve) => (sending = resolve));
  const outbox: Partial<Outbox> = {
    attempts: async () => [],
    due: async () => ({ rows: ended.length === 0 ? [row] : [], next: null }),
    bodies: async () => ({}),
    begin: () =>
      new Promise((resolve) => {
        mark = resolve;
        marking();
      }),
    finish: async (one) => void ended.push(one),
  };
  const lane = createLane({
    id: "hook",
    channel: {
      kind: "webhook",
      send: () =>
        new Promise((resolve) => {
          answer = () => resolve({ kind: "sent", providerId: null, detail: null });
          sending();
        }),
      close: () => void told.push(`closed after ${ended.length}`),
    },
    pace: { group: "one", windowMs: 0, most: 1 },
    perMinute: 600,
    parallel: 4,
    outbox: outbox as Outbox,
    now: () => 1_000,
    quietUntil: () => null,
    receiverOf: () => "nobody",
    messageOf: () => ({}) as never,
    later: () => () => {},
    log: pino({ level: "silent" }),
  });
  return { lane, ended, told, marked, sent, mark: () => mark(), answer: () => answer() };
}

describe("a lane that is stopped", () => {
  it("while it marks a message as in flight sees that message to its end", async () => {
    const { lane, ended, told, marked, sent, mark, answer } = aLane();
    lane.wake();
    await marked;
    const stopped = lane.stop();
    mark();
    await sent;
    expect(told).toEqual([]);
    answer();
    await stopped;
    expect(ended).toMatchObject([{ state: "sent" }]);
    expect(told).toEqual(["closed after 1"]);
  });
});
