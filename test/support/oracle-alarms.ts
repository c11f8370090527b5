import type { Level } from "../../src/model/rule.ts";
import type { Sample } from "./oracle-logic.ts";

/** A limit on every point of a type; of the same ladder they are one alarm of each point. Lowest first. */
export interface Plain {
  readonly rule: string;
  readonly ladder: string | null;
  readonly type: string;
  readonly level: Level;
  /** Whole hundredths; one release for a ladder. */
  readonly limit: number;
  readonly clear: number;
  readonly delay: number;
}

/** An alarm that stands: what terms about alarms look at. */
export interface Standing {
  /** Whose it is: the rule under test and its subject, or the ladder and the point. */
  readonly watch: string;
  readonly rule: string;
  readonly ladder: string | null;
  readonly class: string;
  readonly level: Level;
  readonly subject: string;
  readonly raised: number;
}

const LEVELS = ["none", "blue", "yellow", "orange", "red"];
export const rankOf = (level: Level): number => LEVELS.indexOf(level);

/** A stream that has been silent for so long lets delays go on by the gateway's clock. */
const CYCLE = 30_000;

/** Which alarms of plain limits stand at a moment, the samples of that moment included: gone through from the beginning. */
export function plainAlarms(
  at: number,
  samples: readonly Sample[],
  points: Readonly<Record<string, string>>,
  rules: readonly Plain[],
): Standing[] {
  return Object.entries(points).flatMap(([code, type]) => {
    const own = rules.filter((rule) => rule.type === type);
    const ladders = [...new Set(own.map(({ ladder, rule }) => ladder ?? rule))];
    return ladders.flatMap((name) => {
      const steps = own.filter(({ ladder, rule }) => (ladder ?? rule) === name);
      const { reached, raised } = follow(at, samples, code, steps);
      const step = steps[reached];
      if (step === undefined) return [];
      const { rule, ladder, level } = step;
      return [{ watch: `${name} ${code}`, rule, ladder, class: "over-limit", level, subject: code, raised }];
    });
  });
}

function follow(at: number, samples: readonly Sample[], code: string, steps: readonly Plain[]) {
  let reached = -1;
  let raised = Number.NaN;
  const since: (number | null)[] = steps.map(() => null);

  const rise = (k: number) => {
    if (reached < 0) raised = since[k] as number;
    reached = k;
    for (let i = 0; i <= k; i++) since[i] = null;
  };
  const riseAll = (isDue: (due: number) => boolean) => {
    for (let k = steps.length - 1; k > reached; k--) {
      const from = since[k] ?? null;
      if (from !== null && isDue(from + (steps[k] as Plain).delay)) rise(k);
    }
  };

  samples.forEach(({ t, p, v, s }, i) => {
    // A value holds until the next one: what was over before it has risen, whichever point carried it.
    riseAll((due) => due < t);
    if (p === code) see(v, s);
    riseAll((due) => due <= t);
    const next = samples[i + 1]?.t ?? Number.POSITIVE_INFINITY;
    const swept = Math.floor(Math.min(at, next - 1) / 1_000) * 1_000;
    if (swept - t >= CYCLE) riseAll((due) => due <= swept);

    function see(value: number, state: number): void {
      // What waits may not wait blind.
      if ((state & 0xf0) !== 0) riseAll(() => true);
      if ((state & 0xf4) !== 0) return;
      if (reached >= 0 && value < (steps[0] as Plain).clear) {
        reached = -1;
        since.fill(null);
      }
      steps.forEach(({ limit }, k) => {
        if (k > reached) since[k] = value >= limit ? (since[k] ?? t) : null;
      });
    }
  });
  return { reached, raised };
}
