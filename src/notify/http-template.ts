import type { TemplateChannel } from "../wire/config/channels.ts";
import { signAcs3, signRpc } from "./aliyun-sign.ts";
import { type Channel, type Message, refused, retry, type Sent, sent } from "./channel.ts";
import { type Answer, createAsk, jsonOf, type Request, retryAfter } from "./request.ts";
import { signTc3 } from "./tencent-sign.ts";
import { plain } from "./words.ts";

/** Of a digest: the most urgent one by name, the others by number. */
const MOST_STEPS = 1;
/** A short message of 500 letters is eight of them on the way; more is nobody's to read at night. */
const TEXT_BYTES = 1_500;
const LIMIT_MS = 60_000;

/** A short message or a telephone call by whatever HTTP the provider, or the county's own box, wants. */
export function openTemplate(settings: TemplateChannel): Channel {
  const ask = createAsk({ timeoutMs: settings.timeout, caFile: settings.caFile });
  const reads = answerReader(settings);
  return {
    kind: settings.kind,
    async send(message) {
      if (message.receiver === null) return refused("nobody to send it to");
      return judged(await ask(requestOf(settings, message)), reads, message.at);
    },
    close() {},
  };
}

export function requestOf(settings: TemplateChannel, message: Message): Request {
  const { sign, method } = settings;
  const field = fieldsOf(settings, message);
  const url = new URL(settings.url);
  for (const [name, value] of Object.entries(settings.query)) url.searchParams.set(name, text(value, field));
  const base = { url: url.href, method, headers: lowered(settings.headers) };
  const form =
    settings.form === undefined
      ? null
      : Object.fromEntries(Object.entries(settings.form).map(([name, value]) => [name, text(value, field)]));
  if (sign.kind === "aliyun-rpc") return signRpc(base, form ?? {}, sign, { at: message.at });
  const request: Request = { ...base, ...bodyOf(settings, form, field, base.headers) };
  switch (sign.kind) {
    case "none":
      return request;
    case "aliyun-acs3":
      return signAcs3(request, sign, { at: message.at });
    case "tencent-tc3":
      return signTc3(request, sign, message.at);
  }
}

type Field = (name: string) => string;

function fieldsOf({ fieldLength }: TemplateChannel, message: Message): Field {
  const words = message.words({ safe: plain, mostBytes: TEXT_BYTES, mostSteps: MOST_STEPS });
  return (name) => {
    if (name === "to") return message.receiver?.to ?? "";
    if (name === "text") return words.text;
    if (name === "link") return message.link ?? "";
    return message.field(name, name === "step" ? 80 : fieldLength);
  };
}

function bodyOf(
  settings: TemplateChannel,
  form: Record<string, string> | null,
  field: Field,
  headers: Readonly<Record<string, string>>,
): Pick<Request, "body" | "headers"> {
  const typed = (type: string, body: string) => ({ body, headers: { "content-type": type, ...headers } });
  if (form !== null) return typed("application/x-www-form-urlencoded", new URLSearchParams(form).toString());
  if (settings.body !== undefined)
    return typed("application/json; charset=utf-8", JSON.stringify(filled(settings.body, field)));
  return { body: null, headers };
}

/** A name is replaced in texts only, after the template was taken apart: nothing in a value can mean anything. */
function filled(value: unknown, field: Field): unknown {
  if (typeof value === "string") return value.replace(/\{([A-Za-z]+)\}/g, (_, name: string) => field(name));
  if (Array.isArray(value)) return value.map((inner) => filled(inner, field));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, filled(inner, field)]));
}

function text(value: unknown, field: Field): string {
  const done = filled(value, field);
  return typeof done === "string" ? done : JSON.stringify(done);
}

const lowered = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

interface Reads {
  readonly success: TemplateChannel["success"];
  readonly sentId: string | undefined;
  readonly code: readonly string[];
  readonly limits: readonly string[];
  readonly refusals: readonly string[];
}

const NOTHING: Reads = { success: undefined, sentId: undefined, code: [], limits: [], refusals: [] };
/** What the makers document of their answers; codes by how they begin. */
const ALIYUN: Reads = {
  success: { path: "Code", equals: "OK" },
  sentId: "BizId",
  code: ["Code"],
  limits: ["isv.BUSINESS_LIMIT_CONTROL", "isv.DAY_LIMIT_CONTROL", "Throttling"],
  refusals: [
    "isv.MOBILE_NUMBER_ILLEGAL",
    "isv.MOBILE_COUNT_OVER_LIMIT",
    "isv.TEMPLATE_MISSING_PARAMETERS",
    "isv.INVALID_JSON_PARAM",
    "isv.BLACK_KEY_CONTROL_LIMIT",
    "isv.PARAM_LENGTH_LIMIT",
    "isv.PARAM_NOT_SUPPORT_URL",
  ],
};
const TENCENT: Reads = {
  success: { path: "Response.SendStatusSet.0.Code", equals: "Ok" },
  sentId: "Response.SendStatusSet.0.SerialNo",
  code: ["Response.SendStatusSet.0.Code", "Response.Error.Code"],
  limits: ["LimitExceeded", "RequestLimitExceeded"],
  refusals: ["InvalidParameterValue", "FailedOperation.PhoneNumberInBlacklist"],
};

function answerReader({ sign, success, sentId, code, limits, refusals }: TemplateChannel): Reads {
  const usual = sign.kind === "none" ? NOTHING : sign.kind === "tencent-tc3" ? TENCENT : ALIYUN;
  return {
    success: success ?? usual.success,
    sentId: sentId ?? usual.sentId,
    code: code ?? usual.code,
    limits: limits ?? usual.limits,
    refusals: refusals ?? usual.refusals,
  };
}

/** What is neither taken, nor too much, nor beyond mending is the channel's fault: keys, balance, template. */
function judged(answer: Answer, reads: Reads, now: number): Sent {
  if (answer.kind === "none") return retry("channel", answer.why, { unsure: answer.unsure });
  const { status } = answer;
  const body = jsonOf(answer.text);
  const taken =
    reads.success === undefined
      ? status >= 200 && status < 300
      : at(body, reads.success.path) === reads.success.equals;
  if (taken) {
    const id = reads.sentId === undefined ? undefined : at(body, reads.sentId);
    return sent(id === undefined || id === null ? null : String(id), `HTTP ${status}`);
  }
  const code = reads.code.map((path) => at(body, path)).find((found) => typeof found === "string");
  const why = `HTTP ${status} ${String(code ?? answer.text)}`.slice(0, 200);
  const begins = (list: readonly string[]) => list.some((start) => String(code ?? "").startsWith(start));
  if (begins(reads.limits)) return retry("message", why, { afterMs: LIMIT_MS });
  if (begins(reads.refusals)) return refused(why);
  return retry("channel", why, { afterMs: retryAfter(answer.headers, now) });
}

/** The value at a path of names and places; undefined where there is none. */
export function at(value: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((inner, name) => {
    if (typeof inner !== "object" || inner === null) return undefined;
    return Object.hasOwn(inner, name) ? (inner as Record<string, unknown>)[name] : undefined;
  }, value);
}
