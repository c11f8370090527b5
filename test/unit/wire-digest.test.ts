import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { digest } from "../../src/wire/digest.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

describe("a packet's digest", { timeout: 60_000 }, () => {
  it("is the same for the same packet, wherever its bytes lie", () => {
    const payload = bytes('{"ts":1772323200000,"readings":[]}');
    const shifted = new Uint8Array(payload.length + 3);
    shifted.set(payload, 3);
    expect(digest("a", shifted.subarray(3))).toBe(digest("a", payload));
  });

  it("is a whole number of at most 53 bits", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.string({ maxLength: 40 }), (payload, topic) => {
        const value = digest(topic, payload);
        expect(Number.isSafeInteger(value) && value >= 0).toBe(true);
      }),
    );
  });

  it("differs for every single-bit change, a longer end of zeros, and another topic", () => {
    const payload = bytes('{"ts":1772323200000,"readings":[{"p":"1101-T1","v":1.62,"s":0}]}');
    const seen = new Set([digest("mine/v1/a/safety/readings", payload)]);
    for (let bit = 0; bit < payload.length * 8; bit++) {
      const changed = payload.slice();
      changed[bit >> 3]! ^= 1 << (bit & 7);
      seen.add(digest("mine/v1/a/safety/readings", changed));
    }
    for (let extra = 1; extra <= 8; extra++) {
      const longer = new Uint8Array(payload.length + extra);
      longer.set(payload);
      seen.add(digest("mine/v1/a/safety/readings", longer));
    }
    seen.add(digest("mine/v1/b/safety/readings", payload));
    expect(seen.size).toBe(payload.length * 8 + 10);
  });

  it("meets no collision in 200,000 packets that differ in one number", () => {
    const seen = new Set<number>();
    for (let i = 0; i < 200_000; i++) seen.add(digest("mine/v1/a/safety/readings", bytes(`{"v":${i}}`)));
    expect(seen.size).toBe(200_000);
  });
});
