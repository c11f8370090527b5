// Messages a second of single QoS 1 readings through guard, broker and inlet, with a house that is done at
// once, against the broker alone in the same run: `node --import tsx test/bench/mqtt.ts`.

import { fork } from "node:child_process";
import { type AddressInfo, connect, createServer } from "node:net";
import { Aedes } from "aedes";
import {
  CONNACK_OK,
  connectPacket,
  MINE,
  publishPacket,
  reading,
  readingsTopic,
} from "../support/mqtt-packets.ts";
import { openRoom } from "../support/mqtt-room.ts";

const CONNECTIONS = 10;
const WINDOW = 64;
const SECONDS = Number(process.env.SECONDS ?? 2);
const ROUNDS = Number(process.env.ROUNDS ?? 3);

/** Keeps a window of messages unanswered on each connection; gives acknowledged messages a second. */
async function load(port: number): Promise<number> {
  let acked = 0;
  const sockets = await Promise.all(
    Array.from(
      { length: CONNECTIONS },
      (_, n) =>
        new Promise<ReturnType<typeof connect>>((resolve) => {
          const packets = Buffer.concat(
            Array.from({ length: WINDOW }, (_, id) =>
              publishPacket(readingsTopic(), reading(0.4 + n / 100, 1_760_000_000_000 + id), { id: id + 1 }),
            ),
          );
          const size = packets.length / WINDOW;
          const socket = connect({ port, host: "127.0.0.1", noDelay: true });
          let open = false;
          let part = 0;
          socket.on("connect", () => socket.write(connectPacket({ clientId: `${MINE}-${n}` })));
          socket.on("data", (bytes) => {
            if (!open) {
              open = bytes.equals(CONNACK_OK);
              return resolve(socket);
            }
            part += bytes.length;
            const answers = Math.floor(part / 4);
            part -= answers * 4;
            acked += answers;
            socket.write(packets.subarray(0, answers * Math.round(size)));
          });
          socket.once("ready", () => {});
          (socket as { start?: () => void }).start = () => socket.write(packets);
        }),
    ),
  );
  const from = performance.now();
  for (const socket of sockets) (socket as { start?: () => void }).start?.();
  await new Promise((resolve) => setTimeout(resolve, SECONDS * 1_000));
  const rate = acked / ((performance.now() - from) / 1_000);
  for (const socket of sockets) socket.destroy();
  return rate;
}

/** The load runs in a process of its own, so that only the broker is measured. */
function loaded(port: number): Promise<{ rate: number; cpu: number }> {
  const before = process.cpuUsage();
  return new Promise((resolve) => {
    const child = fork(new URL(import.meta.url), [String(port)], { execArgv: ["--import", "tsx"] });
    child.once("message", (rate) => {
      const { user, system } = process.cpuUsage(before);
      resolve({ rate: rate as number, cpu: (user + system) / (Number(rate) * SECONDS) });
    });
  });
}

async function bare(): Promise<{ rate: number; cpu: number }> {
  const aedes = await Aedes.createBroker();
  const server = createServer({ noDelay: true }, (socket) => void aedes.handle(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const result = await loaded((server.address() as AddressInfo).port);
  await new Promise<void>((resolve) => aedes.close(resolve));
  server.close();
  return result;
}

async function whole(): Promise<{ rate: number; cpu: number }> {
  const room = await openRoom({ ports: { accept: (_packet, done) => done(true) } });
  const result = await loaded(room.port);
  await room.mqtt.stop();
  return result;
}

if (process.send !== undefined) {
  process.send(await load(Number(process.argv[2])));
} else {
  const byRate: number[] = [];
  const byCpu: number[] = [];
  const median = (ratios: number[]) =>
    ratios.sort((a, b) => a - b)[Math.floor(ratios.length / 2)]?.toFixed(2);
  for (let round = 0; round < ROUNDS; round++) {
    const alone = await bare();
    const ours = await whole();
    byRate.push(ours.rate / alone.rate);
    byCpu.push(alone.cpu / ours.cpu);
    console.log(
      `aedes alone ${alone.rate.toFixed(0)}/s (${alone.cpu.toFixed(2)} µs cpu each), whole room ${ours.rate.toFixed(0)}/s (${ours.cpu.toFixed(2)} µs), ratio ${(ours.rate / alone.rate).toFixed(2)}, by cpu ${(alone.cpu / ours.cpu).toFixed(2)}`,
    );
  }
  console.log(`median ratio by messages a second ${median(byRate)}, by cpu ${median(byCpu)}`);
}
