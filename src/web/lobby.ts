import type { Socket } from "node:net";

/** Strangers, that is WebSockets without a hello, at once: of one address, and of all. More are refused. */
const PER_ADDRESS = 20;
const IN_ALL = 200;
/** What a stranger may send (contract P4); a parser keeps a frame until it is whole. */
const BYTES = 8 * 1024;

/** Where a WebSocket waits until its hello is accepted, so that strangers cannot take the screens' places. */
export function createLobby() {
  const waiting = new Map<string, number>();
  let all = 0;

  function count(address: string, by: 1 | -1): void {
    const now = (waiting.get(address) ?? 0) + by;
    all += by;
    if (now > 0) waiting.set(address, now);
    else waiting.delete(address);
  }

  return {
    /** What to call when it is no stranger any more; null = there is no room. */
    enter(socket: Socket, address: string): (() => void) | null {
      if (all >= IN_ALL || (waiting.get(address) ?? 0) >= PER_ADDRESS) return null;
      let bytes = 0;
      let inside = true;
      const bound = (chunk: Buffer): void => {
        bytes += chunk.length;
        if (bytes > BYTES) socket.destroy();
      };
      const leave = (): void => {
        if (!inside) return;
        inside = false;
        socket.off("data", bound);
        count(address, -1);
      };
      count(address, 1);
      socket.on("data", bound);
      socket.once("close", leave);
      return leave;
    },
    strangers: () => all,
  };
}
