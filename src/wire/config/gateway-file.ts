import { z } from "zod";
import { DAY } from "../../model/time.ts";
import { SYSTEM_NAME } from "../topic.ts";
import { ChannelFile } from "./channels.ts";
import { InfluxFile } from "./influx-file.ts";
import { ReceiverFile } from "./receiver-file.ts";
import { Duration, Size } from "./units-of-time.ts";
import { UpperFile } from "./upper-file.ts";

const Port = z.int().min(0).max(65_535);
const Host = z.string().min(1);

const Insecure = z
  .strictObject({
    reason: z.string().min(1),
    approvedBy: z.string().min(1),
    allow: z
      .record(z.string(), z.string())
      .meta({ description: "CIDR to mine code: only this address may use the code" }),
  })
  .meta({ description: "An exception that lets mines in without TLS; each carries a standing notice" });

const Tcp = z.strictObject({
  kind: z.literal("tcp"),
  host: Host.default("127.0.0.1"),
  port: Port.default(1883),
  insecure: Insecure.optional(),
});
const Tls = z.strictObject({
  kind: z.literal("tls"),
  host: Host,
  port: Port.default(8883),
  certFile: z.string().min(1),
  keyFile: z.string().min(1),
  caFile: z.string().min(1).nullable().default(null),
  clientCertificate: z.enum(["required", "optional", "none"]).default("required"),
});

const Limits = z.strictObject({
  messagesPerSecond: z.int().min(1).optional(),
  burst: z.int().min(1).optional(),
  bytesPerSecond: z.int().min(1_000).optional(),
  connectsPerMinute: z.int().min(1).optional(),
  connections: z.int().min(1).optional(),
  connectionsPerMine: z.int().min(1).optional(),
});

/** `config/gateway.yaml`: what the gateway listens on, keeps and allows. */
const Retention = z
  .strictObject({
    spool: Duration.default(3 * DAY),
    spoolBytes: Size.default(20 * 2 ** 30),
    quarantineBytes: Size.default(256 * 2 ** 20),
    raw: Duration.default(92 * DAY).meta({ description: "Every reading, in the embedded store" }),
    fiveMinutes: Duration.default(760 * DAY).meta({
      description: "Least, greatest and mean of five minutes, in the embedded store; not shorter than raw",
    }),
    seriesBytes: Size.default(200 * 2 ** 30).meta({
      description: "Of the embedded store's file: over it the oldest readings go, then the oldest statistics",
    }),
  })
  .refine(({ raw, fiveMinutes }) => raw <= fiveMinutes, {
    error: "not shorter than raw: statistics are what is left of readings",
    path: ["fiveMinutes"],
  });

const Files = z
  .strictObject({
    root: z
      .string()
      .min(1)
      .default("./files")
      .meta({ description: "A system that has no folder of its own is read from {root}/{mine}/{system}" }),
    keep: Duration.default(30 * DAY).meta({
      description: "How long files that were taken or refused stay in done/ and bad/",
    }),
    poll: Duration.default(2_000).meta({
      description: "How often each folder is looked at, whatever the system tells of changes",
    }),
  })
  .refine(({ keep }) => keep >= DAY, { error: "not below 1d", path: ["keep"] })
  .refine(({ poll }) => poll >= 200 && poll <= 60_000, { error: "200ms to 60s", path: ["poll"] });

export const GatewayFile = z
  .strictObject({
    zone: z.string().default("Asia/Shanghai").meta({ description: "IANA time zone of the county" }),
    data: z
      .string()
      .min(1)
      .default("./data")
      .meta({ description: "Where logs, snapshots and databases are kept" }),
    systems: z
      .array(
        z.string().regex(SYSTEM_NAME, { error: "lower-case letters, digits and -, beginning with a letter" }),
      )
      .default([])
      .meta({ description: "Systems beyond safety, fan, person and ring" }),
    listeners: z
      .array(z.discriminatedUnion("kind", [Tcp, Tls]))
      .min(1)
      .default([{ kind: "tcp", host: "127.0.0.1", port: 1883 }]),
    receivers: z
      .array(ReceiverFile)
      .max(32)
      .default([])
      .meta({ description: "Brokers of mines or counties that the gateway connects out to" }),
    http: z
      .strictObject({
        host: Host.default("127.0.0.1"),
        port: Port.default(8080),
        origins: z
          .array(z.string())
          .default([])
          .meta({ description: "Origins of screens beside our own host" }),
        proxies: z
          .array(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]))
          .max(32)
          .default([])
          .meta({
            description:
              "Addresses of HTTPS proxies in front: only their X-Forwarded-For is believed, so that limits are each client's own",
          }),
        insecure: z
          .strictObject({ reason: z.string().min(1), approvedBy: z.string().min(1) })
          .optional()
          .meta({ description: "An exception that lets passwords and cookies come by http from elsewhere" }),
      })
      .default({ host: "127.0.0.1", port: 8080, origins: [], proxies: [] }),
    retention: Retention.default(Retention.parse({})),
    influx: InfluxFile.optional(),
    files: Files.default(Files.parse({})).meta({
      description: "National text files: which of a mine's systems come as such stands in its own file",
    }),
    upper: z.array(UpperFile).max(8).default([]).meta({
      description: "Platforms of a city or province: the national text files are written for each",
    }),
    channels: z
      .array(ChannelFile)
      .max(64)
      .default([])
      .meta({ description: "How people and programs beyond the screens are told" }),
    publicUrl: z
      .url({ protocol: /^https?$/, error: "the console's address as people reach it" })
      .optional()
      .meta({ description: "The console as people reach it; stands in messages" }),
    canary: Duration.default(300_000).meta({
      description:
        "How often the gateway tests its whole line, from a reading of its own to every screen's answer",
    }),
    heartbeat: z
      .strictObject({
        url: z.url({ protocol: /^https?$/, error: "an http or https address" }),
        every: Duration.default(60_000),
      })
      .optional()
      .meta({
        description:
          "Asked for from time to time while every promise is kept: whoever watches it alarms when it stops",
      }),
    limits: Limits.default({}).meta({ description: "Of one mine, before its sockets are read more slowly" }),
  })
  .meta({ id: "gateway", title: "davylamp gateway.yaml" });

export type GatewayFile = z.output<typeof GatewayFile>;
