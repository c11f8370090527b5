import { createHash, createHmac, randomBytes } from "node:crypto";
import type { Request } from "./request.ts";

interface Keys {
  readonly key: string;
  readonly secret: string;
  readonly action: string;
  readonly version: string;
}

/** What a signature adds to a request; `nonce` is for tests of published examples. */
export interface Signing {
  readonly at: number;
  readonly nonce?: string;
}

/**
 * Alibaba Cloud, RPC style (signature version 1.0): every parameter sorted and encoded, and base64 of HMAC-SHA1 by
 * `secret&` over `METHOD&%2F&` and them, encoded once more. A form goes into the parameters too.
 */
export function signRpc(
  request: Omit<Request, "body">,
  form: Readonly<Record<string, string>>,
  keys: Keys,
  { at, nonce = newNonce() }: Signing,
): Request {
  const url = new URL(request.url);
  const params: Record<string, string> = {
    AccessKeyId: keys.key,
    Action: keys.action,
    Format: "JSON",
    SignatureMethod: "HMAC-SHA1",
    SignatureNonce: nonce,
    SignatureVersion: "1.0",
    Timestamp: utc(at),
    Version: keys.version,
    ...Object.fromEntries(url.searchParams),
    ...form,
  };
  const text = `${request.method}&%2F&${encoded(canonical(params))}`;
  const signature = createHmac("sha1", `${keys.secret}&`).update(text).digest("base64");
  const query = canonical({ ...params, Signature: signature });
  if (request.method === "GET")
    return { ...request, url: `${url.origin}${url.pathname}?${query}`, body: null };
  return {
    ...request,
    url: `${url.origin}${url.pathname}`,
    headers: { ...request.headers, "content-type": "application/x-www-form-urlencoded" },
    body: query,
  };
}

/** Alibaba Cloud, signature version 3 (ACS3-HMAC-SHA256): the hash of a canonical request, signed by the secret. */
export function signAcs3(request: Request, keys: Keys, { at, nonce = newNonce() }: Signing): Request {
  const url = new URL(request.url);
  const query = canonical(Object.fromEntries(url.searchParams));
  const hash = sha256(request.body ?? "");
  const own: Record<string, string> = {
    host: url.host,
    "x-acs-action": keys.action,
    "x-acs-content-sha256": hash,
    "x-acs-date": utc(at),
    "x-acs-signature-nonce": nonce,
    "x-acs-version": keys.version,
  };
  const { "content-type": type } = request.headers;
  const signed: Record<string, string> = type === undefined ? own : { "content-type": type, ...own };
  const names = Object.keys(signed).sort();
  const lines = names.map((name) => `${name}:${signed[name]?.trim()}\n`).join("");
  const text = [request.method, url.pathname, query, lines, names.join(";"), hash].join("\n");
  const signature = createHmac("sha256", keys.secret)
    .update(`ACS3-HMAC-SHA256\n${sha256(text)}`)
    .digest("hex");
  return {
    ...request,
    url: `${url.origin}${url.pathname}${query === "" ? "" : `?${query}`}`,
    headers: {
      ...request.headers,
      ...own,
      authorization: `ACS3-HMAC-SHA256 Credential=${keys.key},SignedHeaders=${names.join(";")},Signature=${signature}`,
    },
  };
}

/** RFC 3986, which leaves fewer signs as they are than `encodeURIComponent`. */
export const encoded = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);

const canonical = (params: Readonly<Record<string, string>>): string =>
  Object.entries(params)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
    .join("&");

export const sha256 = (bytes: Uint8Array | string): string =>
  createHash("sha256").update(bytes).digest("hex");

/** Whole seconds in UTC, `2023-10-26T10:22:32Z`. */
const utc = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`;
const newNonce = (): string => randomBytes(16).toString("hex");
