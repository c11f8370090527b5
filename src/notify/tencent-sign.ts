import { createHmac } from "node:crypto";
import { sha256 } from "./aliyun-sign.ts";
import type { Request } from "./request.ts";

interface Keys {
  readonly key: string;
  readonly secret: string;
  readonly service: string;
  readonly action: string;
  readonly version: string;
  readonly region?: string | undefined;
}

const SIGNED = "content-type;host;x-tc-action";

/**
 * Tencent Cloud, signature version 3 (TC3-HMAC-SHA256): the hash of a canonical request, signed by a key made of
 * the secret, the day in UTC and the service, one after another.
 */
export function signTc3(request: Request, keys: Keys, at: number): Request {
  const url = new URL(request.url);
  const seconds = Math.floor(at / 1_000);
  const day = new Date(at).toISOString().slice(0, 10);
  const type = request.headers["content-type"] ?? "application/json; charset=utf-8";
  const scope = `${day}/${keys.service}/tc3_request`;
  const lines = `content-type:${type}\nhost:${url.host}\nx-tc-action:${keys.action.toLowerCase()}\n`;
  const query = url.search.slice(1);
  const canonical = [request.method, "/", query, lines, SIGNED, sha256(request.body ?? "")].join("\n");
  const text = `TC3-HMAC-SHA256\n${seconds}\n${scope}\n${sha256(canonical)}`;
  const signature = hmac(signingKey(keys, day), text).toString("hex");
  return {
    ...request,
    headers: {
      ...request.headers,
      "content-type": type,
      "x-tc-action": keys.action,
      "x-tc-timestamp": String(seconds),
      "x-tc-version": keys.version,
      ...(keys.region === undefined ? {} : { "x-tc-region": keys.region }),
      authorization: `TC3-HMAC-SHA256 Credential=${keys.key}/${scope}, SignedHeaders=${SIGNED}, Signature=${signature}`,
    },
  };
}

const signingKey = ({ secret, service }: Keys, day: string): Buffer =>
  hmac(hmac(hmac(`TC3${secret}`, day), service), "tc3_request");

const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();
