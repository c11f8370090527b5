import { createHmac } from "node:crypto";
import type { ChannelOf } from "../wire/config/channels.ts";
import { type Channel, muted, retry, type Sent, sent } from "./channel.ts";
import { type Answer, createAsk, jsonOf, jsonRequest } from "./request.ts";
import { wide } from "./words.ts";

/** Of a body; documented as "message too long, exceed 20000 bytes". */
const MOST_BYTES = 18_000;
/** Past 20 messages a minute a robot is muted for 10 minutes. */
const MUTE_MS = 600_000;

/** A group robot of DingTalk 钉钉 (自定义机器人), signed (加签) or by keyword. */
export function openDingTalk(settings: ChannelOf<"dingtalk">): Channel {
  const ask = createAsk({ timeoutMs: settings.timeout });
  return {
    kind: "dingtalk",
    async send(message) {
      const { title, text } = message.words({ safe: wide, mostBytes: MOST_BYTES });
      const marked = withKeyword(text, settings.keyword);
      const to = message.receiver?.to ?? "";
      const mobile = /^1\d{10}$/.test(to) ? to : null;
      const body = {
        msgtype: "markdown",
        markdown: {
          title,
          // Two spaces before the end of a line keep it a line.
          text: `${marked.replaceAll("\n", "  \n")}${mobile === null ? "" : `  \n@${mobile}`}`,
        },
        at: { atMobiles: mobile === null ? [] : [mobile], isAtAll: false },
      };
      const answer = await ask(jsonRequest(signedUrl(settings.url, settings.secret, message.at), body));
      return judged(answer);
    },
    close() {},
  };
}

export const withKeyword = (text: string, keyword: string | undefined): string =>
  keyword === undefined || text.includes(keyword) ? text : `${keyword}\n${text}`;

/** 加签: base64 of HMAC-SHA256 over `timestamp\nsecret` by the secret, with the time in milliseconds. */
export function signedUrl(url: string, secret: string | undefined, at: number): string {
  if (secret === undefined) return url;
  const sign = createHmac("sha256", secret).update(`${at}\n${secret}`).digest("base64");
  const signed = new URL(url);
  signed.searchParams.set("timestamp", String(at));
  signed.searchParams.set("sign", sign);
  return signed.href;
}

function judged(answer: Answer): Sent {
  if (answer.kind === "none") return retry("channel", answer.why, { unsure: answer.unsure });
  const { errcode, errmsg } = jsonOf(answer.text) ?? {};
  const why = `HTTP ${answer.status} ${String(errcode)} ${String(errmsg)}`.slice(0, 200);
  switch (errcode) {
    case 0:
      return sent(null, "0");
    case 130101:
    case 410100:
      return muted(MUTE_MS, why);
    // -1 is 系统繁忙; 310000 says that keyword, signature or address list is wrong, which a person can mend.
    default:
      return retry("channel", why);
  }
}
