import { createBackoff, untilDone } from "../lib/backoff.ts";
import type { InfluxCursor } from "./cursor-file.ts";
import { bytesOf, type LineBytes, lineOf, type Part } from "./line-bytes.ts";
import type { RefusedLine } from "./refused-file.ts";
import type { Answer } from "./server.ts";

/** Lines of whole records, in their order, and how far the logs are done with once they are written. */
export interface Lines {
  readonly lines: LineBytes;
  readonly to: Pick<InfluxCursor, "spool" | "journal" | "now">;
}

/** What keeps lines from being written. */
export type WriterTrouble =
  | { readonly kind: "away"; readonly detail: string }
  | { readonly kind: "held"; readonly detail: string }
  /** Our own disk takes neither the cursor nor what was refused. */
  | { readonly kind: "disk"; readonly detail: string };

export interface WriterPorts {
  /** About so many lines, fewer where there are no more; null = nothing waits. */
  next(lines: number): Promise<Lines | null>;
  /** Resolves when something may wait. */
  more(): Promise<void>;
  write(lines: Uint8Array): Promise<Answer>;
  refused(lines: readonly RefusedLine[]): Promise<void>;
  /** Lines up to here are written or put aside; not necessarily on disk at once. */
  reached(to: Lines["to"]): Promise<void>;
  /** Null = lines are written again. */
  trouble(trouble: WriterTrouble | null): void;
  /** The secret may be another one by now. */
  newSecret(): Promise<void>;
  wait(ms: number): Promise<void>;
  wall(): number;
  random?: () => number;
}

export interface Writer {
  /** Resolves when it was closed. */
  run(): Promise<void>;
  close(): void;
  stats(): { readonly written: number; readonly refused: number; readonly requests: number };
}

/** After trouble few lines are sent, then twice as many each time: who has just come back is not run over. */
const LEAST_LINES = 500;
const FIRST_LINES = 5_000;
/** One request costs the server as much as thousands of lines. */
const MOST_LINES = 20_000;
/** So long after a line was written a refusal is taken to be about the line. */
const PROVEN_MS = 10_000;
const HELD_MS = { first: 2_000, most: 60_000 };
const AWAY_MS = { first: 500, most: 30_000 };

const isOlder = (lines: LineBytes, { from, to }: Part, than: bigint): boolean => {
  for (let n = from; n < to; n++) if (timeOf(lineOf(lines, n)) > than) return false;
  return true;
};

const timeOf = (line: string): bigint => BigInt(line.slice(line.lastIndexOf(" ") + 1));

/** One request at a time, in the order of the logs; nothing is passed by that was not written or put aside. */
export function createWriter(ports: WriterPorts): Writer {
  const { random = Math.random } = ports;
  const backoff = {
    away: createBackoff({ ...AWAY_MS, random }),
    held: createBackoff({ ...HELD_MS, random }),
  };
  const stats = { written: 0, refused: 0, requests: 0 };
  let size = FIRST_LINES;
  let closed = false;
  let troubled = false;
  /** When a line was last written: the door is open then. */
  let writtenAt = Number.NEGATIVE_INFINITY;
  /** The newest line of the batch that was refused as older than what the database keeps. */
  let tooOld: { readonly time: bigint; readonly answer: Extract<Answer, { kind: "refused" }> } | null = null;

  async function run(): Promise<void> {
    let ahead = ports.next(size);
    while (!closed) {
      const batch = await ahead;
      if (batch === null) await ports.more();
      // The next lines are made while these are on their way.
      ahead = ports.next(size);
      if (batch !== null && (await deliver(batch.lines))) await keep(() => ports.reached(batch.to));
    }
  }

  /** False = closed before all was delivered. */
  async function deliver(lines: LineBytes): Promise<boolean> {
    const whole = { from: 0, to: lines.n };
    const left = lines.n === 0 ? [] : lines.n > 2 * size ? pieces(whole) : [whole];
    tooOld = null;
    for (let part = left.pop(); part !== undefined; part = left.pop()) {
      if (closed) return false;
      const answer = await sent(lines, part);
      if (closed) return false;
      switch (answer.kind) {
        case "written":
          stats.written += part.to - part.from;
          well();
          break;
        case "refused":
          await refused(lines, part, answer, left);
          break;
        case "away":
          size = LEAST_LINES;
          left.push(...pieces(part));
          await pause("away", answer.reason, answer.retryAfter);
          break;
        case "held":
          left.push(part);
          await pause("held", answer.reason, null);
          await ports.newSecret().catch(() => {});
          break;
      }
    }
    return true;
  }

  /** An answer for one line is not asked for where it is known. */
  async function sent(lines: LineBytes, part: Part): Promise<Answer> {
    if (tooOld !== null && isOlder(lines, part, tooOld.time)) return tooOld.answer;
    stats.requests++;
    const answer = await ports.write(bytesOf(lines, part));
    if (answer.kind !== "refused" || part.to - part.from > 1 || ports.wall() - writtenAt < PROVEN_MS)
      return answer;
    // Is it the line, or would any be refused?
    stats.requests++;
    const probe = await ports.write(Buffer.from(`davylamp probe=true ${ports.wall()}000000`));
    if (probe.kind === "refused") return { ...probe, kind: "held", reason: `any line: ${probe.reason}` };
    if (probe.kind === "written") writtenAt = ports.wall();
    return probe.kind === "written" ? answer : probe;
  }

  /**
   * Whatever a version says of a batch, of one line it can say only one thing. The second half goes first: lines too
   * old for the database are then known by the newest of them, without a question for each.
   */
  async function refused(
    lines: LineBytes,
    part: Part,
    answer: Extract<Answer, { kind: "refused" }>,
    left: Part[],
  ): Promise<void> {
    const { from, to } = part;
    const half = (from + to) >> 1;
    const known = answer === tooOld?.answer;
    if (half > from && !known) {
      left.push({ from, to: half }, { from: half, to });
      return;
    }
    const { status, reason } = answer;
    if (!known && /retention/i.test(reason)) tooOld = { time: timeOf(lineOf(lines, from)), answer };
    const at = new Date(ports.wall()).toISOString();
    const put = Array.from({ length: to - from }, (_, i) => ({
      at,
      status,
      reason,
      line: lineOf(lines, from + i),
    }));
    stats.refused += put.length;
    await keep(() => ports.refused(put));
  }

  /** Of the size that is sent now, the first of them last on the pile. */
  function pieces({ from, to }: Part): Part[] {
    const found: Part[] = [];
    for (let at = from; at < to; at += size) found.unshift({ from: at, to: Math.min(to, at + size) });
    return found;
  }

  function well(): void {
    writtenAt = ports.wall();
    size = Math.min(MOST_LINES, size * 2);
    backoff.away.reset();
    backoff.held.reset();
    if (troubled) ports.trouble(null);
    troubled = false;
  }

  async function pause(kind: "away" | "held", detail: string, retryAfter: number | null): Promise<void> {
    troubled = true;
    ports.trouble({ kind, detail });
    const own = backoff[kind].wait();
    // What was asked for, and a little more, or all come back in the same second.
    await ports.wait(retryAfter === null ? own : retryAfter * (1 + 0.2 * random()));
  }

  /** Tried until our own disk takes it. */
  const keep = (work: () => Promise<void>): Promise<void> =>
    untilDone(work, {
      backoff: createBackoff({ ...AWAY_MS, random }),
      stopped: () => closed,
      wait: ports.wait,
      told: (fault) => ports.trouble(fault === null ? null : { kind: "disk", detail: String(fault) }),
    });

  return {
    run,
    close() {
      closed = true;
    },
    stats: () => stats,
  };
}
