import type { ChannelOf } from "../wire/config/channels.ts";
import { type Channel, muted, refused, retry, type Sent, sent } from "./channel.ts";
import { type Answer, createAsk, jsonOf, jsonRequest } from "./request.ts";
import { wide } from "./words.ts";

/** Of `markdown.content`; past it the answer is 40058. */
const MOST_BYTES = 4_096;
/** 45009: more than 20 messages a minute. */
const MUTE_MS = 60_000;

/** A group robot of WeCom 企业微信 (群机器人); its address is its password. */
export function openWeCom(settings: ChannelOf<"wecom">): Channel {
  const ask = createAsk({ timeoutMs: settings.timeout });
  return {
    kind: "wecom",
    async send(message) {
      const { text } = message.words({ safe: wide, mostBytes: MOST_BYTES });
      const body = { msgtype: "markdown", markdown: { content: text } };
      const answer = await ask(jsonRequest(settings.url, body));
      return judged(answer);
    },
    close() {},
  };
}

function judged(answer: Answer): Sent {
  if (answer.kind === "none") return retry("channel", answer.why, { unsure: answer.unsure });
  const { errcode, errmsg } = jsonOf(answer.text) ?? {};
  const why = `HTTP ${answer.status} ${String(errcode)} ${String(errmsg)}`.slice(0, 200);
  switch (errcode) {
    case 0:
      return sent(null, "0");
    case 45009:
      return muted(MUTE_MS, why);
    case 40058:
      return refused(why);
    default:
      return retry("channel", why);
  }
}
