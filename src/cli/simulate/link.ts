import { connect, type IClientOptions, type MqttClient } from "mqtt";
import { createBackoff } from "../../lib/backoff.ts";
import type { Message } from "./payload.ts";

/** Messages on their way without an acknowledgement. */
const WINDOW = 32;
/** Messages waiting in all; past it the oldest goes, counted (readings are kept elsewhere while the line is down). */
const QUEUE_MOST = 5_000;
const FIRST_WAIT = 500;
const LONGEST_WAIT = 15_000;

export interface LinkOptions {
  readonly url: string;
  readonly clientId: string;
  readonly user: string;
  readonly password: string;
  readonly ca: string | null;
  readonly will: Message;
  /** Where the receiver says what it refused of our messages. */
  readonly rejects: string;
  /** Sent first on every connection: status and point tables. */
  first(): Message[];
  /** The line is up (again) and everything of `first` is on its way. */
  onUp(): void;
  onTrouble(why: string): void;
  onReject(payload: string): void;
}

/** One mine's line to a broker: everything given to it is sent at least once, in order, until it is acknowledged. */
export interface Link {
  send(message: Message): void;
  readonly up: boolean;
  /** Messages given to it and not yet acknowledged. */
  readonly waiting: number;
  readonly sent: number;
  readonly acknowledged: number;
  readonly acknowledgedReadings: number;
  readonly dropped: number;
  /** Tears the line without a farewell, so that the broker tells the Last Will, and stays away until `mend`. */
  cut(): void;
  mend(): void;
  /** Waits until nothing is waiting, at most so long; says goodbye and ends. */
  close(farewell: Message, mostMs: number): Promise<void>;
}

interface Item {
  readonly message: Message;
  readonly first: boolean;
  /** How often it has been handed to a connection; more than once is a repeat (DUP). */
  tries: number;
  /** The connection it was last handed to. */
  connection: number;
}

/**
 * The queue is ours and not the client library's: an acknowledgement is known only from the callback of a
 * publish, and what a dropped connection leaves unacknowledged is sent again, marked as a repeat.
 */
export function openLink(options: LinkOptions): Link {
  const backoff = createBackoff({ first: FIRST_WAIT, most: LONGEST_WAIT });
  let queue: Item[] = [];
  let inFlight = 0;
  let client: MqttClient | null = null;
  let connection = 0;
  let up = false;
  let state: "open" | "cut" | "closed" = "open";
  let timer: NodeJS.Timeout | undefined;
  let whenEmpty: (() => void) | null = null;
  const counts = { sent: 0, acknowledged: 0, readings: 0, dropped: 0 };

  function dial(): void {
    const mine = ++connection;
    const dialled = connect(options.url, clientOptions(options));
    client = dialled;
    dialled.on("connect", () => greet(dialled));
    dialled.on("message", (_topic, payload) => options.onReject(payload.toString("utf8")));
    dialled.on("error", (error) => {
      options.onTrouble(worded(error));
      dialled.end(true);
      lost(mine);
    });
    dialled.on("close", () => lost(mine));
  }

  function greet(dialled: MqttClient): void {
    up = true;
    backoff.reset();
    const fresh = options.first().map((message): Item => ({ message, first: true, tries: 0, connection: 0 }));
    queue = [...fresh, ...queue.filter((item) => !item.first)];
    // Its answer does not matter: a broker that lets nobody subscribe is still one to publish to.
    dialled.subscribe(options.rejects, { qos: 1 }, () => {});
    options.onUp();
    pump();
  }

  function lost(of: number): void {
    if (of !== connection || client === null) return;
    client.removeAllListeners();
    client.on("error", () => {});
    client.end(true);
    client = null;
    inFlight = 0;
    if (up) options.onTrouble("the connection was closed");
    up = false;
    if (state === "open") timer = setTimeout(dial, backoff.wait());
  }

  function pump(): void {
    if (!up || client === null) return;
    for (const item of queue) {
      if (inFlight >= WINDOW) return;
      if (item.connection !== connection) hand(item, client);
    }
  }

  function hand(item: Item, to: MqttClient): void {
    const { topic, payload, retain } = item.message;
    const mine = connection;
    item.connection = mine;
    inFlight++;
    counts.sent++;
    to.publish(topic, payload, { qos: 1, retain, dup: item.tries++ > 0 }, (error) => {
      // An error means that this connection is going: what it still holds is handed to the next one.
      if (error || mine !== connection || !up) return;
      inFlight--;
      acknowledge(item);
      pump();
    });
  }

  function acknowledge(item: Item): void {
    counts.acknowledged++;
    counts.readings += item.message.readings;
    const place = queue.indexOf(item);
    if (place !== -1) queue.splice(place, 1);
    if (queue.length === 0) whenEmpty?.();
  }

  function dropOldest(): void {
    const oldest = queue.findIndex((item) => !item.first && item.connection !== connection);
    if (oldest === -1) return;
    queue.splice(oldest, 1);
    counts.dropped++;
  }

  function emptied(mostMs: number): Promise<void> {
    return new Promise((resolve) => {
      const late = setTimeout(resolve, mostMs);
      whenEmpty = () => {
        clearTimeout(late);
        resolve();
      };
      if (queue.length === 0 || !up) whenEmpty();
    });
  }

  dial();
  return {
    get up() {
      return up;
    },
    get waiting() {
      return queue.length;
    },
    get sent() {
      return counts.sent;
    },
    get acknowledged() {
      return counts.acknowledged;
    },
    get acknowledgedReadings() {
      return counts.readings;
    },
    get dropped() {
      return counts.dropped;
    },
    send(message) {
      queue.push({ message, first: false, tries: 0, connection: 0 });
      if (queue.length > QUEUE_MOST) dropOldest();
      pump();
    },
    cut() {
      if (state !== "open") return;
      state = "cut";
      clearTimeout(timer);
      client?.stream.destroy();
    },
    mend() {
      if (state !== "cut") return;
      state = "open";
      if (client === null) dial();
    },
    async close(farewell, mostMs) {
      if (up) this.send(farewell);
      await emptied(mostMs);
      state = "closed";
      clearTimeout(timer);
      const last = client;
      if (last === null) return;
      client = null;
      last.removeAllListeners();
      last.on("error", () => {});
      await new Promise<void>((resolve) => last.end(!up, () => resolve()));
    },
  };
}

function clientOptions({ clientId, user, password, ca, will }: LinkOptions): IClientOptions {
  return {
    clientId,
    username: user,
    password,
    clean: true,
    keepalive: 30,
    connectTimeout: 10_000,
    reconnectPeriod: 0,
    queueQoSZero: false,
    protocolVersion: 4,
    ...(ca === null ? {} : { ca }),
    will: { topic: will.topic, payload: Buffer.from(will.payload), qos: 1, retain: will.retain },
  };
}

/** CONNACK return codes of MQTT 3.1.1, table 3.1. */
const REFUSALS: Readonly<Record<number, string>> = {
  1: "the broker refused: it does not speak MQTT 3.1.1",
  2: "the broker refused the client id",
  3: "the broker refused: not available",
  4: "the broker refused: wrong user or password",
  5: "the broker refused: not authorised (user, password, client id or address)",
};

function worded(error: Error & { code?: string | number }): string {
  if (typeof error.code === "number")
    return REFUSALS[error.code] ?? `the broker refused (code ${error.code})`;
  switch (error.code) {
    case "ECONNREFUSED":
      return "no broker there: connection refused";
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return "no broker there: the host name is not known";
    case "ETIMEDOUT":
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return "no broker there: it does not answer";
    default:
      return error.message;
  }
}
