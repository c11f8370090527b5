import type { IncomingMessage } from "node:http";
import { BlockList, isIP } from "node:net";

export interface ClientAddresses {
  /** Whether what comes from this address is handed on by a proxy of ours. */
  isProxy(address: string): boolean;
  of(request: IncomingMessage): string;
}

/**
 * Who is at the other end. What a request says of the way it came (X-Forwarded-For) is believed of the listed proxies
 * only, from the last of them backwards: behind one that is not listed all clients are one address, with one address's
 * limits.
 */
export function createClientAddresses(proxies: readonly string[]): ClientAddresses {
  const listed = new BlockList();
  for (const proxy of proxies) {
    const [address = "", prefix] = proxy.split("/");
    const family = familyOf(address);
    if (prefix === undefined) listed.addAddress(address, family);
    else listed.addSubnet(address, Number(prefix), family);
  }

  function isProxy(address: string): boolean {
    const plain = address.replace(/^::ffff:(?=\d+\.)/i, "");
    return isIP(plain) !== 0 && listed.check(plain, familyOf(plain));
  }

  return {
    isProxy,
    of({ socket, headers }) {
      const said = [headers["x-forwarded-for"] ?? []].flat().join(",").split(",");
      const way = [...said.map((one) => one.trim()).filter((one) => one !== ""), socket.remoteAddress ?? ""];
      return way.findLast((address) => !isProxy(address)) ?? (way[0] as string);
    },
  };
}

const familyOf = (address: string): "ipv4" | "ipv6" => (isIP(address) === 6 ? "ipv6" : "ipv4");
