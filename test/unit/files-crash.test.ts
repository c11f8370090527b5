import { cpSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Batch } from "../../src/files/folder.ts";
import { digest } from "../../src/wire/digest.ts";
import { AT, aFolder, CH4, cddy, cdss, fileText, MINE, nameOf, said } from "../support/text-files.ts";

/*
 * A kill may come between any two steps of settling a batch: definitions, ledger, newest, then each move. The disk as it
 * is then is put together from what it was before and after: the program is begun anew on it, and what it hands over
 * goes to a gateway that knows the last messages by their digests, as the real one does.
 */
const STEPS = ["nothing", "known.json", "ledger", "newest.json", "one move", "all moves"] as const;
type Step = (typeof STEPS)[number];

const file = fc.record({
  type: fc.constantFrom("CDDY", "CDSS", "CDSS", "CDSS", "FZSS"),
  // None so far ahead that it counts for the future at one moment and not at the next.
  minute: fc.integer({ min: -10, max: 4 }),
  value: fc.constantFrom(0.1, 1.62),
});
const round = fc.record({
  files: fc.array(file, { maxLength: 6 }),
  again: fc.boolean(),
  crash: fc.constantFrom<(Step | null)[]>(null, ...STEPS),
});

function textOf({ type, minute, value }: { type: string; minute: number; value: number }): string {
  const at = AT + minute * 60_000;
  if (type === "CDDY") return cddy(at, CH4.replace("A01", `A${(minute + 20) % 30}`));
  if (type === "CDSS") return cdss(at, value);
  return fileText(at, [[`${MINE}00001`, "0", "2", said(at)]]);
}

/** The gateway, as far as it matters here: a message it has, by its last ones, is not judged again. */
function createTaker() {
  const known = new Set<number>();
  const judged: string[] = [];
  const outcomes: Record<string, number> = {};
  return {
    judged,
    outcomes,
    take({ messages, told }: Batch, most = Number.POSITIVE_INFINITY): void {
      for (const { digest: seen, outcome } of most === Number.POSITIVE_INFINITY ? told : []) {
        if (!known.has(seen)) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
        known.add(seen);
      }
      for (const { kind, payload } of messages.slice(0, most)) {
        const seen = digest(kind, payload);
        if (!known.has(seen)) judged.push(`${kind} ${new TextDecoder().decode(payload)}`);
        known.add(seen);
      }
    },
  };
}

type Room = ReturnType<typeof aFolder>;

/** Plays the rounds; `crashes` = whether their kills happen. */
function play(
  rounds: readonly { files: readonly Parameters<typeof textOf>[0][]; again: boolean; crash: Step | null }[],
  crashes: boolean,
) {
  const room = aFolder();
  const taker = createTaker();
  const put = new Set<string>();
  try {
    for (const { files, again, crash } of rounds) {
      for (const one of files) {
        const name = nameOf(one.type, AT + one.minute * 60_000);
        // A name that was used before is the same content again, or another: both happen.
        if (!again && put.has(name)) continue;
        put.add(name);
        room.put(name, textOf(one));
      }
      if (crashes && crash !== null) crashAt(room, crash, taker);
      for (;;) {
        const [batch] = room.drain(false);
        if (batch === undefined) break;
        taker.take(batch);
        room.folder().settled();
      }
    }
    const done = room.names("done").length;
    return { judged: taker.judged, outcomes: taker.outcomes, done, left: room.names(".") };
  } finally {
    room.remove();
  }
}

/** The next batch is handed over, and the program ends after that step of settling it. */
function crashAt(room: Room, step: Step, taker: ReturnType<typeof createTaker>): void {
  const [batch] = room.drain(false);
  if (batch === undefined) return;
  if (step === "nothing") taker.take(batch, Math.floor(batch.messages.length / 2));
  else taker.take(batch);
  const before = mkdtempSync(join(tmpdir(), "davylamp-crash-"));
  cpSync(room.root, before, { recursive: true });
  room.folder().settled();
  undo(room, before, step);
  rmSync(before, { recursive: true, force: true });
  room.restart();
}

function undo(room: Room, before: string, step: Step): void {
  const reached = STEPS.indexOf(step);
  const back = (name: string, from: string, to: string) => {
    rmSync(join(to, name), { force: true });
    if (readdirSync(from).includes(name)) cpSync(join(from, name), join(to, name));
  };
  const [old, now] = [join(before, "data"), room.dir];
  if (reached < 1) back("known.json", old, now);
  if (reached < 2)
    for (const name of readdirSync(now).filter((one) => one.endsWith(".taken"))) back(name, old, now);
  if (reached < 3) back("newest.json", old, now);
  if (reached === 5) return;
  const lay = readdirSync(join(before, "in"), { withFileTypes: true }).filter((entry) => entry.isFile());
  lay.forEach(({ name }, i) => {
    if (reached === 4 && i === 0) return;
    unmove(room.path, join(before, "in"), name);
  });
}

/** The newest of that name in `done` is the one that was moved last. */
function unmove(path: string, before: string, name: string): void {
  for (const day of readdirSync(join(path, "done"))) {
    const dir = join(path, "done", day);
    const old = new Set(listOf(join(before, "done", day)));
    const moved = readdirSync(dir).find(
      (one) => !old.has(one) && (one === name || one.startsWith(`${name}.`)) && !one.endsWith(".why.txt"),
    );
    if (moved !== undefined) renameSync(join(dir, moved), join(path, name));
  }
}

function listOf(dir: string): string[] {
  mkdirSync(dir, { recursive: true });
  return readdirSync(dir);
}

describe("a kill between any two steps of taking text files", () => {
  it("loses nothing, judges nothing twice and counts nothing twice", () => {
    let killed = 0;
    fc.assert(
      fc.property(fc.array(round, { minLength: 1, maxLength: 5 }), (rounds) => {
        killed += rounds.filter(({ crash }) => crash !== null).length;
        expect(play(rounds, true)).toEqual(play(rounds, false));
      }),
      { numRuns: 25 },
    );
    expect(killed).toBeGreaterThan(10);
  });

  it("would be seen to judge twice if the ledger were written after the moves", () => {
    const room = aFolder();
    const taker = createTaker();
    try {
      room.put(nameOf("CDSS", AT), cdss(AT, 1));
      crashAt(room, "newest.json", taker);
      rmSync(join(room.dir, "20260302.taken"));
      const [batch] = room.drain(false);
      expect(batch?.messages).toHaveLength(1);
    } finally {
      room.remove();
    }
  });
});
