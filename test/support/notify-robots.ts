import { createHmac } from "node:crypto";
import type { Received, Reply } from "./notify-provider.ts";

const MINUTE = 60_000;

/** Counts as the makers do: so many in any minute, and what comes past it is answered by `over`. */
function limited(most: number, clock: () => number, over: (at: number) => Reply) {
  let times: number[] = [];
  return (): Reply | null => {
    const now = clock();
    times = times.filter((at) => at > now - MINUTE);
    times.push(now);
    return times.length > most ? over(now) : null;
  };
}

/**
 * DingTalk's group robot: 加签 within an hour, 20 messages a minute, past them muted for ten minutes
 * (130101), 310000 for a wrong signature or a missing keyword, 20,000 bytes.
 */
export function dingTalk(options: { secret?: string; keyword?: string; clock?: () => number }) {
  const clock = options.clock ?? Date.now;
  let mutedUntil = 0;
  let mutes = 0;
  const tooMany = limited(20, clock, (now) => {
    mutedUntil = now + 10 * MINUTE;
    mutes += 1;
    return FAST;
  });
  return {
    mutes: () => mutes,
    judge(request: Received): Reply {
      if (options.secret !== undefined && !isSigned(request.url, options.secret, clock()))
        return { json: { errcode: 310000, errmsg: "sign not match" } };
      const { msgtype, markdown } = JSON.parse(request.text) as {
        msgtype: string;
        markdown: { title: string; text: string };
      };
      if (msgtype !== "markdown" || markdown.title === "" || request.body.length > 20_000)
        return { json: { errcode: 40035, errmsg: "message too long, exceed 20000 bytes" } };
      if (options.keyword !== undefined && !markdown.text.includes(options.keyword))
        return { json: { errcode: 310000, errmsg: "keywords not in content" } };
      if (clock() < mutedUntil) return FAST;
      return tooMany() ?? { json: { errcode: 0, errmsg: "ok" } };
    },
  };
}

const FAST: Reply = { json: { errcode: 130101, errmsg: "send too fast, exceed 20 times per minute" } };

function isSigned(url: URL, secret: string, now: number): boolean {
  const timestamp = url.searchParams.get("timestamp") ?? "";
  const wanted = createHmac("sha256", secret).update(timestamp).update("\n").update(secret).digest();
  const given = Buffer.from(url.searchParams.get("sign") ?? "", "base64");
  return Math.abs(now - Number(timestamp)) < 3_600_000 && wanted.equals(given);
}

/** WeCom's: a key in the address (93000), 4,096 bytes of Markdown (40058), 20 a minute (45009). */
export function weCom(options: { key: string; clock?: () => number }) {
  const clock = options.clock ?? Date.now;
  const tooMany = limited(20, clock, () => ({ json: { errcode: 45009, errmsg: "api freq out of limit" } }));
  return (request: Received): Reply => {
    if (request.url.searchParams.get("key") !== options.key)
      return { json: { errcode: 93000, errmsg: "invalid webhook url" } };
    const { markdown } = JSON.parse(request.text) as { markdown: { content: string } };
    if (Buffer.byteLength(markdown.content) > 4_096)
      return { json: { errcode: 40058, errmsg: "markdown.content exceed max length 4096" } };
    return tooMany() ?? { json: { errcode: 0, errmsg: "ok" } };
  };
}

/** Feishu's: signed over nothing by `timestamp\nsecret`, in seconds (19021); 100 a minute and 5 a second (9499). */
export function feishu(options: { secret?: string; keyword?: string; clock?: () => number }) {
  const clock = options.clock ?? Date.now;
  const tooMany = limited(100, clock, () => ({
    status: 400,
    json: { code: 9499, msg: "too many request", data: {} },
  }));
  return (request: Received): Reply => {
    const body = JSON.parse(request.text) as {
      timestamp?: string;
      sign?: string;
      msg_type: string;
      content: { post: Record<string, { title: string; content: { tag: string; text: string }[][] }> };
    };
    if (options.secret !== undefined) {
      const wanted = createHmac("sha256", `${body.timestamp}\n${options.secret}`).digest("base64");
      const old = Math.abs(clock() / 1_000 - Number(body.timestamp)) > 3_600;
      if (old || body.sign !== wanted)
        return {
          json: { code: 19021, msg: "sign match fail or timestamp is not within one hour from current time" },
        };
    }
    if (body.msg_type !== "post") return { status: 400, json: { code: 9499, msg: "Bad Request" } };
    if (options.keyword !== undefined && !request.text.includes(options.keyword))
      return { json: { code: 19024, msg: "Key Words Not Found" } };
    return tooMany() ?? { json: { code: 0, msg: "success", data: {}, StatusCode: 0 } };
  };
}
