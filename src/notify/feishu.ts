import { createHmac } from "node:crypto";
import type { ChannelOf } from "../wire/config/channels.ts";
import { type Channel, type Message, muted, refused, retry, type Sent, sent } from "./channel.ts";
import { withKeyword } from "./dingtalk.ts";
import { type Answer, createAsk, jsonOf, jsonRequest } from "./request.ts";
import { wide } from "./words.ts";

const MOST_BYTES = 18_000;
/** More than 100 messages a minute or 5 a second. */
const MUTE_MS = 60_000;

/** A group robot of Feishu 飞书 (自定义机器人). Rich text, in which a text is nothing but a text. */
export function openFeishu(settings: ChannelOf<"feishu">): Channel {
  const ask = createAsk({ timeoutMs: settings.timeout });
  return {
    kind: "feishu",
    async send(message) {
      const timestamp = String(Math.floor(message.at / 1_000));
      const { secret } = settings;
      const sign = secret === undefined ? {} : { timestamp, sign: signature(timestamp, secret) };
      const body = { ...sign, msg_type: "post", content: { post: post(message, settings) } };
      const answer = await ask(jsonRequest(settings.url, body));
      return judged(answer);
    },
    close() {},
  };
}

function post(message: Message, { language, keyword }: ChannelOf<"feishu">): object {
  const { title, text } = message.words({ safe: wide, mostBytes: MOST_BYTES });
  const lines = withKeyword(text, keyword)
    .split("\n")
    .map((line) => [
      line === message.link ? { tag: "a", text: line, href: line } : { tag: "text", text: line },
    ]);
  return { [language === "en" ? "en_us" : "zh_cn"]: { title, content: lines } };
}

/** Base64 of HMAC-SHA256 over nothing, by `timestamp\nsecret` with the time in seconds. */
export const signature = (timestamp: string, secret: string): string =>
  createHmac("sha256", `${timestamp}\n${secret}`).digest("base64");

/** 9499 says two things: too many requests, or a request that is none. */
function judged(answer: Answer): Sent {
  if (answer.kind === "none") return retry("channel", answer.why, { unsure: answer.unsure });
  const { code, StatusCode, msg } = jsonOf(answer.text) ?? {};
  const why = `HTTP ${answer.status} ${String(code)} ${String(msg)}`.slice(0, 200);
  if (answer.status === 429) return muted(MUTE_MS, why);
  switch (code ?? StatusCode) {
    case 0:
      return sent(null, "0");
    case 11232:
      return muted(MUTE_MS, why);
    case 9499:
      return /too many/i.test(String(msg)) ? muted(MUTE_MS, why) : refused(why);
    default:
      return retry("channel", why);
  }
}
