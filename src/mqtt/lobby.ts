import type { Duplex } from "node:stream";
import type { MqttSettings } from "./settings.ts";

/** Where a socket waits until it is known: bounded for each address, and all sockets together. */
export interface Lobby {
  /** Counts the socket in until it closes. Gives what to call when it is no longer a stranger, or the refusal. */
  enter(address: string, socket: Duplex): (() => void) | "too many connections" | "too many without CONNACK";
  /** Resolves when the last socket has closed. */
  empty(): Promise<void>;
  readonly strangers: number;
  readonly sockets: number;
}

export function createLobby({ connections, pendingPerAddress }: MqttSettings): Lobby {
  const pending = new Map<string, number>();
  let sockets = 0;
  let strangers = 0;
  let whenEmpty: (() => void)[] = [];

  function count(address: string, by: 1 | -1): void {
    const now = (pending.get(address) ?? 0) + by;
    strangers += by;
    if (now > 0) pending.set(address, now);
    else pending.delete(address);
  }

  return {
    enter(address, socket) {
      if (sockets >= connections) return "too many connections";
      if ((pending.get(address) ?? 0) >= pendingPerAddress) return "too many without CONNACK";
      sockets++;
      count(address, 1);
      let inside = true;
      const leave = () => {
        if (inside) count(address, -1);
        inside = false;
      };
      socket.once("close", () => {
        sockets--;
        leave();
        if (sockets > 0) return;
        for (const resolve of whenEmpty) resolve();
        whenEmpty = [];
      });
      return leave;
    },
    empty: () =>
      new Promise((resolve) => {
        if (sockets === 0) resolve();
        else whenEmpty.push(resolve);
      }),
    get strangers() {
      return strangers;
    },
    get sockets() {
      return sockets;
    },
  };
}
