import { existsSync } from "node:fs";
import { sha256 } from "../app/hash.ts";
import { createDeck, type OtherConfig, type TransitionEntry } from "../app/replay/deck.ts";
import { type Change, type Compared, compare, createSide } from "../app/replay/difference.ts";
import { openTape, type Tape } from "../app/replay/tape.ts";
import { EXIT, Refusal } from "../lib/refusal.ts";
import type { Input } from "../model/input.ts";
import type { Instant } from "../model/time.ts";
import { alarmJson, transitionJson } from "../wire/alarm.ts";
import { loadConfig } from "../wire/config/load.ts";
import { iso } from "../wire/time.ts";
import { faultLine, secretOf } from "./check.ts";
import { readRuleFiles } from "./config-files.ts";
import { moment } from "./moment.ts";
import { comparedLines, countsOf, length, transitionLine } from "./replay/words.ts";

export interface ReplayOptions {
  readonly data: string;
  readonly from?: string;
  readonly to?: string;
  /** Another configuration than the recorded one. */
  readonly config?: string;
  /** The same, or a folder of rule packs: the rest is then that of `./config`. */
  readonly rules?: string;
  /** A directory, or true: the recorded rules against those of `config`. */
  readonly diff?: string | boolean;
  readonly json: boolean;
}

/**
 * `davylamp replay`: the stored inputs once more through the same core. Prints every transition, or with
 * `--diff` how other rules differ: alarms added, lost, earlier, later. It writes nothing, and may run beside a
 * gateway on the same data.
 */
export async function replay(
  options: ReplayOptions,
  print: (line: string) => void,
  now: Instant = Date.now(),
): Promise<number> {
  if (!existsSync(options.data))
    throw new Refusal(EXIT.usage, `there is no data directory ${options.data}; name it with --data`);
  const range = { from: moment("--from", options.from), to: moment("--to", options.to) };
  const named = options.config ?? options.rules ?? null;
  const [first, second] = sidesOf(options.diff, named);
  const [one, other] = [await otherConfig(first ?? null, now), await otherConfig(second ?? null, now)];
  const tape = await openTape(options.data, range.from, range.to);
  const run = { tape, range, one, json: options.json, print };
  return second === undefined ? tell(run) : differ({ ...run, other });
}

/** Which configuration each side is judged by: a directory, or null for the recorded one; one side or two. */
function sidesOf(diff: string | boolean | undefined, named: string | null): readonly (string | null)[] {
  if (diff === undefined || diff === false) return [named];
  if (typeof diff === "string") return [named, diff];
  if (named === null)
    throw new Refusal(EXIT.usage, "--diff needs the other rules: --diff DIR, or --rules DIR");
  return [null, named];
}

async function otherConfig(dir: string | null, now: Instant): Promise<OtherConfig | null> {
  if (dir === null) return null;
  const loaded = loadConfig(await readRuleFiles(dir, "./config"), secretOf, now);
  if (loaded.ok) return { config: loaded.config, hash: sha256(loaded.canonical) };
  const faults = loaded.faults.map((fault) => faultLine(dir, fault));
  throw new Refusal(EXIT.refused, `the configuration is refused\n${faults.join("\n")}`);
}

interface Run {
  readonly tape: Tape;
  readonly range: { readonly from: Instant | null; readonly to: Instant | null };
  readonly one: OtherConfig | null;
  readonly json: boolean;
  readonly print: (line: string) => void;
}

async function tell({ tape, range, one, json, print }: Run): Promise<number> {
  const deck = createDeck(tape, one);
  let told = 0;
  const pace = await roll(tape, range.from, (input) => {
    for (const entry of deck.play(input)) {
      if (range.from !== null && entry.t < range.from) continue;
      told++;
      print(json ? JSON.stringify(jsonOf(entry)) : transitionLine(entry));
    }
  });
  if (json) print(JSON.stringify({ type: "summary", transitions: told, ...pace.json }));
  else print(`${told} transitions; ${pace.words}`);
  return EXIT.well;
}

async function differ(run: Run & { readonly other: OtherConfig | null }): Promise<number> {
  const { tape, range, json, print } = run;
  const after = Math.max(
    tape.before?.now ?? Number.NEGATIVE_INFINITY,
    (range.from ?? Number.NEGATIVE_INFINITY) - 1,
  );
  const sides = [run.one, run.other].map((config) => ({
    deck: createDeck(tape, config),
    side: createSide(after),
  }));
  const pace = await roll(tape, range.from, (input) => {
    for (const { deck, side } of sides) for (const entry of deck.play(input)) side.note(entry);
  });
  const [first, second] = sides.map(({ side }) => side);
  if (first === undefined || second === undefined) throw new Error("must hold: two sides");
  const compared = compare(first, second);
  if (json) print(JSON.stringify({ ...comparedJson(compared), ...pace.json }));
  else {
    for (const line of comparedLines(compared)) print(line);
    print(pace.words);
  }
  return EXIT.well;
}

const jsonOf = ({ t, transition, alarm }: TransitionEntry) => ({
  type: "transition",
  t: iso(t),
  transition: transitionJson(transition),
  alarm: alarmJson(alarm),
});

const comparedJson = ({ changes, same }: Compared) => ({
  type: "difference",
  changes: changes.map((change: Change) => ({
    what: change.what,
    ...occurrenceJson(change.one),
    ...("was" in change ? { was: occurrenceJson(change.was) } : {}),
    ...("by" in change ? { byMs: change.by } : {}),
  })),
  counts: { ...countsOf(changes), same },
});

const occurrenceJson = (one: Change["one"]) => ({
  ...one,
  told: iso(one.told),
  raisedAt: iso(one.raisedAt),
  over: one.over === null ? null : iso(one.over),
});

/** Plays the tape to the end and says how fast that was. */
async function roll(tape: Tape, from: Instant | null, play: (input: Input) => void) {
  const began = performance.now();
  const progress = progressLine();
  let [inputs, readings] = [0, 0];
  let begin: Instant | null = null;
  let now: Instant = tape.before?.now ?? 0;
  for await (const batch of tape.inputs()) {
    for (const input of batch) {
      begin ??= input.now;
      now = input.now;
      inputs++;
      if (input.type === "packet" && "columns" in input.body) readings += input.body.columns.n;
      play(input);
    }
    progress.at(now);
  }
  progress.clear();
  const took = performance.now() - began;
  const span = begin === null ? 0 : now - begin;
  const ratio = took === 0 ? 0 : span / took;
  const since = begin === null ? null : iso(begin);
  const until = begin === null ? null : iso(now);
  const warm =
    from !== null && begin !== null && from > begin ? ` (${length(from - begin)} of it to warm up)` : "";
  return {
    json: {
      since,
      until,
      inputs,
      readings,
      tookMs: Math.round(took),
      timesRealTime: Number(ratio.toFixed(1)),
    },
    words: `${inputs} inputs, ${readings} readings of ${length(span)}${warm} in ${length(took)}: ${ratio.toFixed(0)} × real time`,
  };
}

/** The moment that is being replayed, on a terminal. */
function progressLine() {
  const { stderr } = process;
  return {
    at: (now: Instant) => {
      if (stderr.isTTY) stderr.write(`\r\x1b[2K${iso(now)}`);
    },
    clear: () => {
      if (stderr.isTTY) stderr.write("\r\x1b[2K");
    },
  };
}
