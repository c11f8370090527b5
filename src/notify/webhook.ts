import { createHmac } from "node:crypto";
import type { ChannelOf } from "../wire/config/channels.ts";
import { type Channel, type Message, refused, retry, type Sent, sent } from "./channel.ts";
import { type Answer, createAsk, retryAfter } from "./request.ts";
import { plain } from "./words.ts";

/** Text for whoever reads the event with their eyes; programs take the event. */
const TEXT_BYTES = 4_096;

/** A program that follows alarms, told by the Standard Webhooks headers. One event a message. */
export function openWebhook(settings: ChannelOf<"webhook">): Channel {
  const ask = createAsk({ timeoutMs: settings.timeout, caFile: settings.caFile });
  return {
    kind: "webhook",
    async send(message) {
      const body = bodyOf(message);
      const id = headerSafe(message.key);
      const timestamp = String(Math.floor(message.at / 1_000));
      const answer = await ask({
        url: settings.url,
        method: "POST",
        headers: {
          "content-type": "application/json; charset=utf-8",
          "webhook-id": id,
          "webhook-timestamp": timestamp,
          "webhook-signature": settings.secrets
            .map((secret) => signature({ secret, id, timestamp, body }))
            .join(" "),
        },
        body,
      });
      return judged(answer, message.at);
    },
    close() {},
  };
}

/** `event` of contract §5 without `prev`, with the step, whether it may be a repeat, and the words. */
function bodyOf(message: Message): string {
  const event = message.event === null ? { type: "test" } : (JSON.parse(message.event) as object);
  const { title, text } = message.words({ safe: plain, mostBytes: TEXT_BYTES });
  const [step] = message.steps;
  const { receiver, repeated } = message;
  const to = receiver === null ? {} : { to: { person: receiver.person, device: receiver.device } };
  return JSON.stringify({ ...event, step, repeated, ...to, title, text });
}

/** [Standard Webhooks 1.0, signature scheme] `v1,` and base64 of HMAC-SHA256 over `id.timestamp.body`. */
export function signature(of: {
  readonly secret: string;
  readonly id: string;
  readonly timestamp: string;
  readonly body: string;
}): string {
  const key = Buffer.from(of.secret.replace(/^whsec_/, ""), "base64");
  const signed = createHmac("sha256", key).update(`${of.id}.${of.timestamp}.${of.body}`);
  return `v1,${signed.digest("base64")}`;
}

/** An id with a `.` in it could be cut elsewhere by a forger; names of people may be of any script. */
const headerSafe = (key: string): string =>
  encodeURIComponent(key).replaceAll(".", "%2E").replaceAll("%23", "#");

function judged(answer: Answer, now: number): Sent {
  if (answer.kind === "none") return retry("channel", answer.why, { unsure: answer.unsure });
  const { status } = answer;
  if (status >= 200 && status < 300) return sent(null, `HTTP ${status}`);
  if (status === 410) return refused("HTTP 410: the receiver wants no more");
  const afterMs = retryAfter(answer.headers, now);
  return retry(status === 429 || status >= 500 ? "channel" : "message", `HTTP ${status}`, { afterMs });
}
