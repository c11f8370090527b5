import { setTimeout as timer } from "node:timers/promises";
import { createLineWriter } from "../../src/influx/line-bytes.ts";
import type { RefusedLine } from "../../src/influx/refused-file.ts";
import { createServer } from "../../src/influx/server.ts";
import { createWriter, type Lines, type WriterTrouble } from "../../src/influx/writer.ts";

/** The writer on a server, with batches of a test in place of the logs, and time that a test can count. */
export function aWriter(options: {
  readonly url: string;
  readonly batches: readonly (readonly string[])[];
  readonly bucket?: string;
  readonly org?: string;
  readonly token?: string | null;
  readonly timeout?: number;
  /** Asked for when the database doubts who we are. */
  readonly secret?: () => string | null;
  readonly waits?: (ms: number) => void;
}) {
  const { url, batches, bucket = "mines", org = "-", timeout = 30_000 } = options;
  const server = createServer({ url, org, bucket, database: bucket, retentionPolicy: null, timeout });
  server.token(options.token ?? null);
  const refused: RefusedLine[] = [];
  const troubles: (WriterTrouble | null)[] = [];
  const reached: Lines["to"][] = [];
  let next = 0;
  const writer = createWriter({
    async next() {
      const lines = batches[next];
      if (lines === undefined) return null;
      next++;
      const made = createLineWriter();
      for (const line of lines) made.text(line);
      return { lines: made, to: { spool: next, journal: 0, now: next } };
    },
    async more() {
      writer.close();
    },
    write: server.write,
    async refused(lines) {
      refused.push(...lines);
    },
    async reached(to) {
      reached.push(to);
    },
    trouble: (trouble) => void troubles.push(trouble),
    async newSecret() {
      server.token(options.secret?.() ?? null);
    },
    async wait(ms) {
      options.waits?.(ms);
      await timer(Math.min(ms, 5));
    },
    wall: Date.now,
    random: () => 0.5,
  });
  return {
    refused,
    troubles,
    reached,
    stats: writer.stats,
    async run() {
      await writer.run();
      server.close();
    },
  };
}
