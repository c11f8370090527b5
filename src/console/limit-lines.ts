import type { EffectiveLimits } from "../model/rule.ts";
import type { Speech } from "./i18n.ts";

/** A horizontal line with its words; limits of the same value share one. */
export interface LimitLine {
  readonly at: number;
  readonly words: string;
  readonly kind: "alarm" | "cut" | "release";
}

export function limitLines(
  limits: EffectiveLimits | null,
  t: Speech["t"],
  say: (value: number) => string,
): LimitLine[] {
  const lines: LimitLine[] = [];
  for (const kind of ["release", "alarm", "cut"] as const) {
    const at = limits?.[kind] ?? null;
    if (at === null) continue;
    const same = lines.findIndex((line) => line.at === at);
    const words = t(`trend.${kind}`);
    const known = lines[same];
    if (known === undefined) lines.push({ at, kind, words: `${words} ${say(at)}` });
    else lines[same] = { ...known, words: `${words} / ${known.words}` };
  }
  return lines;
}
