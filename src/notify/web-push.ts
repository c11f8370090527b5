import { createHash } from "node:crypto";
import { isIP } from "node:net";
import webPush from "web-push";
import type { ChannelOf } from "../wire/config/channels.ts";
import { type Channel, type Message, type Receiver, refused, retry, type Sent, sent } from "./channel.ts";
import { type Answer, createAsk, jsonOf, retryAfter } from "./request.ts";
import { plain } from "./words.ts";

/** What browsers gave to be pushed to, by person and device. */
export interface Subscriptions {
  get(person: string, device: string): Promise<string | null>;
  put(person: string, device: string, subscription: string | null): Promise<void>;
}

/** Of a digest: the most urgent ones by name, the others by number. */
const MOST_STEPS = 3;
/** A push service takes 4,096 bytes, encrypted. */
const TEXT_BYTES = 2_400;
const ADDRESS_LENGTH = 1_024;
/** A browser that is away for longer learns it from the console. */
const KEPT_SECONDS = 3_600;

interface Subscription {
  readonly endpoint: string;
  readonly keys: { readonly p256dh: string; readonly auth: string };
}

/** A browser that is closed, by the push service of its maker (VAPID). */
export function openWebPush(settings: ChannelOf<"webpush">, subscriptions: Subscriptions): Channel {
  const ask = createAsk({ timeoutMs: settings.timeout });
  const vapidDetails = {
    subject: settings.subject,
    publicKey: settings.publicKey,
    privateKey: settings.privateKey,
  };
  return {
    kind: "webpush",
    async send(message) {
      const { receiver } = message;
      if (receiver === null) return refused("nobody to push to");
      const found = await subscriptionOf(receiver, subscriptions, settings.hosts);
      if (typeof found === "string") return refused(found);
      const request = details(found, message, vapidDetails);
      if (typeof request === "string") return refused(request);
      const answer = await ask({ ...request, method: "POST" });
      if (answer.kind === "answer" && (answer.status === 404 || answer.status === 410))
        await subscriptions.put(receiver.person, receiver.device, null);
      return judged(answer, message.at);
    },
    close() {},
  };
}

async function subscriptionOf(
  { person, device, to }: Receiver,
  subscriptions: Subscriptions,
  hosts: readonly string[],
): Promise<Subscription | string> {
  const text = (await subscriptions.get(person, device)) ?? to;
  const { endpoint, keys } = jsonOf(text) ?? {};
  const { p256dh, auth } = (keys ?? {}) as { p256dh?: unknown; auth?: unknown };
  if (typeof endpoint !== "string" || typeof p256dh !== "string" || typeof auth !== "string")
    return "no browser of this device has asked to be pushed to";
  const why = isAllowed(endpoint, hosts);
  return why ?? { endpoint, keys: { p256dh, auth } };
}

/** A browser names the address we write to: only services the county named, and no machine of its own net. */
export function isAllowed(endpoint: string, hosts: readonly string[]): string | null {
  if (endpoint.length > ADDRESS_LENGTH || !URL.canParse(endpoint)) return "not the address of a push service";
  const { protocol, hostname, origin } = new URL(endpoint);
  if (hosts.includes(origin)) return null;
  if (protocol !== "https:" || isIP(hostname.replace(/^\[|\]$/g, "")) !== 0)
    return "not the address of a push service";
  const known = hosts.some((name) =>
    name.startsWith("*.") ? hostname.endsWith(name.slice(1)) : hostname === name,
  );
  return known ? null : `${hostname} is no push service of gateway.yaml`;
}

/** `token` is what the browser's service worker answers with when it has shown the message, and when it is opened. */
function details(
  subscription: Subscription,
  message: Message,
  vapidDetails: { subject: string; publicKey: string; privateKey: string },
) {
  const { title, text } = message.words({ safe: plain, mostBytes: TEXT_BYTES, mostSteps: MOST_STEPS });
  const { id, steps, link, repeated } = message;
  const payload = JSON.stringify({ title, body: text, link, steps: steps.slice(0, 8), repeated, token: id });
  // Of two that tell the same, a service keeps the later.
  const topic = createHash("sha256").update(message.key).digest("base64url").slice(0, 32);
  try {
    const { endpoint, headers, body } = webPush.generateRequestDetails(subscription, payload, {
      vapidDetails,
      TTL: KEPT_SECONDS,
      urgency: "high",
      topic,
      contentEncoding: "aes128gcm",
    });
    const texts = Object.entries(headers as Record<string, unknown>).map(([name, value]) => [
      name.toLowerCase(),
      String(value),
    ]);
    const { "content-length": _, ...sentHeaders } = Object.fromEntries(texts) as Record<string, string>;
    return { url: endpoint, headers: sentHeaders, body };
  } catch (error) {
    return `the browser's keys cannot be used: ${(error as Error).message}`.slice(0, 200);
  }
}

function judged(answer: Answer, now: number): Sent {
  if (answer.kind === "none") return retry("channel", answer.why, { unsure: answer.unsure });
  const { status, headers } = answer;
  if (status >= 200 && status < 300) {
    const { location } = headers;
    return sent(typeof location === "string" ? location.slice(0, 500) : null, `HTTP ${status}`);
  }
  const why = `HTTP ${status} ${answer.text}`.slice(0, 200);
  if (status === 404 || status === 410) return refused(`${why}: the browser is subscribed no more`);
  if (status === 413) return refused(why);
  if (status === 429 || status >= 500) return retry("message", why, { afterMs: retryAfter(headers, now) });
  return retry("channel", why);
}
