import { EventEmitter, once } from "node:events";
import { connect, type Socket } from "node:net";
import { generate, type Packet, parser } from "mqtt-packet";

export interface Message {
  readonly topic: string;
  readonly payload: string;
}

interface Waiting {
  readonly message: Message;
  /** When it was handed over. */
  readonly at: number;
}

/**
 * A mine's publisher as a careful integrator would write it: one connection, QoS 1, a window, and after a lost
 * connection everything not acknowledged again, in order. Bytes by mqtt-packet, nothing of ours.
 */
export function createMineClient(options: {
  mine: string;
  password: string;
  /** Null while the gateway is known to be down: its port may be somebody else's by now. */
  port: () => number | null;
  window?: number;
}) {
  const window = options.window ?? 16;
  const acknowledged: Message[] = [];
  const events = new EventEmitter();
  let queue: Waiting[] = [];
  let unacked: { id: number; waiting: Waiting }[] = [];
  let nextId = 1;
  let socket: Socket | null = null;
  let connected = false;
  let closed = false;

  function open(): void {
    if (closed) return;
    const port = options.port();
    if (port === null) {
      setTimeout(open, 50);
      return;
    }
    const own = connect({ port, host: "127.0.0.1", noDelay: true });
    socket = own;
    const packets = parser();
    own.on("connect", () =>
      own.write(
        generate({
          cmd: "connect",
          protocolId: "MQTT",
          protocolVersion: 4,
          clean: true,
          clientId: `${options.mine}-test`,
          keepalive: 30,
          username: options.mine,
          password: Buffer.from(options.password),
        }),
      ),
    );
    own.on("data", (chunk) => packets.parse(chunk));
    packets.on("packet", receive);
    packets.on("error", () => own.destroy());
    own.on("error", () => {});
    own.on("close", () => {
      if (socket !== own) return;
      connected = false;
      setTimeout(open, 50);
    });
  }

  function receive(packet: Packet): void {
    if (packet.cmd === "connack") {
      if (packet.returnCode !== 0) throw new Error(`refused: CONNACK ${packet.returnCode}`);
      connected = true;
      queue = [...unacked.map(({ waiting }) => waiting), ...queue];
      unacked = [];
      pump();
    } else if (packet.cmd === "puback") {
      const at = unacked.findIndex(({ id }) => id === packet.messageId);
      if (at < 0) return;
      const [done] = unacked.splice(at, 1);
      if (done !== undefined) acknowledged.push(done.waiting.message);
      if (unacked.length === 0 && queue.length === 0) events.emit("idle");
      pump();
    }
  }

  function pump(): void {
    while (connected && socket !== null && unacked.length < window) {
      const waiting = queue.shift();
      if (waiting === undefined) return;
      const id = nextId;
      nextId = (nextId % 65_535) + 1;
      unacked.push({ id, waiting });
      socket.write(
        generate({
          cmd: "publish",
          qos: 1,
          dup: false,
          retain: false,
          messageId: id,
          ...waiting.message,
        }),
      );
    }
  }

  open();
  return {
    acknowledged: acknowledged as readonly Message[],
    send(message: Message): void {
      queue.push({ message, at: Date.now() });
      pump();
    },
    /** Messages that are not acknowledged yet. */
    waiting: () => queue.length + unacked.length,
    /** Milliseconds that the first of them has waited. */
    oldest: () => Date.now() - ((unacked[0]?.waiting ?? queue[0])?.at ?? Date.now()),
    /** Resolves when every message sent so far is acknowledged. */
    async idle(): Promise<void> {
      if (queue.length + unacked.length > 0) await once(events, "idle");
    },
    close(): void {
      closed = true;
      socket?.destroy();
    },
  };
}
