/** One line of a scenario: when, what, and what it must bring about. */
export interface Line {
  readonly number: number;
  /** The line as written, without its comment. */
  readonly text: string;
  /** Milliseconds since the scenario began, by the gateway's clock as it was then. */
  readonly at: number;
  /** The action is done again and again, up to a moment and including it. */
  readonly again: { readonly every: number; readonly until: number } | null;
  readonly action: string;
  readonly expected: readonly string[];
}

export interface Setting {
  readonly number: number;
  readonly text: string;
}

export interface Scenario {
  readonly title: string;
  readonly settings: readonly Setting[];
  readonly lines: readonly Line[];
}

/** A line that cannot be read, or that names what is not there. */
export class ScenarioFault extends Error {
  readonly line: number;
  constructor(line: number, message: string) {
    super(message);
    this.name = "ScenarioFault";
    this.line = line;
  }
}

/**
 * Reads a scenario. Lines that do not begin with `at` set the scene; `at TIME ACTION -> EXPECTED; EXPECTED` lines
 * tell the story, `at TIME every TIME until TIME ACTION` repeats one. A line without `->` must bring about
 * nothing; a line that begins with `->` continues the last.
 */
export function readScenario(text: string): Scenario {
  const settings: Setting[] = [];
  const lines: Line[] = [];
  const all = text.split("\n").map((line) => line.replace(/(^|\s)#.*$/, "").trim());
  all.forEach((line, i) => {
    if (line === "") return;
    const number = i + 1;
    const [head = "", ...tail] = line.split("->").map((part) => part.trim());
    const expected = tail.flatMap((part) => part.split(";")).map((part) => part.trim());
    const last = lines.at(-1);
    if (head === "" && last !== undefined) {
      const more = { text: `${last.text} ${line}`, expected: [...last.expected, ...expected] };
      lines[lines.length - 1] = { ...last, ...more };
    } else if (/^at\s/.test(head)) {
      lines.push({ number, text: line, ...placed(number, () => momentOf(head)), expected });
    } else if (tail.length > 0) {
      throw new ScenarioFault(number, "only a line that begins with `at` may bring about something");
    } else {
      settings.push({ number, text: head });
    }
  });
  return { title: (text.split("\n")[0] ?? "").replace(/^#\s*/, ""), settings, lines };
}

const REPEATED = /^at\s+(\S+)\s+every\s+(\S+)\s+until\s+(\S+)\s*(.*)$/;
const ONCE = /^at\s+(\S+)\s*(.*)$/;

function momentOf(head: string): Pick<Line, "at" | "again" | "action"> {
  const [, from, every, until, repeated = ""] = REPEATED.exec(head) ?? [];
  if (from !== undefined && every !== undefined && until !== undefined) {
    const again = { every: duration(every), until: duration(until) };
    if (again.every <= 0 || again.until < duration(from)) throw new Error(`never ends or begins: ${head}`);
    return { at: duration(from), again, action: repeated };
  }
  const [, at = "", action = ""] = ONCE.exec(head) ?? [];
  return { at: duration(at), again: null, action };
}

/** What goes wrong while a line is read or played, with the line's number. */
export function placed<T>(line: number, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof ScenarioFault) throw error;
    throw new ScenarioFault(line, error instanceof Error ? error.message : String(error));
  }
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `90s`, `1m30s`, `-2h`; anything else is a mistake of the scenario. */
export function duration(text: string): number {
  const sign = text.startsWith("-") ? -1 : 1;
  const body = text.replace(/^[+-]/, "");
  const parts = [...body.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)];
  if (parts.map(([whole]) => whole).join("") !== body || body === "") throw new Error(`no time: ${text}`);
  return sign * parts.reduce((sum, [, n, unit]) => sum + Number(n) * (UNITS[unit as string] as number), 0);
}

/** The words of a part, and its `key=value` pairs apart. */
export function words(part: string): { plain: string[]; keys: Record<string, string> } {
  const all = part.split(/\s+/).filter((word) => word !== "");
  const pairs = all.filter((word) => word.includes("=")).map((word) => word.split("=") as [string, string]);
  return { plain: all.filter((word) => !word.includes("=")), keys: Object.fromEntries(pairs) };
}
