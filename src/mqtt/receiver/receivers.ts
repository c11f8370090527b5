import type { Clock } from "../../lib/clock.ts";
import type { Logger } from "../../lib/logger.ts";
import type { Millis } from "../../model/time.ts";
import { createAcks } from "../acks.ts";
import { createCounts } from "../counts.ts";
import { createRefusals } from "../refusals.ts";
import { createReceiver, type ReceiverPorts } from "./receiver.ts";
import { RECEIVER_BOUNDS, type ReceiverSettings, type ReceiverStatus, type Remembered } from "./settings.ts";

export interface Receivers {
  start(): void;
  /** Reads no more, gives what was accepted time for its PUBACK, and says goodbye. */
  stop(): Promise<void>;
  status(): readonly ReceiverStatus[];
}

const SWEEP_MS: Millis = 500;
/** Connections of the embedded broker count from 1: ours must be no one of theirs, in one run. */
const FIRST_NUMBER = 2 ** 40;

/** The brokers we are the client of, each by itself: one that is away harms no other. */
export function createReceivers(options: {
  readonly receivers: readonly ReceiverSettings[];
  readonly remembered: ReadonlyMap<string, Remembered>;
  readonly ports: ReceiverPorts;
  readonly clock: Clock;
  readonly log: Logger;
}): Receivers {
  const { remembered, ports, clock, log } = options;
  const acks = createAcks((error) => log.error({ err: error }, "mqtt: an answer failed"));
  const refusals = createRefusals({ tell: ports.refused, clock, counts: createCounts() });
  let numbers = FIRST_NUMBER;
  const all = options.receivers.map((settings) =>
    createReceiver({
      settings,
      remembered: remembered.get(settings.name) ?? null,
      ports,
      acks,
      clock,
      log,
      number: () => numbers++,
      tell: refusals.message,
    }),
  );
  let sweep: NodeJS.Timeout | undefined;

  return {
    start() {
      if (all.length === 0) return;
      ports.onRelief(() => {
        for (const receiver of all) receiver.release();
      });
      sweep = setInterval(() => {
        for (const receiver of all) receiver.sweep();
      }, SWEEP_MS);
      for (const receiver of all) receiver.start();
    },
    async stop() {
      clearInterval(sweep);
      for (const receiver of all) receiver.hold();
      await Promise.race([acks.none(), after(RECEIVER_BOUNDS.drain)]);
      await Promise.all(all.map((receiver) => receiver.stop()));
    },
    status: () => all.map((receiver) => receiver.status()),
  };
}

const after = (ms: Millis): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
