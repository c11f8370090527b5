/** One line of a scenario: when, what, and what it must bring about. */
export interface Line {
  readonly number: number;
  /** Milliseconds since the scenario began, by the gateway's clock as it was then. */
  readonly at: number;
  readonly action: string;
  readonly expected: readonly string[];
}

export interface Scenario {
  readonly title: string;
  readonly settings: readonly string[];
  readonly lines: readonly Line[];
}

/**
 * Reads a scenario. `mine`, `rule` and `point` lines set the scene; `at TIME ACTION -> EXPECTED; EXPECTED` lines
 * tell the story. A line without `->` must bring about nothing; a line that begins with `->` continues the last.
 */
export function readScenario(text: string): Scenario {
  const settings: string[] = [];
  const lines: Line[] = [];
  const all = text.split("\n").map((line) => line.replace(/(^|\s)#.*$/, "").trim());
  all.forEach((line, i) => {
    if (line === "") return;
    const [head = "", ...tail] = line.split("->").map((part) => part.trim());
    const expected = tail.flatMap((part) => part.split(";")).map((part) => part.trim());
    const last = lines.at(-1);
    if (head === "" && last !== undefined) {
      lines[lines.length - 1] = { ...last, expected: [...last.expected, ...expected] };
    } else if (head.startsWith("at ")) {
      const [, time = "", ...action] = head.split(/\s+/);
      lines.push({ number: i + 1, at: duration(time), action: action.join(" "), expected });
    } else {
      settings.push(head);
    }
  });
  return { title: (text.split("\n")[0] ?? "").replace(/^#\s*/, ""), settings, lines };
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** `90s`, `1m30s`, `-2h`; anything else is a mistake of the scenario. */
export function duration(text: string): number {
  const sign = text.startsWith("-") ? -1 : 1;
  const body = text.replace(/^[+-]/, "");
  const parts = [...body.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
  if (parts.map(([whole]) => whole).join("") !== body || body === "") throw new Error(`no time: ${text}`);
  return sign * parts.reduce((sum, [, n, unit]) => sum + Number(n) * (UNITS[unit as string] as number), 0);
}

/** The words of a part, and its `key=value` pairs apart. */
export function words(part: string): { plain: string[]; keys: Record<string, string> } {
  const all = part.split(/\s+/).filter((word) => word !== "");
  const pairs = all.filter((word) => word.includes("=")).map((word) => word.split("=") as [string, string]);
  return { plain: all.filter((word) => !word.includes("=")), keys: Object.fromEntries(pairs) };
}
