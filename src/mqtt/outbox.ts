import type { Client } from "aedes";
import type { MineCode } from "../model/mine.ts";
import { covers } from "./topic-access.ts";

/** What is written for one subscriber and not yet on its way. Nothing is kept once its connection is gone. */
export interface Outbox {
  /** False = it holds as many filters as it may. */
  subscribe(filter: string, qos: 0 | 1): boolean;
  unsubscribe(filter: string): void;
  /** Somebody subscribed: there is a point in wording a message. */
  listening(): boolean;
  /** False = it reads too slowly: `most` bytes wait already, and the message was not taken. */
  send(topic: string, payload: Buffer): boolean;
}

/** Few at a time, so that a slow link has drained one before the broker's patience ends (`drainTimeout`). */
const WINDOW = 4;
const FILTERS = 16;

/** A mine that subscribed by another of its codes is told by that one. */
export function createOutbox(
  client: Client,
  most: number,
  mine: MineCode,
  aliases: readonly MineCode[],
): Outbox {
  const filters = new Map<string, 0 | 1>();
  let waiting: { topic: string; payload: Buffer }[] = [];
  let bytes = 0;
  let inFlight = 0;

  function pump(): void {
    while (inFlight < WINDOW && !client.closed) {
      const message = waiting.shift();
      if (message === undefined) return;
      bytes -= message.payload.length;
      inFlight++;
      const qos = granted(filters, message.topic) ?? 0;
      client.publish({ cmd: "publish", ...message, qos, retain: false, dup: false }, sent);
    }
  }

  function sent(): void {
    inFlight--;
    pump();
  }

  return {
    subscribe(filter, qos) {
      if (!filters.has(filter) && filters.size >= FILTERS) return false;
      filters.set(filter, qos);
      return true;
    },
    unsubscribe(filter) {
      filters.delete(filter);
    },
    listening: () => filters.size > 0,
    send(own, payload) {
      const topic = [mine, ...aliases]
        .map((name) => own.replace(`/${mine}/`, `/${name}/`))
        .find((name) => granted(filters, name) !== null);
      if (topic === undefined) return true;
      if (bytes + payload.length > most) {
        waiting = [];
        return false;
      }
      bytes += payload.length;
      waiting.push({ topic, payload });
      pump();
      return true;
    },
  };
}

/** The best QoS of the filters that cover the topic; null = none does. */
function granted(filters: ReadonlyMap<string, 0 | 1>, topic: string): 0 | 1 | null {
  let best: 0 | 1 | null = null;
  for (const [filter, qos] of filters) if (covers(filter, topic) && best !== 1) best = qos;
  return best;
}
