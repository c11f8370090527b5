import { z } from "zod";
import { isLoopback } from "../loopback.ts";
import type { Loaded } from "./build.ts";
import { Duration } from "./units-of-time.ts";
import type { Fault } from "./yaml-source.ts";

/** `influx` of `gateway.yaml`: where the series and alarms are written too, and asked for. */
export const InfluxFile = z
  .strictObject({
    url: z.url({ protocol: /^https?$/, error: "an http or https address" }),
    bucket: z
      .string()
      .min(1)
      .meta({ description: "The bucket of 2.x, the database of 3.x, `database/retention policy` of 1.8" }),
    org: z.string().min(1).default("-").meta({ description: "The organisation of 2.x" }),
    database: z.string().min(1).optional().meta({
      description: "The name for InfluxQL, where it is not that of the bucket (DBRP mapping of 2.x)",
    }),
    retentionPolicy: z.string().min(1).optional(),
    token: z
      .string()
      .regex(/^\$\{(env:[A-Za-z_][A-Za-z0-9_]*|file:[^}]+)\}$/, { error: "a reference to a secret" })
      .optional()
      .meta({
        description: "Read again whenever the database refuses it; of 1.8: user:password",
      }),
    timeout: Duration.default(30_000).meta({ description: "No answer within this is none" }),
    insecure: z
      .strictObject({ reason: z.string().min(1), approvedBy: z.string().min(1) })
      .optional()
      .meta({ description: "An exception that lets http leave this machine" }),
  })
  .meta({ description: "Without it the embedded store answers alone" });

/** Measurements that are no system. */
const TAKEN = ["alarm", "gap", "people", "stats", "davylamp"];

export function influxFaults({ gateway: { source, value } }: Loaded): Fault[] {
  const { influx, systems } = value;
  if (influx === undefined) return [];
  const { protocol, hostname } = new URL(influx.url);
  const here = isLoopback(hostname);
  const taken = systems.findIndex((system) => TAKEN.includes(system));
  return [
    ...(protocol === "http:" && !here && influx.insecure === undefined
      ? [source.at(["influx", "url"], "http beyond this machine shows the token on its way", "https")]
      : []),
    ...(taken < 0
      ? []
      : [source.at(["systems", taken], `${systems[taken]} is a measurement of its own in InfluxDB`)]),
  ];
}

/** The database as the writer and InfluxQL know it, and the reference to its secret. */
export function influxServer(influx: z.output<typeof InfluxFile>): {
  readonly server: {
    readonly url: string;
    readonly org: string;
    readonly bucket: string;
    readonly database: string;
    readonly retentionPolicy: string | null;
    readonly timeout: number;
  };
  readonly secret: string | null;
} {
  const { url, org, bucket, timeout, token } = influx;
  const [first = "", policy = null] = bucket.split("/");
  const database = influx.database ?? first;
  const retentionPolicy = influx.retentionPolicy ?? policy;
  return {
    server: { url, org, bucket, database, retentionPolicy, timeout },
    secret: token?.slice(2, -1) ?? null,
  };
}
