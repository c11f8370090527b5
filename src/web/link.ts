import type { Socket } from "node:net";
import type { WebSocket } from "ws";
import { BOUNDS } from "../model/bounds.ts";
import { textFrame } from "./frame.ts";

/**
 * A WebSocket as a hub uses it: whole frames, made once for all screens, go straight to its TCP socket. Nothing
 * else may compress or fragment on it, so frames of ours and control frames of `ws` never interleave.
 */
export function createLink(ws: WebSocket, socket: Socket) {
  const closed = (): boolean => ws.readyState !== ws.OPEN || socket.destroyed;
  return {
    closed,
    buffered: () => socket.writableLength,
    /** `besides` = bytes about to be written. */
    hasRoom: (besides = 0) => socket.writableLength + besides < BOUNDS.consumerBufferedBytes,
    cork: () => socket.cork(),
    uncork: () => socket.uncork(),
    write(frame: Buffer): void {
      if (!closed()) socket.write(frame);
    },
    say(message: object): void {
      if (!closed()) socket.write(textFrame(JSON.stringify(message)));
    },
    onDrain(then: () => void): void {
      socket.on("drain", then);
    },
    /** Says why, closes, and does not wait for a peer that no longer reads. */
    bye(code: number, graceMs: number): void {
      if (!closed()) {
        if (socket.writableLength < BOUNDS.consumerBufferedBytes) this.say({ type: "bye", code });
        ws.close(code);
      }
      if (graceMs === 0) ws.terminate();
      else setTimeout(() => ws.terminate(), graceMs).unref();
    },
  };
}

export type Link = ReturnType<typeof createLink>;
