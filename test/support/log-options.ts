import type { Disk } from "../../src/log/disk.ts";
import type { LogOptions, SegmentLog } from "../../src/log/segment-log.ts";

/** The options of a log in tests: small segments, no waiting between tries, troubles gathered. */
export function logOptions(
  disk: Disk,
  own: Partial<LogOptions> = {},
): LogOptions & { troubles: string[]; time: { now: number } } {
  const troubles: string[] = [];
  const time = { now: 1_700_000_000_000 };
  return {
    dir: "/data/log",
    kind: 1,
    extension: "spl",
    disk,
    clock: { wall: () => time.now, mono: () => time.now },
    epoch: "8f14e45f-ceea-467f-a0e6-8f14e45fceea",
    chained: false,
    segmentBytes: 4096,
    onTrouble: (code) => troubles.push(code),
    after: (ms, run) => {
      if (ms !== 500) setImmediate(run);
      return () => {};
    },
    ...own,
    troubles,
    time,
  };
}

export async function bodiesOf(
  source: AsyncIterable<readonly { seq: number; body: Buffer }[]>,
  from = 1,
): Promise<string[]> {
  const bodies: string[] = [];
  for await (const records of source)
    for (const { seq, body } of records) {
      if (seq !== from + bodies.length)
        throw new Error(`record ${seq} where ${from + bodies.length} was due`);
      bodies.push(body.toString("latin1"));
    }
  return bodies;
}

/** Appends these as one batch. */
export async function appendBatch(log: SegmentLog, bodies: readonly (string | Buffer)[]): Promise<void> {
  for (const body of bodies) log.append(1, Buffer.from(body as string, "latin1"));
  await log.sync();
}
