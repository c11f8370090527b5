import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

interface Ban {
  in: RegExp;
  not?: RegExp;
  words: RegExp;
  instead: string;
}

const CORE = /^src\/(core|model)\//;
const BANS: Ban[] = [
  {
    in: CORE,
    words: /\bDate\b|\bperformance\.|\bMath\.random\b|\bcrypto\b/,
    instead: "time and chance are arguments",
  },
  { in: CORE, words: /\bset(Timeout|Interval|Immediate)\b/, instead: "the core is driven by ticks" },
  { in: CORE, words: /\blocaleCompare\b|\btoLocale/, instead: "the core knows no locale" },
  { in: /^src\/(core|model|wire)\//, words: /\bconsole\.|\bprocess\./, instead: "return the fact" },
  {
    in: /^src\//,
    not: /^src\/(main\.ts|cli\/)/,
    words: /\bprocess\.(argv|env|exit)\b/,
    instead: "only main.ts and cli read the process",
  },
  {
    in: /^(src|test|tools)\//,
    not: /tidy\.test\.ts$/,
    words: /\b(TODO|FIXME|XXX)\b/,
    instead: "finish it or write an issue",
  },
  { in: /^test\//, not: /tidy\.test\.ts$/, words: /\.only\(/, instead: "run one test by -t" },
  { in: /^src\//, words: /\butils?\/|\bhelpers?\//, instead: "a file named after what it holds" },
];

const LONG_FILE = 450;

function offences(path: string, source: string): string[] {
  return BANS.filter((ban) => ban.in.test(path) && !ban.not?.test(path)).flatMap((ban) =>
    source
      .split("\n")
      .flatMap((line, i) =>
        ban.words.test(code(line)) ? [`${path}:${i + 1} ${line.trim()} (${ban.instead})`] : [],
      ),
  );
}

/** The line without its comment: words in prose are free. */
const code = (line: string) => (/^\s*(\*|\/\/|\/\*)/.test(line) ? "" : line.replace(/\s\/\/ .*$/, ""));

describe("the tree", () => {
  const files = execFileSync("git", ["ls-files", "-co", "--exclude-standard"], { encoding: "utf8" })
    .split("\n")
    .filter((path) => /\.(ts|vue|mjs)$/.test(path) && existsSync(path));

  it("has no word that belongs elsewhere", () => {
    expect(files.flatMap((path) => offences(path, readFileSync(path, "utf8")))).toEqual([]);
  });

  it("has no file that drives everything", () => {
    const long = files.filter(
      (path) => path.startsWith("src/") && readFileSync(path, "utf8").split("\n").length > LONG_FILE,
    );
    expect(long).toEqual([]);
  });

  it("names no download address in the lock file", () => {
    expect(readFileSync("package-lock.json", "utf8")).not.toContain('"resolved": "http');
  });

  it("is watched: planted offences are found", () => {
    expect(offences("src/core/x.ts", "const now = Date.now();")).toHaveLength(1);
    expect(offences("src/core/x.ts", "if (Math.random() > 0.5) fire();")).toHaveLength(1);
    expect(offences("src/web/x.ts", "process.exit(1);")).toHaveLength(1);
    expect(offences("src/core/x.ts", "// Date is not read here")).toEqual([]);
    expect(files.length).toBeGreaterThan(20);
  });
});
