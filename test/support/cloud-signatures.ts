import { createHash, createHmac } from "node:crypto";
import type { Received } from "./notify-provider.ts";

/* How the providers themselves check what they are sent, written from their descriptions and apart from src. */

const sha = (text: string | Buffer) => createHash("sha256").update(text).digest("hex");
const mac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest();

/** Percent-encoding of RFC 3986, byte by byte. */
const rfc3986 = (text: string): string =>
  [...Buffer.from(text)]
    .map((byte) => {
      const sign = String.fromCharCode(byte);
      return /[A-Za-z0-9\-_.~]/.test(sign) ? sign : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
    })
    .join("");

const sorted = (pairs: Iterable<[string, string]>): string =>
  [...pairs]
    .map(([name, value]): [string, string] => [rfc3986(name), rfc3986(value)])
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map((pair) => pair.join("="))
    .join("&");

/** Alibaba Cloud, signature version 1.0; the parameters come in the query or the form. */
export function isRpcSigned(request: Received, secret: string): boolean {
  const params = request.method === "GET" ? request.url.searchParams : new URLSearchParams(request.text);
  const given = params.get("Signature");
  params.delete("Signature");
  const text = `${request.method}&${rfc3986("/")}&${rfc3986(sorted(params.entries()))}`;
  return given === createHmac("sha1", `${secret}&`).update(text).digest("base64");
}

/** Alibaba Cloud, signature version 3: every header it says it signed, and the hash of the body. */
export function isAcs3Signed(request: Received, secret: string): boolean {
  const [, names = "", given] =
    /SignedHeaders=([^,]+),Signature=([0-9a-f]+)$/.exec(request.headers.authorization ?? "") ?? [];
  const hash = sha(request.body);
  if (request.headers["x-acs-content-sha256"] !== hash) return false;
  const lines = names.split(";").map((name) => `${name}:${String(request.headers[name]).trim()}\n`);
  const canonical = [
    request.method,
    request.url.pathname,
    sorted(request.url.searchParams.entries()),
    lines.join(""),
    names,
    hash,
  ].join("\n");
  return (
    given ===
    createHmac("sha256", secret)
      .update(`ACS3-HMAC-SHA256\n${sha(canonical)}`)
      .digest("hex")
  );
}

/** Tencent Cloud, TC3: the credential names day and service, the timestamp's header the moment. */
export function isTc3Signed(request: Received, secret: string): boolean {
  const [, day = "", service = "", names = "", given] =
    /Credential=[^/]+\/([\d-]+)\/([a-z]+)\/tc3_request, SignedHeaders=([^,]+), Signature=([0-9a-f]+)$/.exec(
      request.headers.authorization ?? "",
    ) ?? [];
  const lines = names.split(";").map((name) => `${name}:${String(request.headers[name]).toLowerCase()}\n`);
  const canonical = [request.method, "/", "", lines.join(""), names, sha(request.body)].join("\n");
  const moment = String(request.headers["x-tc-timestamp"]);
  const text = ["TC3-HMAC-SHA256", moment, `${day}/${service}/tc3_request`, sha(canonical)].join("\n");
  const key = mac(mac(mac(`TC3${secret}`, day), service), "tc3_request");
  return given === mac(key, text).toString("hex");
}
