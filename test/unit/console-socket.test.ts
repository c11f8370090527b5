import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  BEHIND_MS,
  follow,
  isLost,
  opened,
  type Position,
  SILENT_MS,
  START,
} from "../../src/console/follow.ts";
import type { ServerMessage } from "../../src/console/shapes.ts";
import { openAlarmSocket, type SocketLike, type SocketStatus } from "../../src/console/socket.ts";
import type { Received } from "../../src/console/store.ts";
import { anAlarm, anEvent } from "../support/browser-alarms.ts";

const at = (lastSeq: number | null): Position => ({ ...START, epoch: "e1", lastSeq, first: false });
const beat = (sent: number, epoch = "e1"): ServerMessage => ({
  type: "beat",
  epoch,
  head: sent,
  sent,
  at: "2026-03-02T08:00:00.000+08:00",
});
const event = (seq: number, prev: number) => anEvent(seq, anAlarm(), prev);
const verdict = (position: Position, message: ServerMessage) => follow(position, message, 0).verdict;

describe("following the journal", () => {
  it("takes an event that joins what was seen, drops a repeat, and calls a hole a gap", () => {
    expect(verdict(at(10), event(14, 10))).toBe("take");
    expect(verdict(at(10), event(10, 7))).toBe("drop");
    expect(verdict(at(10), event(14, 12))).toBe("gap");
    expect(verdict(at(10), event(14, 8))).toBe("gap");
  });

  it("lets the first event of a connection name a place before the one we resumed from", () => {
    expect(verdict(opened(at(10), 0), event(14, 8))).toBe("take");
    expect(verdict(opened(at(10), 0), event(14, 12))).toBe("gap");
  });

  it("takes no event before it knows where it stands", () => {
    expect(verdict(at(null), event(14, 10))).toBe("gap");
  });

  it("asks anew when the epoch changes", () => {
    const step = follow(at(10), beat(10, "e2"), 0);
    expect(step).toMatchObject({ verdict: "gap", position: { lastSeq: null } });
    const welcomed = follow(
      at(10),
      { type: "welcome", v: 1, epoch: "e2", head: 3, resume: "snapshot", from: 4, heartbeatMs: 2000 },
      0,
    );
    expect(welcomed.position).toMatchObject({ epoch: "e2", lastSeq: null });
  });

  it("gives up a connection that is silent for 6 s, and not before", () => {
    const heard = follow(at(10), beat(10), 1_000).position;
    expect(isLost(heard, 1_000 + SILENT_MS - 1)).toBe(false);
    expect(isLost(heard, 1_000 + SILENT_MS)).toBe(true);
  });

  it("gives it up when more was sent than came for 3 s, though it beats", () => {
    let position = follow(at(10), beat(12), 1_000).position;
    position = follow(position, beat(12), 3_000).position;
    expect(isLost(position, 1_000 + BEHIND_MS - 1)).toBe(false);
    expect(isLost(position, 1_000 + BEHIND_MS)).toBe(true);
    const caughtUp = follow(follow(position, event(12, 10), 3_500).position, beat(12), 3_600).position;
    expect(isLost(caughtUp, 1_000 + BEHIND_MS)).toBe(false);
  });

  it("misses nothing and takes nothing twice, wherever connections are cut and events are lost", () => {
    const lossy = fc.array(fc.record({ lost: fc.boolean(), repeated: fc.boolean(), cut: fc.boolean() }), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(lossy, (fates) => {
        const journal = fates.map((_, i) => 10 + (i + 1) * 3);
        const taken: number[] = [];
        let position: Position = at(10);
        let sent = 10;
        const deliver = (seq: number, lose: boolean): boolean => {
          const message = event(seq, sent);
          sent = seq;
          if (lose) return true;
          const step = follow(position, message, 0);
          position = step.position;
          if (step.verdict === "take") taken.push(seq);
          return step.verdict !== "gap";
        };
        const reconnect = () => {
          position = opened(position, 0);
          sent = position.lastSeq ?? 0;
          for (const seq of journal.filter((one) => one > sent && one <= reached)) deliver(seq, false);
        };
        let reached = 10;
        fates.forEach(({ lost, repeated, cut }, i) => {
          reached = journal[i]!;
          if (!deliver(reached, lost)) reconnect();
          if (repeated) deliver(reached, false) || reconnect();
          if (cut) reconnect();
        });
        reconnect();
        expect(taken).toEqual(journal);
      }),
    );
  });
});

/** A browser's end of a socket, its timers and its ticket office, moved by hand. */
function bench(tickets: ("none" | Error)[] = []) {
  const sockets: (SocketLike & { said: { type: string }[]; closed: boolean })[] = [];
  const timers = new Set<{ due: number; run: () => void }>();
  const received: Received[] = [];
  const statuses: SocketStatus[] = [];
  let now = 0;
  let replaced = 0;
  const settle = async () => {
    for (let i = 0; i < 5; i++) await Promise.resolve();
  };
  const socket = openAlarmSocket({
    connect() {
      const made: SocketLike & { said: { type: string }[]; closed: boolean } = {
        said: [],
        closed: false,
        send: (text) => void made.said.push(JSON.parse(text)),
        close: () => {
          made.closed = true;
        },
        onopen: null,
        onmessage: null,
        onclose: null,
      };
      sockets.push(made);
      return made;
    },
    async ticket() {
      const next = tickets.shift() ?? "ticket";
      if (next instanceof Error) throw next;
      return next === "none" ? null : next;
    },
    now: () => now,
    chance: () => 1,
    after(ms, run) {
      const timer = { due: now + ms, run };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    consumer: () => `screen-${replaced}`,
    replaced: () => {
      replaced += 1;
    },
    dismissed: () => {},
    receive: (one) => received.push(one),
    status: (status) => statuses.push(status),
  });
  return {
    socket,
    sockets,
    received,
    statuses,
    last: () => sockets.at(-1)!,
    say: (message: ServerMessage) => sockets.at(-1)?.onmessage?.({ data: JSON.stringify(message) }),
    settle,
    async connect() {
      await settle();
      sockets.at(-1)?.onopen?.();
    },
    async pass(ms: number) {
      const until = now + ms;
      for (;;) {
        const due = [...timers].filter((timer) => timer.due <= until).sort((a, b) => a.due - b.due)[0];
        if (due === undefined) break;
        timers.delete(due);
        now = Math.max(now, due.due);
        due.run();
        await settle();
      }
      now = until;
    },
  };
}

const welcome = (resume: "from" | "snapshot" = "snapshot", epoch = "e1"): ServerMessage => ({
  type: "welcome",
  v: 1,
  epoch,
  head: 10,
  resume,
  from: 11,
  heartbeatMs: 2000,
});
const snapshot: ServerMessage = { type: "snapshot", at: 10, part: 1, parts: 1, alarms: [] };

describe("the alarm socket", () => {
  it("says hello with a ticket and, after a cut, where it goes on", async () => {
    const b = bench();
    await b.connect();
    expect(b.last().said[0]).toEqual({
      type: "hello",
      v: 1,
      ticket: "ticket",
      consumer: "screen-0",
      mines: ["*"],
    });
    b.say(welcome());
    b.say(snapshot);
    b.say(event(14, 10));
    b.last().onclose?.({ code: 1006 });
    await b.pass(300);
    await b.connect();
    expect(b.last().said[0]).toMatchObject({ epoch: "e1", lastSeq: 14 });
  });

  it("reconnects at a gap without showing what came after it", async () => {
    const b = bench();
    await b.connect();
    b.say(welcome());
    b.say(snapshot);
    b.say(event(17, 14));
    expect(b.received.map(({ message }) => message.type)).toEqual(["welcome", "snapshot"]);
    expect(b.last().closed).toBe(true);
    await b.pass(300);
    expect(b.sockets).toHaveLength(2);
  });

  it("ignores what an abandoned connection still says", async () => {
    const b = bench();
    await b.connect();
    b.say(welcome());
    b.say(snapshot);
    const old = b.last();
    b.say(event(17, 14));
    old.onmessage?.({ data: JSON.stringify(event(14, 10)) });
    await b.pass(300);
    await b.connect();
    b.say(welcome("from"));
    old.onmessage?.({ data: JSON.stringify(event(14, 10)) });
    old.onclose?.({ code: 1006 });
    expect(b.received.map(({ message }) => message.type)).toEqual(["welcome", "snapshot", "welcome"]);
    expect(b.sockets).toHaveLength(2);
  });

  it("acknowledges what was drawn, cumulatively, once, and only where it was heard", async () => {
    const b = bench();
    b.socket.drawn(5);
    await b.connect();
    b.socket.drawn(7);
    b.say(welcome());
    b.say(snapshot);
    b.say(event(14, 10));
    b.socket.drawn(14);
    b.socket.drawn(14);
    expect(b.last().said.slice(1)).toEqual([{ type: "ack", seq: 14 }]);
  });

  it("gives up a connection that never answers, and one that stops beating", async () => {
    const b = bench();
    await b.connect();
    await b.pass(11_000);
    expect(b.sockets.length).toBeGreaterThan(1);
    await b.connect();
    b.say(welcome());
    b.say(snapshot);
    const count = b.sockets.length;
    await b.pass(5_000);
    expect(b.sockets).toHaveLength(count);
    await b.pass(2_500);
    expect(b.sockets.length).toBeGreaterThan(count);
  });

  it("waits longer after each failure, at most five seconds, and not at all when hurried", async () => {
    const b = bench(Array.from({ length: 40 }, () => new Error("network")));
    await b.settle();
    await b.pass(60_000);
    const tries = b.statuses.filter((status) => status === "connecting").length;
    expect(tries).toBeGreaterThan(12);
    expect(tries).toBeLessThan(20);
    b.socket.hurry();
    await b.settle();
    expect(b.statuses.filter((status) => status === "connecting")).toHaveLength(tries + 1);
  });

  it("stops asking when the session has ended", async () => {
    const b = bench(["none"]);
    await b.settle();
    await b.pass(60_000);
    expect(b.statuses.at(-1)).toBe("signed-out");
    expect(b.sockets).toHaveLength(0);
  });

  it("takes another name when another screen took its own", async () => {
    const b = bench();
    await b.connect();
    b.say(welcome());
    b.last().onclose?.({ code: 4409 });
    await b.pass(300);
    await b.connect();
    expect(b.last().said[0]).toMatchObject({ consumer: "screen-1" });
  });

  it("is not thrown by frames that are none of its words", async () => {
    const b = bench();
    await b.connect();
    for (const data of ["{", "null", "[1,2]", '{"type":"other"}', 7]) b.last().onmessage?.({ data });
    b.say(welcome());
    expect(b.received.map(({ message }) => message.type)).toEqual(["welcome"]);
  });
});
