import { describe, expect, it } from "vitest";
import { loadConfig } from "../../src/wire/config/load.ts";
import { shippedConfig } from "../support/shipped-config.ts";

const MINE = "mines/520523017311.yaml";
const load = (lines: string) =>
  loadConfig(
    shippedConfig().map(({ path, text }) => ({ path, text: path === MINE ? `${text}\n${lines}\n` : text })),
    () => undefined,
    Date.UTC(2026, 2, 1),
  );
const faults = (lines: string) => {
  const loaded = load(lines);
  return loaded.ok ? [] : loaded.faults.map(({ what, allowed }) => `${what} | ${allowed ?? ""}`);
};

describe("the dialect of a mine's files", () => {
  it("is the norm where the mine's file says nothing, and changes nothing that is judged by", () => {
    const before = load("");
    const after = load(`files:\n  safety: { dialect: { encoding: gb18030, types: { NCDSS: CDSS } } }`);
    if (!before.ok || !after.ok) throw new Error("refused");
    expect(before.dialects["520523017311"]).toEqual({});
    expect(after.dialects["520523017311"]?.["safety"]).toMatchObject({
      encoding: "gb18030",
      field: ";",
      record: "~",
      end: "||",
      types: { NCDSS: "CDSS" },
    });
    expect(after.canonical).toBe(before.canonical);
  });

  it("names only types and fields that there are, and says which", () => {
    const [type] = faults("files: { safety: { dialect: { types: { NCDSS: CDSX } } } }");
    expect(type).toContain("no national file type CDSX");
    const [field] = faults(
      "files: { safety: { dialect: { layouts: { CDSS: [测点编码, 测点, 数据时间] } } } }",
    );
    expect(field).toContain("CDSS has no field 测点 | 测点编码, 测点值,");
    const [missing] = faults("files: { safety: { dialect: { layouts: { CDSS: [测点编码, 数据时间] } } } }");
    expect(missing).toContain("CDSS cannot be read without 测点值 or 水位 or 累计");
    const [twice] = faults(
      "files: { safety: { dialect: { layouts: { CDSS: [测点编码, 测点值, 测点值] } } } }",
    );
    expect(twice).toContain("测点值 stands twice");
    const [system] = faults("files: { hydro: { dialect: {} } }");
    expect(system).toContain("hydro is no system of this mine | safety, fan, person, ring");
    expect(faults("files: { safety: { dialect: { seperator: x } } }")[0]).toContain("unknown key");
  });
});
