import { type IClientOptions, MqttClient } from "mqtt";
import { z } from "zod";
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
  /** Whether the gateway wants to know what came of reading files. */
  let hears = true;

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
    hears = true;
    own.on("message", (_, payload) => rejected(payload.toString("utf8")));
    const connected = new Promise<null>((resolve) => own.once("connect", () => resolve(null)));
    const refused = await Promise.race([connected, lost]);
    if (refused !== null) throw refused;
    own.subscribe(outTopic(mine, "rejects"), { qos: 1 }, () => {});
    own.publish(mineTopic(mine, null, "status"), status(true, options, clock), { qos: 1, retain: true });
    return { own, lost };
  }

  /** A gateway that knows nothing of `files` says so of the first: it is not asked again by this connection. */
  function rejected(text: string): void {
    if (!isUnknownKind(text)) {
      say(`网关拒收: ${text.slice(0, REJECT_SHOWN)}`);
      return;
    }
    if (hears) say("网关版本较旧, 不接收文件读取结果: 未采用的记录只在本机 .why.txt 和本日志中");
    hears = false;
  }

  /** Ends with its connection. */
  async function send(own: MqttClient): Promise<void> {
    let next = queue.sent + 1;
    let flying = 0;
    while (client === own && !closed) {
      for await (const message of queue.read(next)) {
        for (let wait = turnOf(message.seq); wait !== null && client === own; wait = turnOf(message.seq))
          await wait;
        if (client !== own) return;
        next = message.seq + 1;
        if (message.kind === "files" && !hears) {
          queue.acknowledged(message.seq);
          continue;
        }
        flying++;
        publish(own, message, () => {
          flying--;
          landed();
        });
      }
      await queue.more(next - 1);
    }

    /** What the next is to wait for; null = nothing. */
    function turnOf(seq: number): Promise<void> | null {
      if (flying < WINDOW) return queue.room(seq);
      return new Promise((resolve) => {
        landed = resolve;
      });
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

/** `out/rejects` of a message on `{system}/files`, by a gateway for which that is no topic. */
function isUnknownKind(text: string): boolean {
  const said = Rejected.safeParse(jsonOf(text));
  return said.success && said.data.topic.endsWith("/files") && said.data.reason === "topic: unknown-kind";
}

const Rejected = z.object({ topic: z.string(), reason: z.string() });

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
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
