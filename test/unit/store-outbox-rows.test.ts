import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { callsAway, rowsOf } from "../../src/store/outbox-rows.ts";
import { encodeEntry } from "../../src/wire/journal-codec.ts";
import { anEntry } from "../support/any-alarm.ts";

const NOBODY = { subscriptions: [], channels: ["voice"] };
const call = (channel: string) => ({ person: "an", device: "phone", channel });

describe("the beginning of a record", () => {
  it("tells whether it calls somebody beyond the screens, as the whole of it does", () => {
    let calling = 0;
    fc.assert(
      fc.property(
        anEntry,
        fc.constantFrom([], ["screen"], ["voice"], ["screen", "voice"]),
        fc.constantFrom("", '","alarm":{"'),
        (any, channels, note) => {
          const transition =
            any.type === "transition" ? { ...any.transition, note, calls: channels.map(call) } : null;
          const entry = any.type === "transition" && transition !== null ? { ...any, transition } : any;
          const { type, body } = encodeEntry(entry);
          const away = callsAway({ type, body: Buffer.from(body) });
          const rows = rowsOf({ ...entry, seq: 1 }, NOBODY);
          const isTest = entry.type === "transition" && entry.alarm.class === "test";
          if (!isTest) expect(away).toBe(rows !== null);
          if (away) calling++;
        },
      ),
      { numRuns: 600 },
    );
    expect(calling).toBeGreaterThan(5);
  });
});
