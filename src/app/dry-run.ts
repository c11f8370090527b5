import { Refusal } from "../lib/refusal.ts";
import type { Instant } from "../model/time.ts";
import { MINUTE } from "../model/time.ts";
import { createDeck, type Deck, type OtherConfig } from "./replay/deck.ts";
import { type Change, compare, createSide } from "./replay/difference.ts";
import { openTape, type Tape } from "./replay/tape.ts";

type Counts = Readonly<Record<Change["what"], number>>;

/** What other rules would have told of the last hour. */
export interface DryRun {
  /** How much was played before the time was up, and whether that was all. */
  readonly minutes: number;
  readonly whole: boolean;
  readonly inputs: number;
  readonly counts: Counts;
  readonly byRule: readonly ({ readonly rule: string } & Counts)[];
}

export type DryRunResult =
  | ({ readonly ok: true } & DryRun)
  /** `rules`: the new ones cannot be run at all; `inputs`: the hour cannot be read, which is not their fault. */
  | { readonly ok: false; readonly of: "rules" | "inputs"; readonly why: string };

const HOUR = 60 * MINUTE;
const MOST_RULES = 40;

/**
 * Plays the stored inputs of the last hour to two engines, one under the rules in force and one under the new
 * ones. Meant for a worker: it gives way to nobody, and ends after `budgetMs` with what it has.
 */
export async function dryRun(options: {
  readonly data: string;
  readonly now: Instant;
  readonly inForce: OtherConfig;
  readonly next: OtherConfig;
  readonly budgetMs: number;
  /** A clock that only runs forward. */
  readonly mono: () => number;
}): Promise<DryRunResult> {
  const from = options.now - HOUR;
  let tape: Tape;
  try {
    tape = await openTape(options.data, from, options.now);
  } catch (error) {
    return { ok: false, of: "inputs", why: wordsOf(error) };
  }
  const before = begun(tape, options.inForce);
  if (typeof before === "string") return { ok: false, of: "inputs", why: before };
  const after = begun(tape, options.next);
  if (typeof after === "string") return { ok: false, of: "rules", why: after };
  return played(tape, { before, after }, { ...options, from });
}

function begun(tape: Tape, config: OtherConfig): Deck | string {
  try {
    return createDeck(tape, config);
  } catch (error) {
    return wordsOf(error);
  }
}

async function played(
  tape: Tape,
  decks: { readonly before: Deck; readonly after: Deck },
  time: {
    readonly from: Instant;
    readonly now: Instant;
    readonly budgetMs: number;
    readonly mono: () => number;
  },
): Promise<DryRunResult> {
  const since = Math.max(tape.before?.now ?? 0, time.from - 1);
  const sides = { before: createSide(since), after: createSide(since) };
  const end = time.mono() + time.budgetMs;
  let [inputs, at, first] = [0, time.from, Number.POSITIVE_INFINITY];
  let whole = true;
  try {
    for await (const batch of tape.inputs()) {
      for (const input of batch) {
        for (const entry of decks.before.play(input)) sides.before.note(entry);
        const told = heard(decks.after, input);
        if (typeof told === "string") return { ok: false, of: "rules", why: told };
        for (const entry of told) sides.after.note(entry);
        first = Math.min(first, input.now);
        at = input.now;
        inputs++;
      }
      whole = time.mono() < end;
      if (!whole) break;
    }
  } catch (error) {
    return { ok: false, of: "inputs", why: wordsOf(error) };
  }
  const minutes = Math.max(0, Math.round((at - Math.max(time.from, first)) / MINUTE));
  const { changes } = compare(sides.before, sides.after);
  return { ok: true, minutes, whole, inputs, counts: counted(changes), byRule: byRule(changes) };
}

function heard(deck: Deck, input: Parameters<Deck["play"]>[0]) {
  try {
    return deck.play(input);
  } catch (error) {
    return wordsOf(error);
  }
}

function counted(changes: readonly Change[]): Counts {
  const counts = { added: 0, lost: 0, earlier: 0, later: 0, higher: 0, lower: 0 };
  for (const { what } of changes) counts[what]++;
  return counts;
}

function byRule(changes: readonly Change[]): DryRun["byRule"] {
  const rules = new Map<string, Change[]>();
  for (const change of changes) rules.set(change.one.rule, [...(rules.get(change.one.rule) ?? []), change]);
  return [...rules]
    .sort((a, b) => b[1].length - a[1].length || (a[0] < b[0] ? -1 : 1))
    .slice(0, MOST_RULES)
    .map(([rule, own]) => ({ rule, ...counted(own) }));
}

const wordsOf = (error: unknown): string =>
  error instanceof Refusal
    ? error.message
    : error instanceof Error
      ? (error.stack ?? error.message)
      : String(error);

/** One line for the log, the notice and the screen. */
export function dryRunWords(result: DryRunResult): string {
  if (!result.ok) return `no dry run: ${result.why.split("\n")[0]}`;
  const { minutes, inputs, whole, counts } = result;
  const span = `dry run on ${whole ? "" : "the first "}${minutes} min of the last hour (${inputs} inputs)`;
  const words = (of: Counts) =>
    Object.entries(of)
      .filter(([, n]) => n > 0)
      .map(([what, n]) => `${n} ${what}`)
      .join(", ");
  const rules = result.byRule.map(({ rule, ...of }) => `${rule} ${words(of)}`);
  return rules.length === 0 ? `${span}: no difference` : `${span}: ${words(counts)} (${rules.join("; ")})`;
}
