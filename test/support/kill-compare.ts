import { join } from "node:path";
import { createConfigStore } from "../../src/app/config-store.ts";
import { alarmHash } from "../../src/app/hash.ts";
import { createEngine } from "../../src/core/engine.ts";
import { recover } from "../../src/core/recover.ts";
import { nodeDisk } from "../../src/log/disk.ts";
import { type LogRecord, readLog, verifyLog } from "../../src/log/segment-log.ts";
import type { JournalRecord } from "../../src/model/alarm.ts";
import type { Input } from "../../src/model/input.ts";
import { MINUTE } from "../../src/model/time.ts";
import { decodeInput, INPUT_TYPES } from "../../src/wire/input-codec.ts";
import { decodeEntry } from "../../src/wire/journal-codec.ts";
import { oracleFaults } from "./kill-oracle.ts";
import type { Message } from "./mine-client.ts";

/** Classes that depend on when a connection was there, so that two runs may differ in them. */
const BY_LINK = new Set(["link", "gateway"]);
/** What is older when it arrives may be judged as history (contract §3), and this by one of two runs only. */
const LATE_MS = 2 * MINUTE;
/** Judged when a table or a record arrives, which each gateway dates by its own clock: the step counts, not its time. */
const BY_ARRIVAL = new Set(["mine-system"]);

export interface Comparison {
  readonly acknowledged: number;
  readonly transitions: number;
  readonly compared: number;
  /** Milliseconds between the oldest sample's time and its judgement. */
  readonly oldest: number;
  readonly faults: readonly string[];
}

/** Reads both data directories back and holds them against P1 and P2. */
export async function compareRuns(
  data: { readonly calm: string; readonly killed: string },
  acknowledged: readonly Message[],
): Promise<Comparison> {
  const faults: string[] = [];
  for (const [log, extension, chained] of [
    ["journal", "jnl", true],
    ["spool", "spl", false],
  ] as const) {
    const result = await verifyLog({ dir: join(data.killed, log), extension, disk: nodeDisk, chained });
    if (!result.ok)
      faults.push(`${log} of the killed run: ${result.file} at ${result.offset}: ${result.why}`);
  }
  const killed = await readRun(data.killed);
  const calm = await readRun(data.calm);
  lost(acknowledged, killed.messages, faults);
  twice(killed.journal, faults);
  const oldest = Math.max(...[calm, killed].map(({ inputs }) => oldestOf(inputs)));
  if (oldest > LATE_MS)
    faults.push(`the load was ${oldest} ms old: late by the rules, no two runs are alike`);
  const compared = sameSteps(calm.journal, killed.journal, faults);
  await replays(data.killed, killed, faults);
  faults.push(...oracleFaults(killed.inputs, killed.journal));
  const transitions = killed.journal.filter(({ type }) => type === "transition").length;
  return { acknowledged: acknowledged.length, transitions, compared, oldest, faults: faults.slice(0, 50) };
}

/** P1: what was acknowledged is in the spool, byte for byte. */
function lost(acknowledged: readonly Message[], kept: ReadonlySet<string>, faults: string[]): void {
  for (const { topic, payload } of acknowledged) {
    if (!kept.has(`${topic} ${payload}`)) faults.push(`acknowledged and lost: ${topic} ${payload}`);
  }
}

/** P1: every transition once, numbered without a hole. */
function twice(journal: readonly JournalRecord[], faults: string[]): void {
  const seen = new Set<string>();
  const last = new Map<string, number>();
  for (const [i, record] of journal.entries()) {
    if (record.seq !== i + 1) faults.push(`journal record ${i + 1} has seq ${record.seq}`);
    if (record.type !== "transition") continue;
    const { alarm, transition } = record;
    const key = `${alarm.id}#${transition.n}`;
    if (seen.has(key)) faults.push(`transition twice: ${key}`);
    seen.add(key);
    if (transition.n !== (last.get(alarm.id) ?? 0) + 1)
      faults.push(`alarm ${alarm.id}: step ${transition.n} after ${last.get(alarm.id) ?? 0}`);
    last.set(alarm.id, transition.n);
  }
}

function oldestOf(inputs: readonly Input[]): number {
  let oldest = 0;
  for (const input of inputs) {
    if (input.type === "packet" && input.body.kind === "readings")
      oldest = Math.max(oldest, input.now - input.body.ts);
  }
  return oldest;
}

/** P2: for each mine the same ordered list for rules that judge values and states. */
function sameSteps(
  calm: readonly JournalRecord[],
  killed: readonly JournalRecord[],
  faults: string[],
): number {
  const [want, have] = [steps(calm), steps(killed)];
  let compared = 0;
  for (const mine of new Set([...want.keys(), ...have.keys()])) {
    const [a, b] = [want.get(mine) ?? [], have.get(mine) ?? []];
    compared += a.length;
    for (let i = 0; i < Math.max(a.length, b.length); i++) {
      if (a[i] === b[i]) continue;
      faults.push(`mine ${mine}, step ${i}: unkilled ${near(a, i)} | killed ${near(b, i)}`);
      break;
    }
  }
  return compared;
}

/** A step that is missing looks like one that is late, until those after it are seen. */
const near = (list: readonly string[], at: number): string =>
  list.length <= at ? "nothing" : list.slice(at, at + 3).join(", then ");

function steps(journal: readonly JournalRecord[]): Map<string, string[]> {
  const lists = new Map<string, string[]>();
  for (const record of journal) {
    if (record.type !== "transition" || BY_LINK.has(record.alarm.class)) continue;
    const { alarm, transition } = record;
    // A screen was told of a missing sample by the clock, not by a value.
    if (alarm.rule.startsWith("SEN-08")) continue;
    // Who is called when goes by the gateway's clock, as does the canary.
    if (transition.what === "escalate" || alarm.class === "test") continue;
    const list = lists.get(alarm.mine) ?? [];
    const sampled = transition.what === "return" ? alarm.returnedAt : alarm.raisedAt;
    // An alarm's id is made of its time too, so one dated on arrival is known by what it is about.
    const [id, at] = BY_ARRIVAL.has(alarm.class) ? [alarm.subject.id, "on arrival"] : [alarm.id, sampled];
    list.push(
      `${id} ${alarm.rule} ${transition.from}>${transition.to} ${transition.what} ${alarm.value} ${at}`,
    );
    lists.set(alarm.mine, list);
  }
  return lists;
}

/** P2: the killed run's own spool, through a fresh engine from the first record, gives its journal. */
async function replays(dir: string, run: Run, faults: string[]): Promise<void> {
  const engine = createEngine({ hash: alarmHash });
  const { missing, differences } = await recover(engine, once(run.inputs), once(run.journal));
  for (const { seq, journal, spool } of differences)
    faults.push(`journal ${seq} of ${dir}: wrote ${journal}, replay gives ${spool}`);
  for (const entry of missing) faults.push(`replay gives one more: ${JSON.stringify(entry).slice(0, 200)}`);
}

async function* once<T>(items: readonly T[]): AsyncGenerator<readonly T[]> {
  yield items;
}

interface Run {
  readonly inputs: readonly Input[];
  readonly messages: ReadonlySet<string>;
  readonly journal: readonly JournalRecord[];
}

async function readRun(dir: string): Promise<Run> {
  const config = await createConfigStore(join(dir, "config"), nodeDisk).load();
  const inputs: Input[] = [];
  const messages = new Set<string>();
  for (const record of await readAll(join(dir, "spool"), "spl")) {
    const decoded = decodeInput(record, config);
    if (!decoded.ok) throw new Error(decoded.why);
    inputs.push(decoded.input);
    if (record.type === INPUT_TYPES.packet)
      messages.add(`${decoded.topic} ${Buffer.from(decoded.payload ?? []).toString()}`);
  }
  return { inputs, messages, journal: (await readAll(join(dir, "journal"), "jnl")).map(decodeEntry) };
}

async function readAll(dir: string, extension: "spl" | "jnl"): Promise<LogRecord[]> {
  const all: LogRecord[] = [];
  for await (const batch of readLog({ dir, extension, disk: nodeDisk }, 1)) all.push(...batch);
  return all;
}
