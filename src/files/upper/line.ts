import { createBackoff, untilDone } from "../../lib/backoff.ts";
import type { LogRecord } from "../../log/read-log.ts";
import type { Tape } from "../../log/tape.ts";
import type { JournalRecord } from "../../model/alarm.ts";
import type { EffectiveConfig } from "../../model/config.ts";
import type { Input } from "../../model/input.ts";
import type { Instant } from "../../model/time.ts";
import type { UpperPlatform } from "../../wire/config/upper-file.ts";
import { decodeInput } from "../../wire/input-codec.ts";
import { decodeEntry } from "../../wire/journal-codec.ts";
import type { UpperFault } from "./calls.ts";
import type { AlarmStep } from "./crew.ts";
import type { createDrafter } from "./drafts.ts";
import type { UpperFolder } from "./folder.ts";
import type { Gatherer } from "./gather.ts";
import type { Place, Plan } from "./place.ts";

export interface LinePorts {
  readonly platform: Pick<UpperPlatform, "every">;
  readonly spool: Tape;
  readonly journal: Tape;
  readonly gatherer: Gatherer;
  readonly drafter: ReturnType<typeof createDrafter>;
  readonly folder: UpperFolder;
  readonly place: Place;
  /** What a run before was putting in place when it ended; null = nothing. */
  readonly plan: Plan | null;
  save(place: Place): Promise<void>;
  savePlan(plan: Plan): Promise<void>;
  /** Resolves when more may be read. */
  more(): Promise<void>;
  wait(ms: number): Promise<void>;
  /** Null = files are put in place again. */
  away(detail: string | null): void;
  fault(code: Extract<UpperFault, "gap" | "io">, detail: string): void;
}

export interface Line {
  /** Resolves when it was closed. */
  run(): Promise<void>;
  close(): void;
  place(): Place;
  stats(): {
    /** Files put in place, and what no file has words for, since the start. */
    readonly written: number;
    readonly leftOut: number;
    /** The last record of the spool that is in the files, and the gateway's `now` of it. */
    readonly passed: { readonly spool: number; readonly until: Instant };
  };
}

/** Rows and people held at most; then a round ends before its time. */
const MOST_HELD = 50_000;
export const AWAY_MS = { first: 500, most: 30_000 };
/** A round without files moves the place only so often: nothing would be written twice for it. */
const IDLE_RECORDS = 1_000;

/**
 * Follows the logs round by round: what came until the clock's next multiple of `every` becomes files, then the place
 * moves on. The spool is the queue: while the folder takes nothing, nothing is read.
 */
export function createLine(ports: LinePorts): Line {
  const { spool, journal, gatherer, drafter, folder } = ports;
  const { every } = ports.platform;
  let place = ports.place;
  let { plan } = ports;
  let closed = false;
  /** The record that ended the round before: the first of the next. */
  let held: LogRecord | null = null;
  let heldEntry: LogRecord | null = null;
  let at = { spool: place.spool, journal: place.journal };
  /** The multiple of `every` at which the round ends; null = before its first record. */
  let end: Instant | null = null;
  let now = place.until;
  let written = 0;
  let leftOut = 0;
  /** Everything before is in the files, though perhaps not yet on disk that it is. */
  let passed = { spool: place.spool, until: place.until };

  async function run(): Promise<void> {
    while (!closed) {
      const record = held ?? (await next(spool));
      held = null;
      if (record === null) await ports.more();
      else await take(record);
    }
  }

  async function next(tape: Tape): Promise<LogRecord | null> {
    try {
      return await tape.next();
    } catch (error) {
      ports.fault("io", String(error));
      await ports.wait(AWAY_MS.first);
      return null;
    }
  }

  async function take(record: LogRecord): Promise<void> {
    if (plan !== null && record.seq > plan.spool) {
      held = record;
      return finish(plan.moment, plan.whole, plan.journal);
    }
    const decoded = decodeInput(record, noConfig);
    if (record.seq > at.spool + 1) gap(at.spool + 1, record.seq - 1);
    if (!decoded.ok) {
      ports.fault("io", decoded.why);
      at = { ...at, spool: record.seq };
      return;
    }
    const { input, verdicts } = decoded;
    if (plan === null && end !== null && endsRound(input, end)) {
      held = record;
      return finish(end, true, null);
    }
    end ??= Math.floor(input.now / every) * every + every;
    now = input.now;
    const quiet = record.seq <= place.begin;
    if (input.type === "packet") gatherer.take(input, verdicts, quiet);
    if (input.type === "clock") gatherer.rebase(input.now);
    at = { ...at, spool: record.seq };
    if (plan === null && gatherer.size() > MOST_HELD) await finish(end, false, null);
    if (plan !== null && record.seq === plan.spool) await finish(plan.moment, plan.whole, plan.journal);
  }

  /** Also when the clock was set back by more than a round. */
  const endsRound = (input: Input, until: Instant): boolean =>
    input.now >= until || input.now < until - 2 * every;

  function gap(from: number, to: number): void {
    // What was only to be known of before is no loss of the platform's.
    if (to > place.begin)
      ports.fault("gap", `spool records ${Math.max(from, place.begin + 1)} to ${to} are gone`);
  }

  async function finish(moment: Instant, whole: boolean, journalTo: number | null): Promise<void> {
    const alarms = await alarmsUntil(moment, journalTo);
    const round = { moment, whole, n: place.rounds, alarms };
    const draft =
      at.spool <= place.begin
        ? { files: [], tables: place.tables, leftOut: 0 }
        : drafter.draft(gatherer, round, place.tables);
    const { files, tables } = draft;
    if (files.length > 0) {
      const mine: Plan = { epoch: place.epoch, from: place.spool, ...at, moment, whole };
      await keep(async () => {
        await ports.savePlan(mine);
        await folder.look();
        for (const file of files) if ((await folder.put(file)) === "written") written++;
        await folder.sync();
      });
      if (closed) return;
    }
    leftOut += draft.leftOut;
    gatherer.clear(now);
    plan = null;
    if (whole) end = null;
    const isIdle =
      files.length === 0 && at.journal === place.journal && at.spool - place.spool < IDLE_RECORDS;
    if (isIdle) {
      passed = { spool: at.spool, until: now };
      return;
    }
    const reached = { ...place, ...at, rounds: place.rounds + 1, until: now, tables, ...gatherer.image() };
    await keep(() => ports.save(reached));
    if (closed) return;
    place = reached;
    passed = reached;
  }

  /** Each alarm once, as it stood last; those of the rounds before the platform was are passed by. */
  async function alarmsUntil(moment: Instant, to: number | null): Promise<readonly AlarmStep[]> {
    const found = new Map<string, AlarmStep>();
    while (!closed) {
      const record = heldEntry ?? (await next(journal));
      heldEntry = null;
      if (record === null && (to === null || at.journal >= to)) break;
      if (record === null) {
        await ports.more();
        continue;
      }
      const entry = entryOf(record);
      if (to === null ? entry !== null && entry.t >= moment : record.seq > to) {
        heldEntry = record;
        break;
      }
      at = { ...at, journal: record.seq };
      if (entry?.type !== "transition") continue;
      const { alarm, t, transition } = entry;
      if (drafter.tells(alarm, transition.what)) found.set(alarm.id, { alarm, t, what: transition.what });
    }
    return [...found.values()];
  }

  function entryOf(record: LogRecord): JournalRecord | null {
    try {
      return decodeEntry(record);
    } catch (error) {
      ports.fault("io", String(error));
      return null;
    }
  }

  const keep = (work: () => Promise<void>): Promise<void> =>
    untilDone(work, {
      backoff: createBackoff(AWAY_MS),
      stopped: () => closed,
      wait: ports.wait,
      told: (fault) =>
        ports.away(fault === null ? null : fault instanceof Error ? fault.message : String(fault)),
    });

  return {
    run,
    close() {
      closed = true;
    },
    place: () => place,
    stats: () => ({ written, leftOut: leftOut + gatherer.leftOut(), passed }),
  };
}

/** What is judged by is nothing to us: of a configuration only its moment counts. */
const noConfig = (): EffectiveConfig => ({}) as EffectiveConfig;
