import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createConsumer } from "../../src/web/consumer.ts";
import { createRing, type EventFrame, eventFrame, sideBySide } from "../../src/web/ring.ts";
import { nextAlarm, transition } from "../support/web-ports.ts";

const HEAD = 4;

function event(seq: number, prev: number, mine = "A"): EventFrame {
  const record = { ...transition(nextAlarm({ mine }), "raise"), seq };
  return eventFrame(record as never, prev, () => ({ pad: "x".repeat(120 + (seq % 7)) }));
}

/** A screen whose socket is a list of what was written to it. */
function screenOf(ring: ReturnType<typeof createRing>, wants: (event: EventFrame) => boolean, room = 1e9) {
  const writes: Buffer[] = [];
  const left = { bytes: room };
  const consumer = createConsumer({
    link: {
      closed: () => false,
      buffered: () => 0,
      hasRoom: (besides = 0) => besides < left.bytes,
      cork: () => {},
      uncork: () => {},
      write: (bytes: Buffer) => writes.push(bytes),
      say: () => {},
      onDrain: () => {},
      bye: () => {},
    } as never,
    ring,
    pages: { page: () => new Promise(() => {}) } as never,
    wants,
    from: 0,
    snapshot: [],
    now: 0,
    sent: () => {},
    lost: () => {},
  });
  return { consumer, writes, left };
}

/** The frames in a run of bytes, as a WebSocket client takes them apart. */
function framesIn(bytes: Buffer): { seq: number; prev: number }[] {
  const found = [];
  for (let at = 0; at < bytes.length; ) {
    const size = bytes.readUInt16BE(at + 2);
    found.push(JSON.parse(bytes.toString("utf8", at + HEAD, at + HEAD + size)));
    at += HEAD + size;
  }
  return found;
}

describe("the events of a turn", () => {
  it("leave in one piece for a screen that wants them all", () => {
    const ring = createRing(1e9);
    for (const each of sideBySide([1, 2, 3, 4].map((seq) => event(seq, seq - 1)))) ring.push(each);
    const { consumer, writes } = screenOf(ring, () => true);
    consumer.pump(0);
    expect(writes).toHaveLength(1);
    expect(framesIn(writes[0] as Buffer).map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
  });

  it("are for every screen, whatever it wants and has room for, each of its own once and after the one before", () => {
    const plan = fc.record({
      turns: fc.array(fc.array(fc.constantFrom("A", "B"), { minLength: 1, maxLength: 12 }), {
        maxLength: 12,
      }),
      wanted: fc.subarray(["A", "B"]),
      room: fc.integer({ min: 1, max: 3_000 }),
    });
    fc.assert(
      fc.property(plan, ({ turns, wanted, room }) => {
        const ring = createRing(1e9);
        const { consumer, writes } = screenOf(ring, ({ mine }) => wanted.includes(mine), room);
        const mines: string[] = [];
        for (const turn of turns) {
          const first = mines.length;
          mines.push(...turn);
          const events = turn.map((mine, i) => event(first + i + 1, first + i, mine));
          for (const each of sideBySide(events)) ring.push(each);
          consumer.pump(0);
        }
        // What had no room goes with the next turns of the loop.
        for (let n = 0; n < mines.length; n++) consumer.pump(0);
        const expected = mines.flatMap((mine, i) => (wanted.includes(mine) ? [i + 1] : []));
        const sent = framesIn(Buffer.concat(writes));
        expect(sent.map(({ seq }) => seq)).toEqual(expected);
        expect(sent.map(({ prev }) => prev)).toEqual([0, ...expected].slice(0, expected.length));
      }),
      { numRuns: 200 },
    );
  });

  it("stop where a screen has no more room, however many stand ready", () => {
    const ring = createRing(1e9);
    for (const each of sideBySide([1, 2, 3, 4].map((seq) => event(seq, seq - 1)))) ring.push(each);
    const { consumer, writes } = screenOf(ring, () => true, 200);
    consumer.pump(0);
    expect(framesIn(Buffer.concat(writes)).map(({ seq }) => seq)).toEqual([1, 2]);
  });
});
