import { connect as connectTcp, type Socket } from "node:net";
import { pino } from "pino";
import { systemClock } from "../../src/lib/clock.ts";
import { createMqtt, type Mqtt, type MqttOptions } from "../../src/mqtt/mqtt.ts";
import type { AcceptedPacket, LinkEvent, MqttPorts, Refusal } from "../../src/mqtt/ports.ts";

/** A house of the test's own around the real room: it notes what it is told and lets the test answer. */
export interface Room {
  readonly mqtt: Mqtt;
  readonly port: number;
  readonly url: string;
  readonly packets: AcceptedPacket[];
  readonly links: LinkEvent[];
  readonly refusals: Refusal[];
  /** Resolves when the predicate holds; looked at after each thing the house is told. */
  until(holds: () => boolean): Promise<void>;
  /** Something happened that `until` should look at. */
  noted(): void;
}

export async function openRoom(
  options: Partial<Omit<MqttOptions, "ports">> & { ports?: Partial<MqttPorts> } = {},
): Promise<Room> {
  const packets: AcceptedPacket[] = [];
  const links: LinkEvent[] = [];
  const refusals: Refusal[] = [];
  let waiting: { holds: () => boolean; resolve: () => void }[] = [];

  function noted(): void {
    const due = waiting.filter(({ holds }) => holds());
    waiting = waiting.filter((one) => !due.includes(one));
    for (const { resolve } of due) resolve();
  }

  const mqtt = createMqtt({
    listeners: options.listeners ?? [{ kind: "tcp", host: "127.0.0.1", port: 0 }],
    log: options.log ?? pino({ level: "silent" }),
    clock: options.clock ?? systemClock,
    settings: {
      connectsPerMinute: 10_000,
      messagesPerSecond: 1e6,
      burst: 1e6,
      bytesPerSecond: 1e9,
      ...options.settings,
    },
    ports: {
      authenticate: async ({ user, password }) =>
        password === `demo-${user.split("/")[0]}`
          ? { ok: true, mine: user.split("/")[0] as string, system: user.split("/")[1] ?? null }
          : { ok: false, reason: "wrong password" },
      accept(packet, done) {
        packets.push(packet);
        done(true);
        noted();
      },
      link(event) {
        links.push(event);
        noted();
      },
      refused(refusal) {
        refusals.push(refusal);
        noted();
      },
      pressed: () => false,
      busy: () => false,
      onRelief: () => {},
      ...options.ports,
    },
  });
  const { addresses } = await mqtt.start();
  const port = addresses[0]?.port ?? 0;
  return {
    mqtt,
    port,
    url: `mqtt://127.0.0.1:${port}`,
    packets,
    links,
    refusals,
    noted,
    until: (holds) =>
      new Promise((resolve) => {
        waiting.push({ holds, resolve });
        noted();
      }),
  };
}

/** A raw socket that keeps all it was sent. */
export interface Raw {
  readonly socket: Socket;
  bytes(): Buffer;
  /** Resolves when so many bytes came. */
  received(length: number): Promise<Buffer>;
  closed: Promise<void>;
}

export function rawClient(port: number): Promise<Raw> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp({ port, host: "127.0.0.1", noDelay: true });
    let bytes: Buffer = Buffer.alloc(0);
    let waiting: { length: number; resolve: (bytes: Buffer) => void }[] = [];
    const closed = new Promise<void>((done) => socket.once("close", () => done()));
    socket.on("data", (chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
      for (const one of waiting) if (bytes.length >= one.length) one.resolve(bytes);
      waiting = waiting.filter(({ length }) => bytes.length < length);
    });
    socket.on("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      socket.on("error", () => {});
      resolve({
        socket,
        closed,
        bytes: () => bytes,
        received: (length) =>
          bytes.length >= length
            ? Promise.resolve(bytes)
            : new Promise((ready) => waiting.push({ length, resolve: ready })),
      });
    });
  });
}
