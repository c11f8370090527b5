import { readdirSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { upperFolderFaults } from "../../src/cli/check-folders.ts";
import { loadConfig } from "../../src/wire/config/load.ts";

const MINE = "520523017311";

function loaded(upper: object[]) {
  const paths = readdirSync("config", { recursive: true, encoding: "utf8" }).filter(
    (path) => /\.yaml$/.test(path) && !path.startsWith("schema"),
  );
  const files = paths.map((path) => {
    const text = readFileSync(join("config", path), "utf8");
    return { path, text: path === "gateway.yaml" ? stringify({ ...(parse(text) as object), upper }) : text };
  });
  return loadConfig(files, () => "secret", Date.UTC(2026, 10, 22));
}
const faults = (...upper: object[]) => {
  const found = loaded(upper);
  return found.ok ? [] : found.faults.map(({ what, line }) => (line > 1 ? what : `without a place: ${what}`));
};
const city = { name: "city", folder: "/srv/city" };

describe("upper platforms in gateway.yaml", () => {
  it("need a name and a folder, and nothing else", () => {
    expect(faults(city, { name: "省平台", folder: "/srv/province", system: "fan", types: ["CDSS"] })).toEqual(
      [],
    );
  });

  const other = (name: string, more: object) => ({ name, folder: `/srv/${name}`, ...more });
  const dialect = (name: string, more: object) => other(name, { dialect: more });

  it("refuse what would be written twice, for nobody, or for two as one", () => {
    const found = faults(
      city,
      { ...city, name: "same", folder: "/srv/./city/" },
      { ...city, folder: "/srv/other" },
      other("a", { mines: ["999999999999"] }),
      other("b", { codes: { "999999999998": "1234" } }),
      other("c", { codes: { [MINE]: "520523017312" } }),
      other("d", { system: "steam" }),
    );
    for (const what of [
      "/srv/./city/ is written for city already",
      "city stands twice",
      "no mine 999999999999",
      "no mine 999999999998",
      "two mines would be 520523017312",
      "no system steam",
    ])
      expect(found).toContainEqual(expect.stringContaining(what));
    expect(found).toHaveLength(6);
  });

  it("refuse a file type that nothing of their system is written to", () => {
    const types = ["CDSS", "CGKCDSS", "ZKSS"];
    expect(faults({ ...city, types: ["CDSS", "RYXX"] }, other("b", { types, system: "hydro" }))).toEqual([
      "upper.1.types: ZKSS is of system pressure only",
    ]);
  });

  it("refuse a dialect in which what is written is not what is read", () => {
    const found = faults(
      dialect("a", { field: "-" }),
      dialect("b", { field: "\t" }),
      dialect("c", { field: "~" }),
      dialect("d", { form: "sichuan" }),
      dialect("e", { types: { NYSL: "YSLCDSS" } }),
      dialect("f", { none: ["0"] }),
      dialect("g", { layouts: { CDSS: ["测点值"] } }),
    );
    for (const what of [
      '"-" stands in numbers, times or codes as well',
      "a blank as field separator",
      "field and record end must differ",
      "the Sichuan forms are read, not written",
      "types: YSLCDSS is not written",
      "a word of none would be a number's",
      "CDSS cannot be read without 测点编码",
    ])
      expect(found).toContainEqual(expect.stringContaining(what));
    expect(found).toHaveLength(7);
    expect(faults({ ...city, every: "1s" })).toEqual([expect.stringContaining("2s to 10m")]);
  });
});

describe("davylamp check", () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "davylamp-check-"));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  it("names folders that are not there, are none, or are one that is read", async () => {
    const place = { file: "gateway.yaml", line: 7, column: 3 };
    await mkdir(join(dir, "read"));
    await symlink(join(dir, "read"), join(dir, "link"));
    await writeFile(join(dir, "file"), "");
    await mkdir(join(dir, "well"));
    const found = await upperFolderFaults(
      ["gone", "file", "link", "well"].map((name) => ({ name, path: join(dir, name), place })),
      [{ mine: MINE, aliases: [], system: "safety", path: join(dir, "read"), dialect: {} as never, place }],
    );
    expect(found.map(({ what, line }) => `${line} ${what.replaceAll(dir, "")}`)).toEqual([
      "7 upper gone: /gone is not there",
      "7 upper file: /file is no folder",
      `7 upper link: /link is the folder of ${MINE}:safety by another name`,
    ]);
  });
});
