import { describe, expect, it } from "vitest";
import { isLoopback } from "../../src/wire/loopback.ts";

describe("This machine itself", () => {
  it.each(["127.0.0.1", "127.8.9.10", "localhost", "LOCALHOST", "::1", "[::1]", "::ffff:127.0.0.1"])(
    "is %s",
    (host) => {
      expect(isLoopback(host)).toBe(true);
    },
  );

  it.each([
    "127.mine.example",
    "127.0.0.1.example",
    "localhost.example",
    "0.0.0.0",
    "::",
    "10.0.0.1",
    "::ffff:10.0.0.1",
    "",
  ])("is not %s", (host) => {
    expect(isLoopback(host)).toBe(false);
  });
});
