import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { z } from "zod";
import type { Logger } from "../lib/logger.ts";
import { replaceFile } from "../lib/replace-file.ts";
import { type Instant, SECOND } from "../model/time.ts";
import type { Refusal } from "../mqtt/ports.ts";

const FILE = "refused-connections.json";
const MOST = 500;
/** Between two writes: a peer that tries ten times a second must not keep the disk busy. */
const PAUSE = SECOND;

const Kept = z.object({
  from: z.number(),
  refused: z.array(
    z.object({
      at: z.number(),
      address: z.string(),
      clientId: z.string(),
      claimed: z.string(),
      reason: z.string(),
    }),
  ),
});

/**
 * The last refused connections (contract §3), kept beside the logs: whoever signs a mine's record asks about hours in
 * which the gateway may have been started anew. The first one is written at once, others at most a second later.
 */
export async function openRefusedConnections({
  data,
  now,
  log,
}: {
  readonly data: string;
  readonly now: Instant;
  readonly log: Logger;
}) {
  const path = join(data, FILE);
  const kept = await read(path);
  const refused: Refusal[] = kept?.refused ?? [];
  /** None is missing since then. */
  let from = kept?.from ?? now;
  let unsaved = false;
  let saving: Promise<void> | null = null;
  const end = new AbortController();

  function save(): void {
    unsaved = true;
    saving ??= saveAll();
  }

  async function saveAll(): Promise<void> {
    while (unsaved) {
      unsaved = false;
      try {
        await replaceFile(path, JSON.stringify({ from, refused }), { mode: 0o600 });
      } catch (error) {
        log.warn(
          { error: String(error) },
          "refused connections are not on disk: a restart would forget them",
        );
      }
      await wait(PAUSE, undefined, { signal: end.signal, ref: false }).catch(() => {});
    }
    saving = null;
  }

  if (kept === null) save();
  return {
    add(refusal: Refusal): void {
      refused.push(refusal);
      if (refused.length > MOST) from = (refused.shift() as Refusal).at;
      save();
    },
    all: (): readonly Refusal[] => refused,
    from: (): Instant => from,
    async close(): Promise<void> {
      end.abort();
      await saving;
    },
  };
}

export type RefusedConnections = Awaited<ReturnType<typeof openRefusedConnections>>;

/** Null = there is none, or it cannot be used: what it held is not known. */
async function read(path: string): Promise<z.infer<typeof Kept> | null> {
  try {
    return Kept.parse(JSON.parse(await readFile(path, "utf8")));
  } catch {
    return null;
  }
}
