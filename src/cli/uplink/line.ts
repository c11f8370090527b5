import { type IClientOptions, MqttClient } from "mqtt";
import { createBackoff } from "../../lib/backoff.ts";
import type { Clock } from "../../lib/clock.ts";
import { MINUTE } from "../../model/time.ts";
import { mineTopic, outTopic } from "../../wire/topic.ts";
import type { Queue, Queued } from "./queue.ts";
import { troubleWords } from "./trouble-words.ts";
import { openStream, type Way } from "./tunnel.ts";

export interface LineOptions {
  readonly way: Way;
  readonly mine: string;
  readonly clientId: string;
  readonly user: string;
  readonly password: string;
  readonly version: string;
  readonly queue: Queue;
  readonly clock: Clock;
  readonly say: (line: string) => void;
}

/**
 * On their way without an acknowledgement, and sent again after a kill: the gateway recognises the last 1,024 messages
 * of a mine.
 */
const WINDOW = 64;
/** What waited longer is history to the gateway, whatever it was to the mine (断点续传). */
const LATE = 2 * MINUTE;
const REJECT_SHOWN = 500;

/** Sends the queue in its order, for as long as it lives: connects, sends, waits, connects again. */
export function createLine(options: LineOptions) {
  const { queue, mine, say, clock } = options;
  const backoff = createBackoff({ first: 1_000, most: 60_000 });
  let client: MqttClient | null = null;
  let closed = false;
  let rested = () => {};
  let landed = () => {};
  let told = "";

  async function run(): Promise<void> {
    while (!closed) {
      try {
        const { own, lost } = await dial();
        told = "";
        backoff.reset();
        say(`已连接 ${options.way.url.host}, 待发 ${queue.waiting} 条`);
        await Promise.race([send(own), lost.then((error) => Promise.reject(error))]);
      } catch (error) {
        const words = troubleWords(error, options.way);
        if (!closed && words !== told) say(`连接中断: ${words}; 数据保存在本机, 将自动重连`);
        told = words;
      }
      client?.removeAllListeners();
      client?.on("error", () => {});
      client?.end(true);
      client = null;
      // Who was sending for this connection ends, and lets go of the queue's file.
      landed();
      queue.wake();
      if (!closed) await rest(backoff.wait());
    }
  }

  /** Resolves when the gateway has let us in; `lost` when the connection is gone. */
  async function dial(): Promise<{ readonly own: MqttClient; readonly lost: Promise<Error> }> {
    const stream = await openStream(options.way);
    const own = new MqttClient(() => stream as never, clientOptions(options));
    client = own;
    const lost = new Promise<Error>((resolve) => {
      own.on("error", resolve);
      own.on("close", () => resolve(new Error("连接被关闭")));
    });
    own.on("message", (_, payload) => say(`网关拒收: ${payload.toString("utf8").slice(0, REJECT_SHOWN)}`));
    const connected = new Promise<null>((resolve) => own.once("connect", () => resolve(null)));
    const refused = await Promise.race([connected, lost]);
    if (refused !== null) throw refused;
    own.subscribe(outTopic(mine, "rejects"), { qos: 1 }, () => {});
    own.publish(mineTopic(mine, null, "status"), status(true, options, clock), { qos: 1, retain: true });
    return { own, lost };
  }

  /** Ends with its connection. */
  async function send(own: MqttClient): Promise<void> {
    let next = queue.sent + 1;
    let flying = 0;
    while (client === own && !closed) {
      for await (const message of queue.read(next)) {
        while (flying >= WINDOW && client === own) {
          await new Promise<void>((resolve) => {
            landed = resolve;
          });
        }
        if (client !== own) return;
        next = message.seq + 1;
        flying++;
        publish(own, message, () => {
          flying--;
          landed();
        });
      }
      await queue.more(next - 1);
    }
  }

  function publish(own: MqttClient, { seq, system, kind, at, payload }: Queued, done: () => void): void {
    const late = kind === "readings" && clock.wall() - at > LATE;
    own.publish(mineTopic(mine, system, late ? "backfill" : kind), payload, { qos: 1 }, (error) => {
      // What a lost connection leaves unanswered is sent again by the next.
      if (error) return;
      queue.acknowledged(seq);
      done();
    });
  }

  function rest(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      rested = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  const running = run();
  return {
    up: () => client?.connected === true,
    async close(): Promise<void> {
      closed = true;
      if (client?.connected === true) {
        const own = client;
        const off = mineTopic(mine, null, "status");
        await new Promise<void>((resolve) => {
          const late = setTimeout(resolve, 2_000);
          own.publish(off, status(false, options, clock), { qos: 1, retain: true }, () => {
            clearTimeout(late);
            resolve();
          });
        });
        await own.endAsync(true).catch(() => {});
      } else client?.end(true);
      queue.wake();
      rested();
      await running;
    },
  };
}

function status(online: boolean, { version }: LineOptions, clock: Clock): string {
  return JSON.stringify({ online, ts: clock.wall(), software: `davylamp uplink ${version}` });
}

function clientOptions(options: LineOptions): IClientOptions {
  const { clientId, user, password, mine, version } = options;
  const payload = Buffer.from(JSON.stringify({ online: false, software: `davylamp uplink ${version}` }));
  return {
    clientId,
    username: user,
    password,
    clean: true,
    keepalive: 30,
    connectTimeout: 15_000,
    reconnectPeriod: 0,
    protocolVersion: 4,
    will: { topic: mineTopic(mine, null, "status"), payload, qos: 1, retain: true },
  };
}
