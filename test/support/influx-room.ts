import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { type Influx, type InfluxFault, openInflux } from "../../src/influx/influx.ts";
import type { RealInflux } from "./influx-real.ts";
import { EPOCH } from "./store-logs.ts";

/** The room on the logs of a directory and a database. */
export async function aRoom(
  dir: string,
  to: Pick<RealInflux, "url" | "org" | "bucket" | "database" | "retentionPolicy" | "token">,
  more: { secret?: () => string | null; epoch?: string; timeout?: number } = {},
): Promise<Influx & { readonly faults: [InfluxFault, string][] }> {
  const { url, org, bucket, database, retentionPolicy } = to;
  const faults: [InfluxFault, string][] = [];
  const influx = await openInflux({
    server: { url, org, bucket, database, retentionPolicy, timeout: more.timeout ?? 60_000 },
    epoch: more.epoch ?? EPOCH,
    spoolDir: join(dir, "spool"),
    journalDir: join(dir, "journal"),
    cursorPath: join(dir, "influx.cursor"),
    refusedDir: join(dir, "influx-refused"),
    secret: more.secret ?? (() => to.token),
    onFault: (code, detail) => void faults.push([code, detail]),
  });
  return { ...influx, faults };
}

/** Until the cursor on disk is there. */
export async function saved(influx: Influx, spool: number, journal = 0): Promise<void> {
  for (;;) {
    const at = influx.state()?.saved;
    if (at !== undefined && at.spool >= spool && at.journal >= journal) return;
    await wait(20);
  }
}
