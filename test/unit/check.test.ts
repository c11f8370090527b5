import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { check, secretOf } from "../../src/cli/check.ts";

let dir = "";
let said: string[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "davylamp-check-"));
  cpSync("config", dir, { recursive: true });
  said = [];
  const keep = (line: string) => {
    said.push(line);
  };
  vi.spyOn(console, "log").mockImplementation(keep);
  vi.spyOn(console, "error").mockImplementation(keep);
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  rmSync(dir, { recursive: true });
});

const change = (path: string, find: string, put: string) => {
  const file = join(dir, path);
  const text = readFileSync(file, "utf8");
  expect(text).toContain(find);
  writeFileSync(
    file,
    text.replace(find, () => put),
  );
};
const run = (options: { writeSchemas?: boolean; json?: boolean } = {}) =>
  check({ config: dir, writeSchemas: false, json: false, ...options });

describe("davylamp check", () => {
  it("ends with 0 and a summary when every file is well", async () => {
    expect(await run()).toBe(0);
    expect(said).toEqual([
      expect.stringMatching(/^\d+ files are well: 4 mines, \d+ rules, \d+ legal limits$/),
    ]);
  });

  it("ends with 1 and a line for each fault: file:line:column, what, and what is allowed", async () => {
    change("rules/link.yaml", "    level: yellow", "    level: yelow");
    change("mines/520523017312.yaml", "kind: coal", "kindd: coal");
    expect(await run()).toBe(1);
    expect(said.at(-1)).toBe("2 faults");
    expect(said.join("\n")).toMatch(
      /rules\/link\.yaml:\d+:12 .*level.*\(allowed: none, blue, yellow, orange, red\)/,
    );
    expect(said.join("\n")).toMatch(
      /mines\/520523017312\.yaml:\d+:1 .*kindd.*unknown key; did you mean kind\? \(allowed: .*kind/,
    );
  });

  it("answers with JSON that a program can read", async () => {
    expect(await run({ json: true })).toBe(0);
    expect(JSON.parse(said.pop() ?? "")).toEqual({ ok: true, faults: [] });
    change("rules/fan.yaml", "level: red", "level: rot");
    expect(await run({ json: true })).toBe(1);
    expect(JSON.parse(said.pop() ?? "")).toEqual({
      ok: false,
      faults: [
        {
          file: "rules/fan.yaml",
          line: expect.any(Number),
          column: 12,
          what: expect.stringContaining("level"),
          allowed: "none, blue, yellow, orange, red",
          rule: "FAN-01",
        },
      ],
    });
  });

  it("writes the schemas that ship", async () => {
    rmSync(join(dir, "schema"), { recursive: true });
    expect(await run({ writeSchemas: true })).toBe(0);
    const names = readdirSync(join(dir, "schema")).sort();
    expect(names).toEqual(readdirSync("config/schema").sort());
    for (const name of names) {
      expect(readFileSync(join(dir, "schema", name), "utf8")).toBe(
        readFileSync(join("config/schema", name), "utf8"),
      );
    }
  });

  it("says in one line that there is no configuration", async () => {
    await expect(check({ config: join(dir, "none"), writeSchemas: false, json: false })).rejects.toThrow(
      /cannot read the configuration/,
    );
  });

  it("looks up secrets in the environment and in files", async () => {
    writeFileSync(join(dir, "secret"), "/srv/davylamp\n");
    change("gateway.yaml", "data: ./data", ["data: ", "$", `{file:${join(dir, "secret")}}`].join(""));
    expect(await run()).toBe(0);
    vi.stubEnv("DAVYLAMP_TEST_SECRET", "x");
    expect(secretOf("env:DAVYLAMP_TEST_SECRET")).toBe("x");
    expect(secretOf("env:DAVYLAMP_TEST_NONE")).toBeUndefined();
    expect(secretOf(`file:${join(dir, "gone")}`)).toBeUndefined();
  });
});
