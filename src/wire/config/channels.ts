import { z } from "zod";
import { TRANSITION_KINDS } from "../../model/alarm.ts";
import { LEVELS } from "../../model/rule.ts";
import { Duration } from "./units-of-time.ts";

const Secret = z.string().min(1).meta({ description: "By reference to the environment or a file only" });
const Clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, { error: "a time of day, HH:MM" });
const Address = z.url({ protocol: /^https?$/, error: "an address that begins with https://" }).max(2_048);

const Insecure = z
  .strictObject({ reason: z.string().min(1), approvedBy: z.string().min(1) })
  .meta({ description: "An exception that lets messages out without TLS" });

const Follow = z
  .strictObject({
    to: z.string().min(1).optional().meta({ description: "Whom, where a channel reaches one receiver each" }),
    levels: z.array(z.enum(LEVELS)).min(1).optional(),
    mines: z.array(z.string()).min(1).optional(),
    what: z.array(z.enum(TRANSITION_KINDS)).min(1).optional().meta({
      description: "Which changes; a webhook gets all, anything else an alarm raised or stepped up",
    }),
  })
  .meta({ description: "Told without being called by a chain; what is not named is not filtered by" });

const Common = {
  id: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, { error: "lower-case letters, digits and -" }),
  language: z.enum(["zh", "en"]).default("zh"),
  perMinute: z
    .int()
    .min(1)
    .max(6_000)
    .optional()
    .meta({ description: "Messages in any 60 s; a robot 18 (its maker mutes it at 20)" }),
  digest: Duration.optional().meta({
    description: "How long all but red waits to be told together (default 3s of a robot, 5s of a person)",
  }),
  quiet: z
    .strictObject({ from: Clock, to: Clock })
    .optional()
    .meta({ description: "Hours of the county in which only red is told" }),
  follow: Follow.optional(),
  timeout: Duration.default(10_000),
};
const testTo = z.string().min(1).optional().meta({ description: "Whom `davylamp doctor --notify` tries" });

const Email = z.strictObject({
  ...Common,
  kind: z.literal("email"),
  host: z.string().min(1),
  port: z.int().min(1).max(65_535).default(465),
  tls: z
    .enum(["implicit", "starttls", "none"])
    .default("implicit")
    .meta({ description: "none: to a server on this machine only" }),
  caFile: z.string().min(1).optional(),
  user: Secret.optional(),
  password: Secret.optional(),
  from: z.string().min(3),
  testTo,
});

const Webhook = z.strictObject({
  ...Common,
  kind: z.literal("webhook"),
  url: Address,
  secrets: z
    .array(Secret)
    .min(1)
    .max(3)
    .meta({ description: "whsec_ and base64 of 24 to 64 bytes; while one replaces another, both sign" }),
  insecure: Insecure.optional(),
  caFile: z.string().min(1).optional(),
});

const DingTalk = z.strictObject({
  ...Common,
  kind: z.literal("dingtalk"),
  url: Secret,
  secret: Secret.optional(),
  keyword: z.string().min(1).optional(),
});
const WeCom = z.strictObject({ ...Common, kind: z.literal("wecom"), url: Secret });
const Feishu = z.strictObject({
  ...Common,
  kind: z.literal("feishu"),
  url: Secret,
  secret: Secret.optional(),
  keyword: z.string().min(1).optional(),
});

const AliyunKeys = {
  key: Secret,
  secret: Secret,
  action: z.string().min(1),
  version: z.string().min(1),
};
const Sign = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("none") }),
  z.strictObject({ kind: z.literal("aliyun-rpc"), ...AliyunKeys }),
  z.strictObject({ kind: z.literal("aliyun-acs3"), ...AliyunKeys }),
  z.strictObject({
    kind: z.literal("tencent-tc3"),
    ...AliyunKeys,
    service: z.string().min(1),
    region: z.string().optional(),
  }),
]);

const Path = z.string().regex(/^[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*$/, {
  error: "names and numbers with dots: Response.SendStatusSet.0.Code",
});
/** Texts with `{name}` in them; an object where a text is wanted becomes its JSON. */
const Template = z.record(z.string(), z.json());

const HttpTemplate = {
  ...Common,
  url: Address,
  insecure: Insecure.optional(),
  caFile: z.string().min(1).optional(),
  method: z.enum(["POST", "GET"]).default("POST"),
  headers: z.record(z.string(), Secret).default({}),
  query: Template.default({}),
  form: Template.optional().meta({ description: "The body as a form" }),
  body: z.json().optional().meta({ description: "The body as JSON" }),
  sign: Sign.default({ kind: "none" }),
  fieldLength: z
    .int()
    .min(5)
    .max(500)
    .default(35)
    .meta({ description: "Letters a field of the template may have" }),
  success: z
    .strictObject({ path: Path, equals: z.union([z.string(), z.number(), z.boolean()]) })
    .optional()
    .meta({ description: "Where the answer says that it was taken; default by who signs, else HTTP 2xx" }),
  sentId: Path.optional().meta({ description: "Where the answer names the message" }),
  code: z.array(Path).optional().meta({ description: "Where the answer says what was wrong" }),
  limits: z.array(z.string().min(1)).optional().meta({ description: "Codes (their beginnings) of too many" }),
  refusals: z
    .array(z.string().min(1))
    .optional()
    .meta({ description: "Codes (their beginnings) that no further try will change" }),
  callback: z
    .strictObject({
      secret: Secret,
      id: Path.optional(),
      ok: z.strictObject({ path: Path, equals: z.union([z.string(), z.number(), z.boolean()]) }).optional(),
    })
    .optional()
    .meta({ description: "Where the provider reports what reached its receiver" }),
  testTo,
};
const Sms = z.strictObject({ kind: z.literal("sms"), ...HttpTemplate });
const Voice = z.strictObject({ kind: z.literal("voice"), ...HttpTemplate });

const WebPush = z.strictObject({
  ...Common,
  kind: z.literal("webpush"),
  publicKey: z.string().min(1),
  privateKey: Secret,
  subject: z.string().regex(/^(mailto:|https:\/\/)/, { error: "mailto: or https:// of who sends" }),
  hosts: z
    .array(z.string().min(1))
    .min(1)
    .meta({ description: "Push services that may be written to, by name; *.name for all below it" }),
  testTo,
});

/** One way out of the house: `channels[]` of `config/gateway.yaml`. */
export const ChannelFile = z.discriminatedUnion("kind", [
  Email,
  Webhook,
  DingTalk,
  WeCom,
  Feishu,
  Sms,
  Voice,
  WebPush,
]);
export type ChannelSettings = z.output<typeof ChannelFile>;
export type ChannelOf<K extends ChannelSettings["kind"]> = Extract<ChannelSettings, { kind: K }>;
export type TemplateChannel = ChannelOf<"sms"> | ChannelOf<"voice">;
