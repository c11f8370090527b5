import type { IncomingMessage } from "node:http";
import { describe, expect, it } from "vitest";
import { createClientAddresses } from "../../src/web/client-address.ts";

const from = (remoteAddress: string, said?: string) =>
  ({
    socket: { remoteAddress },
    headers: said === undefined ? {} : { "x-forwarded-for": said },
  }) as IncomingMessage;

describe("The address of a client", () => {
  it.each([
    ["without a proxy", [], "203.0.113.9", undefined, "203.0.113.9"],
    ["whatever a stranger says of itself", [], "203.0.113.9", "10.0.0.1", "203.0.113.9"],
    ["as a known proxy says", ["127.0.0.1"], "127.0.0.1", "203.0.113.9", "203.0.113.9"],
    [
      "of a socket that is both of IPv4 and IPv6",
      ["127.0.0.1"],
      "::ffff:127.0.0.1",
      "203.0.113.9",
      "203.0.113.9",
    ],
    ["behind two of them", ["127.0.0.1", "10.1.0.0/16"], "127.0.0.1", "203.0.113.9, 10.1.2.3", "203.0.113.9"],
    ["not as the client itself says", ["127.0.0.1"], "127.0.0.1", "1.2.3.4, 203.0.113.9", "203.0.113.9"],
    ["by IPv6", ["::1", "fd00::/8"], "::1", "2001:db8::7, fd12::1", "2001:db8::7"],
    ["which is the proxy itself", ["127.0.0.1"], "127.0.0.1", undefined, "127.0.0.1"],
    ["with nothing but proxies on the way", ["10.0.0.0/8"], "10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"],
    ["with an empty word on it", ["127.0.0.1"], "127.0.0.1", "", "127.0.0.1"],
  ] as const)("is right %s", (_, proxies, socket, said, address) => {
    expect(createClientAddresses(proxies).of(from(socket, said))).toBe(address);
  });
});
