import { isLoopback } from "../loopback.ts";
import type { Loaded } from "./build.ts";
import type { ChannelSettings, TemplateChannel } from "./channels.ts";
import { namesIn } from "./messages-file.ts";
import type { Fault, Path, YamlSource } from "./yaml-source.ts";

/** What an HTTP template may name beside the fields of a message. */
const TEMPLATE_FIELDS = [
  "to",
  "text",
  "again",
  "level",
  "what",
  "why",
  "mine",
  "place",
  "title",
  "value",
  "limit",
  "time",
  "people",
  "phone",
  "link",
  "step",
  "count",
  "levels",
] as const;

/** What is wrong with the ways out of the house although each is well formed. */
export function channelFaults({ gateway: { source, value }, mines }: Loaded): Fault[] {
  const codes = mines.map((mine) => mine.value.code);
  const seen = new Set<string>();
  return value.channels.flatMap((channel, i) => {
    const at = (path: Path, what: string, allowed?: string) =>
      source.at(["channels", i, ...path], what, allowed);
    const faults: Fault[] = [];
    if (seen.has(channel.id)) faults.push(at(["id"], `${channel.id} is already a channel`));
    seen.add(channel.id);
    for (const [j, mine] of (channel.follow?.mines ?? []).entries()) {
      if (!codes.includes(mine))
        faults.push(at(["follow", "mines", j], `no mine has the code ${mine}`, codes.join(", ")));
    }
    if (needsReceiver(channel) && channel.follow !== undefined && channel.follow.to === undefined)
      faults.push(at(["follow"], "nothing says whom it goes to", "to"));
    if (channel.quiet !== undefined && channel.quiet.from === channel.quiet.to)
      faults.push(at(["quiet"], "from and to are the same time of day"));
    return [...faults, ...kindFaults(channel, at)];
  });
}

const needsReceiver = ({ kind }: ChannelSettings): boolean =>
  kind === "email" || kind === "sms" || kind === "voice" || kind === "webpush";

type At = (path: Path, what: string, allowed?: string) => ReturnType<YamlSource["at"]>;

function kindFaults(channel: ChannelSettings, at: At): Fault[] {
  switch (channel.kind) {
    case "email": {
      const faults: Fault[] = [];
      if (channel.tls === "none" && !isLoopback(channel.host))
        faults.push(at(["tls"], "mail beyond this machine can be read on its way", "implicit, starttls"));
      if ((channel.user === undefined) !== (channel.password === undefined))
        faults.push(at([], "user and password go together"));
      return faults;
    }
    case "webhook":
      return [
        ...wayFaults(channel.url, channel.insecure !== undefined, ["url"], at),
        ...channel.secrets.flatMap((secret, j) =>
          isWebhookSecret(secret)
            ? []
            : [at(["secrets", j], "not a signing secret", "whsec_ and base64 of 24 to 64 bytes")],
        ),
      ];
    case "dingtalk":
    case "wecom":
    case "feishu":
      return wayFaults(channel.url, false, ["url"], at);
    case "sms":
    case "voice":
      return [
        ...wayFaults(channel.url, channel.insecure !== undefined, ["url"], at),
        ...templateFaults(channel, at),
      ];
    case "webpush":
      return [
        ...(byteLength(channel.publicKey) === 65
          ? []
          : [at(["publicKey"], "not a VAPID public key", "65 bytes as base64url")]),
        ...(byteLength(channel.privateKey) === 32
          ? []
          : [at(["privateKey"], "not a VAPID private key", "32 bytes as base64url")]),
        // An origin instead of a name is for trials on this machine.
        ...channel.hosts.flatMap((host, j) =>
          host.includes("://") ? wayFaults(host, false, ["hosts", j], at) : [],
        ),
      ];
  }
}

function wayFaults(address: string, excepted: boolean, path: Path, at: At): Fault[] {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) return [at(path, "not an address", "https://…")];
  if (url.protocol === "https:" || excepted || isLoopback(url.hostname)) return [];
  return [at(path, "what is sent there can be read and forged on its way", "https://…")];
}

function templateFaults(channel: TemplateChannel, at: At): Fault[] {
  const faults: Fault[] = [];
  if (channel.form !== undefined && channel.body !== undefined)
    faults.push(at(["body"], "a request has one body", "form, or body"));
  const parts = { query: channel.query, form: channel.form, body: channel.body };
  const names = Object.values(parts).flatMap((part) => textsIn(part).flatMap(namesIn));
  for (const name of new Set(names)) {
    if (!TEMPLATE_FIELDS.some((known) => known === name))
      faults.push(at([], `{${name}} stands for nothing`, TEMPLATE_FIELDS.join(", ")));
  }
  if (!names.includes("to"))
    faults.push(at([], "nothing says whom it goes to", "{to} in query, form or body"));
  if (!names.includes("step") && !names.includes("text"))
    faults.push(at([], "nothing says which step it is", "{step} or {text} in query, form or body"));
  return faults;
}

function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}

const isWebhookSecret = (secret: string): boolean => {
  const bytes = secret.startsWith("whsec_") ? byteLength(secret.slice("whsec_".length)) : 0;
  return bytes >= 24 && bytes <= 64;
};

/** Of base64 in either alphabet; 0 = it is none. */
function byteLength(text: string): number {
  const digits = text.replace(/=+$/, "");
  return /^[A-Za-z0-9+/_-]+$/.test(digits) ? Math.floor((digits.length * 3) / 4) : 0;
}
