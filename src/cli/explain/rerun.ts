import { createDeck } from "../../app/replay/deck.ts";
import { openTape } from "../../app/replay/tape.ts";
import { Refusal } from "../../lib/refusal.ts";
import type { EvidenceSample } from "../../model/alarm.ts";
import type { TransitionRecord } from "./record.ts";

export interface Rerun {
  /** Spool records that were judged anew, and the last before them (0 = from the beginning). */
  readonly inputs: number;
  readonly after: number;
  /** What differs; empty = the same alarm came out. */
  readonly differences: readonly string[];
}

/** The stored inputs once more through the same core, up to the one that raised the alarm. */
export async function rerun(
  data: string,
  raised: TransitionRecord,
): Promise<Rerun | { readonly why: string }> {
  const { alarm, evidence } = raised;
  const span = evidence?.spool ?? { from: raised.inputs[0] ?? 0, to: raised.inputs.at(-1) ?? 0 };
  try {
    // The onset was sent before it was judged: a world from before it has seen nothing of the alarm.
    const tape = await openTape(data, Math.min(alarm.raisedAt, alarm.detectedAt), null);
    const after = tape.before?.spoolSeq ?? 0;
    if (after >= span.from) return { why: `the spool no longer reaches back to record ${span.from}` };
    const deck = createDeck(tape, null);
    let inputs = 0;
    for await (const batch of tape.inputs()) {
      for (const input of batch) {
        inputs++;
        const again = deck.play(input).find((entry) => entry.alarm.id === alarm.id);
        if (again !== undefined) return { inputs, after, differences: differences(raised, again) };
        if (input.seq >= span.to) return { inputs, after, differences: ["no such alarm came out"] };
      }
    }
    return { why: `the spool ends before record ${span.to}` };
  } catch (error) {
    if (error instanceof Refusal) return { why: error.message };
    throw error;
  }
}

type Told = Pick<TransitionRecord, "t" | "transition" | "alarm" | "evidence" | "inputs">;

function differences(was: Told, again: Told): string[] {
  const facts = ({ t, transition, alarm, evidence, inputs }: Told) => ({
    what: transition.what,
    state: transition.to,
    rule: alarm.rule,
    ruleHash: alarm.ruleHash,
    level: alarm.level,
    value: alarm.value,
    limit: alarm.limit,
    quality: alarm.quality,
    raisedAt: alarm.raisedAt,
    judgedAt: t,
    inputs,
    origin: evidence?.origin ?? null,
    configuration: evidence?.configHash ?? null,
    samples: (evidence?.samples ?? []).map(({ t: at, v, s, p }: EvidenceSample) => [at, v, s, p ?? null]),
  });
  const [one, other] = [facts(was), facts(again)];
  return (Object.keys(one) as (keyof typeof one)[]).flatMap((key) => {
    const [before, now] = [JSON.stringify(one[key]), JSON.stringify(other[key])];
    return before === now ? [] : [`${key}: ${before} then, ${now} now`];
  });
}
