import { connect, type Socket } from "node:net";
import mqttPacket from "mqtt-packet";
import type { Latencies } from "./latency.ts";
import type { Packets } from "./load-packets.ts";

export interface Login {
  readonly host: string;
  readonly port: number;
  readonly clientId: string;
  readonly user: string;
  readonly password: string;
}

/** One raw socket that publishes QoS 1 with at most `window` messages unacknowledged. */
export interface LoadConnection {
  /** Publishes one message and waits for its acknowledgement. */
  publish(topic: string, payload: string): Promise<void>;
  /** From now on messages are sent whenever the window has room (`flood`), or when `allow` gives them. */
  flood(): void;
  /** Sends so many more as soon as the window has room; their time counts from now. */
  allow(messages: number): void;
  /** No new messages; resolves when all are acknowledged. */
  drain(): Promise<void>;
  readonly sent: number;
  readonly acknowledged: number;
  /** Rejects when the peer closes or refuses. */
  readonly broken: Promise<never>;
  close(): void;
}

const PUBACK = 0x40;
const MOST_IDS = 65_535;

export async function openConnection(
  login: Login,
  { packets, window, latencies }: { packets: Packets; window: number; latencies: Latencies },
): Promise<LoadConnection> {
  const socket = connect({ host: login.host, port: login.port, noDelay: true });
  const since = new Float64Array(MOST_IDS + 1);
  const due: number[] = [];
  const waiting = new Map<number, () => void>();
  let id = 0;
  let sent = 0;
  let acknowledged = 0;
  let allowed = 0;
  let mode: "still" | "flood" | "paced" = "still";
  let drained: (() => void) | null = null;
  let rest: Buffer = Buffer.alloc(0);

  const broken = new Promise<never>((_, reject) => {
    socket.on("error", (error) => reject(new Error(`${login.clientId}: ${error.message}`)));
    socket.on("close", () => reject(new Error(`${login.clientId}: the peer closed the connection`)));
  });
  broken.catch(() => {});

  const nextId = (): number => {
    id = id === MOST_IDS ? 1 : id + 1;
    return id;
  };

  function pump(): void {
    const room = window - (sent - acknowledged);
    const count = mode === "flood" ? room : mode === "paced" ? Math.min(room, allowed) : 0;
    if (count <= 0) return;
    const slab = Buffer.allocUnsafe(count * packets.longest);
    const now = performance.now();
    const wall = Date.now();
    let length = 0;
    for (let i = 0; i < count; i++) {
      const messageId = nextId();
      since[messageId] = mode === "paced" ? due.shift()! : now;
      length += packets.fill(slab, length, messageId, wall);
    }
    if (mode === "paced") allowed -= count;
    sent += count;
    socket.write(slab.subarray(0, length));
  }

  function received(chunk: Buffer): void {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const now = performance.now();
    let at = 0;
    while (bytes.length - at >= 2 && bytes.length - at >= 2 + bytes[at + 1]!) {
      if (bytes[at] === PUBACK) acknowledge((bytes[at + 2]! << 8) | bytes[at + 3]!, now);
      at += 2 + bytes[at + 1]!;
    }
    rest = at === bytes.length ? Buffer.alloc(0) : Buffer.from(bytes.subarray(at));
    pump();
    if (drained !== null && sent === acknowledged) drained();
  }

  function acknowledge(messageId: number, now: number): void {
    const other = waiting.get(messageId);
    waiting.delete(messageId);
    if (other !== undefined) other();
    else {
      acknowledged++;
      latencies.add(now - since[messageId]!);
    }
  }

  await Promise.race([greet(socket, login), broken]);
  socket.on("data", received);
  return {
    publish: (topic, payload) => {
      const messageId = nextId();
      socket.write(
        mqttPacket.generate({ cmd: "publish", topic, payload, qos: 1, retain: false, dup: false, messageId }),
      );
      return Promise.race([new Promise<void>((resolve) => waiting.set(messageId, resolve)), broken]);
    },
    flood() {
      mode = "flood";
      pump();
    },
    allow(messages) {
      mode = "paced";
      allowed += messages;
      const now = performance.now();
      for (let i = 0; i < messages; i++) due.push(now);
      pump();
    },
    drain() {
      mode = "still";
      allowed = 0;
      due.length = 0;
      if (sent === acknowledged) return Promise.resolve();
      return Promise.race([
        new Promise<void>((resolve) => {
          drained = resolve;
        }),
        broken,
      ]);
    },
    get sent() {
      return sent;
    },
    get acknowledged() {
      return acknowledged;
    },
    broken,
    close() {
      socket.end(mqttPacket.generate({ cmd: "disconnect" }));
    },
  };
}

/** CONNECT, and the CONNACK that accepts it. */
function greet(socket: Socket, { clientId, user, password }: Login): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once("data", (answer) => {
      if (answer[0] === 0x20 && answer[3] === 0) resolve();
      else reject(new Error(`${clientId}: the connection was refused (CONNACK ${answer[3]})`));
    });
    socket.once("connect", () => {
      socket.write(
        mqttPacket.generate({
          cmd: "connect",
          protocolId: "MQTT",
          protocolVersion: 4,
          clean: true,
          clientId,
          keepalive: 60,
          username: user,
          password: Buffer.from(password),
        }),
      );
    });
  });
}
