import { z } from "zod";
import { DAY } from "../../model/time.ts";
import { isLoopback } from "../loopback.ts";
import type { Loaded } from "./build.ts";
import { Duration } from "./units-of-time.ts";
import type { Fault } from "./yaml-source.ts";

const SECRET = /^\$\{(env:[A-Za-z_][A-Za-z0-9_]*|file:[^}]+)\}$/;
/** [MQTT §4.7] `+` is a whole level, `#` the last one. */
const FILTER = /^(?:[^+#\p{Cc}]*|\+)(?:\/(?:[^+#/\p{Cc}]*|\+))*(?:\/#)?$|^#$/u;

const Sparkplug = z
  .strictObject({
    host: z
      .string()
      .regex(/^[^+#/\p{Cc}]{1,64}$/u, { error: "a word without + # /" })
      .default("davylamp")
      .meta({ description: "Our id as a host: spBv1.0/STATE/HOST" }),
    rebirthEvery: Duration.default(60_000).meta({
      description: "A node whose numbers have a gap is asked for its birth at most so often",
    }),
    nodes: z
      .record(
        z.string().regex(/^[^+#/]+\/[^+#/]+(\/[^+#/]+)?$/, { error: "group/edge or group/edge/device" }),
        z.strictObject({
          mine: z.string(),
          system: z.string(),
          prefix: z
            .string()
            .max(32)
            .default("")
            .meta({ description: "Before the code of each of its points" }),
          points: z.record(z.string(), z.record(z.string(), z.unknown())).default({}).meta({
            description:
              "By metric: fields of a point that its birth does not give, such as type, unit, place",
          }),
        }),
      )
      .meta({ description: "What each node is: which mine and system" }),
  })
  .meta({ description: "Be a host of Sparkplug B at this broker" });

/** One of `receivers` in `gateway.yaml`: a broker that mines publish to and somebody else runs. */
export const ReceiverFile = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,31}$/, { error: "lower-case letters, digits and -, beginning with a letter" })
      .meta({ description: "Names it in alarms, figures and the data directory" }),
    url: z.url({ protocol: /^(mqtts?|wss?)$/, error: "an address mqtts://, wss://, mqtt:// or ws://" }),
    protocol: z
      .union([z.literal(4), z.literal(5)])
      .default(5)
      .meta({ description: "5, or 4 for MQTT 3.1.1" }),
    clientId: z
      .string()
      .regex(/^[\x21-\x7e]{1,64}$/, { error: "1 to 64 printable characters" })
      .optional()
      .meta({
        description:
          "Must be no other client's; the broker keeps our session under it. Default davylamp-NAME",
      }),
    username: z.string().min(1).optional(),
    password: z
      .string()
      .regex(SECRET, { error: "a reference to a secret" })
      .optional()
      .meta({ description: "Read again at each connection" }),
    caFile: z
      .string()
      .min(1)
      .optional()
      .meta({ description: "Who signs the broker's certificate; default: the system's" }),
    certFile: z.string().min(1).optional(),
    keyFile: z.string().min(1).optional(),
    mines: z
      .union([z.literal("*"), z.array(z.string()).min(1)])
      .meta({ description: "The mines this broker may speak for; `*` = every mine of mines/" }),
    topicPrefix: z
      .string()
      .regex(/^[^+#]*\/$/, { error: "levels without + and #, with a / at the end" })
      .max(64)
      .optional()
      .meta({ description: "What stands before mine/v1/… on this broker" }),
    filters: z
      .array(z.string().min(1).max(256).regex(FILTER, { error: "a topic filter of MQTT" }))
      .min(1)
      .max(256)
      .optional()
      .meta({ description: "What is subscribed to; default: mine/v1/CODE/# of each mine" }),
    sparkplug: Sparkplug.optional(),
    keepAlive: Duration.default(30_000),
    sessionExpiry: Duration.default(7 * DAY).meta({
      description: "How long the broker is asked to keep our session while we are away (MQTT 5)",
    }),
    insecure: z
      .strictObject({ reason: z.string().min(1), approvedBy: z.string().min(1) })
      .optional()
      .meta({ description: "An exception that lets mqtt:// or ws:// leave this machine" }),
  })
  .meta({ description: "A broker the gateway connects out to" });

type ReceiverFile = z.output<typeof ReceiverFile>;

/** What is wrong with a receiver although it is well formed. */
export function receiverFaults({ gateway: { source, value }, mines }: Loaded): Fault[] {
  const codes = mines.map((mine) => mine.value.code);
  return value.receivers.flatMap((receiver, i) => {
    const at = (path: readonly PropertyKey[], what: string, allowed?: string) =>
      source.at(["receivers", i, ...path], what, allowed);
    const before = value.receivers.slice(0, i);
    const faults: Fault[] = [];
    if (before.some(({ name }) => name === receiver.name))
      faults.push(at(["name"], `${receiver.name} is already a receiver`));
    if (before.some((other) => other.url === receiver.url && clientIdOf(other) === clientIdOf(receiver)))
      faults.push(at(["url"], "two receivers with one client id at one broker put each other out"));
    if (Array.isArray(receiver.mines))
      for (const [j, mine] of receiver.mines.entries())
        if (!codes.includes(mine))
          faults.push(at(["mines", j], `no mine has the code ${mine}`, codes.join(", ")));
    if (isOpen(receiver.url) && receiver.insecure === undefined)
      faults.push(
        at(
          ["url"],
          "beyond this machine this can be read and forged",
          "mqtts://, wss:// or insecure: {reason, approvedBy}",
        ),
      );
    if ((receiver.certFile === undefined) !== (receiver.keyFile === undefined))
      faults.push(at([], "certFile and keyFile belong together"));
    const { username, password } = new URL(receiver.url);
    if (username !== "" || password !== "")
      faults.push(at(["url"], "user and password do not stand in the address", "username, password"));
    if (receiver.keepAlive < 2_000 || receiver.keepAlive > 600_000)
      faults.push(at(["keepAlive"], "too short or too long", "2s to 10m"));
    const systems = ["safety", "fan", "person", "ring", ...value.systems];
    for (const [key, node] of Object.entries(receiver.sparkplug?.nodes ?? {})) {
      const path = ["sparkplug", "nodes", key];
      const spoken = receiver.mines === "*" ? codes : receiver.mines;
      if (!spoken.includes(node.mine))
        faults.push(at([...path, "mine"], `${node.mine} is no mine of this receiver`, spoken.join(", ")));
      if (!systems.includes(node.system))
        faults.push(at([...path, "system"], `no system ${node.system}`, systems.join(", ")));
    }
    for (const [j, filter] of (receiver.filters ?? []).entries())
      if (/^\$/.test(filter)) faults.push(at(["filters", j], "no topic of a mine begins with $"));
    return faults;
  });
}

function isOpen(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  const here = isLoopback(hostname);
  return (protocol === "mqtt:" || protocol === "ws:") && !here;
}

const clientIdOf = ({ name, clientId }: Pick<ReceiverFile, "name" | "clientId">): string =>
  clientId ?? `davylamp-${name}`;

/** A receiver with everything filled in; `secret` is the reference to its password. */
export function receiverSettings(
  file: ReceiverFile,
  mines: readonly { code: string; aliases: readonly string[] }[],
) {
  const { name, url, protocol, keepAlive, sessionExpiry } = file;
  const topicPrefix = file.topicPrefix ?? "";
  const spoken = mines.filter(({ code }) => file.mines === "*" || file.mines.includes(code));
  const usual =
    file.mines === "*"
      ? [`${topicPrefix}mine/v1/#`]
      : spoken.flatMap(({ code, aliases }) =>
          [code, ...aliases].map((one) => `${topicPrefix}mine/v1/${one}/#`),
        );
  const groups = new Set(Object.keys(file.sparkplug?.nodes ?? {}).map((key) => key.split("/")[0]));
  const births = [...groups].map((group) => `${topicPrefix}spBv1.0/${group}/#`);
  return {
    name,
    url,
    protocol,
    clientId: clientIdOf(file),
    username: file.username ?? null,
    secret: file.password?.slice(2, -1) ?? null,
    caFile: file.caFile ?? null,
    certFile: file.certFile ?? null,
    keyFile: file.keyFile ?? null,
    mines: file.mines,
    topicPrefix,
    filters: file.filters ?? [...usual, ...births],
    sparkplug: file.sparkplug ?? null,
    keepAlive,
    sessionExpiry,
  };
}
