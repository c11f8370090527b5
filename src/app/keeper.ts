import type { Engine } from "../core/engine.ts";
import type { Logger } from "../lib/logger.ts";
import type { Now } from "../lib/now.ts";
import type { SegmentLog } from "../log/segment-log.ts";
import type { Snapshots } from "../log/snapshot.ts";

export interface Retention {
  /** Milliseconds a spool segment is kept at least. */
  readonly spool: number;
  readonly spoolBytes: number;
  readonly quarantineBytes: number;
}

/** A snapshot after so much time or so much of the spool, looked for so often. */
interface Pace {
  readonly ms: number;
  readonly bytes: number;
  readonly look: number;
}

const PACE: Pace = { ms: 5 * 60_000, bytes: 64 * 1024 * 1024, look: 15_000 };
const QUARANTINE_MS = 365 * 24 * 3_600_000;

/**
 * Keeps restarts short and disks from filling: a world snapshot every 5 minutes or 64 MiB of spool and at a
 * clean stop, and spool segments dropped when nobody needs them any more (architecture §3 rules 6 and 8).
 */
export function createKeeper(options: {
  readonly engine: Engine;
  readonly spool: SegmentLog;
  readonly journal: SegmentLog;
  readonly quarantine: SegmentLog;
  readonly snapshots: Snapshots;
  readonly now: Now;
  readonly configHash: () => string;
  readonly retention: Retention;
  /** The last spool record that the series no longer need, wherever they are kept. */
  readonly seriesAt: () => Promise<number>;
  /** Records that something still needs are about to go; resolves when that is on disk. */
  readonly onGap: (from: number, to: number) => Promise<unknown>;
  readonly log: Pick<Logger, "error">;
  readonly pace?: Pace;
}) {
  const { engine, spool, journal, quarantine, snapshots, now, pace = PACE } = options;
  let timer: NodeJS.Timeout | null = null;
  let lastAt = now.now();
  let lastBytes = spool.bytes;
  let busy: Promise<void> = Promise.resolve();

  /** The image is taken in one turn of the loop; it is written once both logs hold what it has seen. */
  async function snapshot(): Promise<void> {
    const header = {
      spoolSeq: spool.head,
      journalSeq: journal.head,
      configHash: options.configHash(),
      now: now.now(),
    };
    const image = engine.image();
    lastAt = header.now;
    lastBytes = spool.bytes;
    await Promise.all([spool.sync(), journal.sync()]);
    await snapshots.write(header, image);
  }

  async function retain(): Promise<void> {
    const secondNewest = (await snapshots.list()).at(-2)?.spoolSeq ?? 0;
    const needed = Math.min(secondNewest, await options.seriesAt()) + 1;
    const { spool: spoolMs, spoolBytes, quarantineBytes } = options.retention;
    const { dropped } = await spool.retain({
      keepFrom: needed,
      olderThanMs: spoolMs,
      maxBytes: spoolBytes,
      // Said before it is done: who dies between says it twice rather than never.
      dropping: async ({ from, to }) => {
        if (to >= needed) await options.onGap(from, to);
      },
    });
    // What went is no room for what comes: else each segment dropped would put the next snapshot off.
    for (const { bytes } of dropped) lastBytes -= bytes;
    await quarantine.retain({
      keepFrom: quarantine.head + 1,
      olderThanMs: QUARANTINE_MS,
      maxBytes: quarantineBytes,
    });
    await snapshots.retain(spool.first);
  }

  function look(): void {
    const due = now.now() - lastAt >= pace.ms || spool.bytes - lastBytes >= pace.bytes;
    if (!due) return;
    busy = busy
      .then(snapshot)
      .then(retain)
      .catch((error: unknown) =>
        options.log.error({ error: String(error) }, "snapshot or retention failed; tried again later"),
      );
  }

  return {
    start(): void {
      timer = setInterval(look, pace.look);
    },
    /** The last snapshot, so that the next start has nothing to replay. */
    async stop(): Promise<void> {
      if (timer !== null) clearInterval(timer);
      await busy;
      await snapshot();
      await snapshots.close();
    },
  };
}
