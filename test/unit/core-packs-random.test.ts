import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Engine } from "../../src/core/engine.ts";
import type { JournalEntry } from "../../src/model/alarm.ts";
import { loadConfig } from "../../src/wire/config/load.ts";
import { encodeEntry } from "../../src/wire/journal-codec.ts";
import { anyMove, inputsOf, type Move, pointsOf, withPlaces } from "../support/any-inputs.ts";
import { illegalSteps } from "../support/arrows.ts";
import { anEngine } from "../support/builders-core.ts";
import { shippedConfig } from "../support/shipped-config.ts";

const BEGIN = 1_767_225_600_000;
const MINE = "520523017311";
const loaded = loadConfig(shippedConfig(), () => undefined, BEGIN);
if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
const points = pointsOf(loaded.config);
const config = withPlaces(loaded.config, MINE, points);
const stage = { config, mine: MINE, points };

interface Ran {
  /** Of every input: the journal's bytes, the verdicts and the answer. */
  readonly told: readonly string[];
  readonly entries: readonly JournalEntry[];
  readonly engine: Engine;
}

interface WithLogic {
  readonly logic: {
    readonly formulas: { readonly rows: Float64Array };
    readonly windows: { readonly values: Float64Array };
  };
}

/** `reborn`: before every input the engine dies, and another goes on from its image. */
function run(moves: readonly Move[], { reborn }: { reborn: boolean }): Ran {
  let engine = anEngine();
  const entries: JournalEntry[] = [];
  const told: string[] = [];
  const last = () => {
    const found = entries.findLast((entry) => entry.type === "transition");
    return found?.type === "transition" ? found.alarm.id : "none";
  };
  for (const input of inputsOf(moves, stage, BEGIN, last)) {
    if (reborn) {
      const image = structuredClone(engine.image());
      engine = anEngine();
      engine.restore(image);
    }
    const effects = engine.step(input);
    entries.push(...effects.entries);
    const bytes = createHash("sha256");
    for (const entry of effects.entries) bytes.update(encodeEntry(entry).body);
    const names = effects.entries.map((entry) =>
      entry.type === "transition"
        ? `${entry.alarm.rule} ${entry.transition.what} ${entry.alarm.subject.id}`
        : entry.type,
    );
    const answer = JSON.stringify([effects.verdicts === null ? null : [...effects.verdicts], effects.result]);
    told.push(`${input.seq} ${input.type} ${names.join(", ")} ${bytes.digest("hex")} ${answer}`);
  }
  return { told, entries, engine };
}

/** A story takes seconds: to look for the shortest one that fails would take a quarter of an hour. */
const endOnFailure = true;
const stories = fc.array(anyMove, { minLength: 5, maxLength: 120 });

/** Legal steps only, numbered without a hole: of every run, whatever else it is for. */
function expectLawful({ entries }: Ran): void {
  expect(illegalSteps(entries)).toEqual([]);
  const seqs = entries.flatMap((entry, i) => (entry.type === "transition" ? [entry.alarm.seq - i] : []));
  expect(new Set(seqs).size).toBeLessThanOrEqual(1);
}

describe("the packs that ship, over random inputs of every kind", { timeout: 120_000 }, () => {
  it("have a rule that speaks in most stories; their formulas and windows, restored from an image, have the same image", () => {
    const rules = new Set<string>();
    const rows = { formulas: 0, windows: 0 };
    for (const moves of fc.sample(stories, { numRuns: 16, seed: 7 })) {
      const ran = run(moves, { reborn: false });
      expectLawful(ran);
      for (const entry of ran.entries) if (entry.type === "transition") rules.add(entry.alarm.rule);
      const image = structuredClone(ran.engine.image()) as WithLogic;
      const other = anEngine();
      other.restore(structuredClone(image));
      expect((other.image() as WithLogic).logic).toEqual(image.logic);
      rows.formulas += image.logic.formulas.rows.length;
      rows.windows += image.logic.windows.values.length;
    }
    expect(rules.size).toBeGreaterThan(40);
    expect(Math.min(rows.formulas, rows.windows)).toBeGreaterThan(0);
  });

  it("take only legal steps, and give the same bytes when the same inputs come again", () => {
    fc.assert(
      fc.property(stories, (moves) => {
        const ran = run(moves, { reborn: false });
        expectLawful(ran);
        expect(run(moves, { reborn: false }).told).toEqual(ran.told);
      }),
      { numRuns: 5, endOnFailure },
    );
  });

  it("take only legal steps, and give the same bytes when the gateway is started anew from its snapshot before every input", () => {
    fc.assert(
      fc.property(stories, (moves) => {
        const ran = run(moves, { reborn: false });
        expectLawful(ran);
        expect(run(moves, { reborn: true }).told).toEqual(ran.told);
      }),
      { numRuns: 6, endOnFailure },
    );
  });
});
