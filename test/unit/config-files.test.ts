import { describe, expect, it } from "vitest";
import { UNASSIGNED } from "../../src/model/point.ts";
import { LEVELS } from "../../src/model/rule.ts";
import { jsonSchemas } from "../../src/wire/config/json-schemas.ts";
import { loadConfig } from "../../src/wire/config/load.ts";
import { shippedConfig, shippedSchemas } from "../support/shipped-config.ts";

const NOW = Date.UTC(2026, 2, 1);
const loaded = loadConfig(shippedConfig(), () => undefined, NOW);
if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
const { config, gateway } = loaded;
const rule = (id: string) => config.rules.find((one) => one.id === id);

/** 《煤矿安全规程》(2025) article 536, with the charging chamber of article 541: alarm ≥, cut ≥, release <. */
const LAW: Record<string, [alarm: number, cut: number | null, release: number]> = {
  CF_CORNER: [1, 1.5, 1],
  CF_FACE: [1, 1.5, 1],
  CF_FACE_OB: [1, 1.5, 1],
  CF_RETURN: [1, 1, 1],
  CF_INTAKE_OB: [0.5, 0.5, 0.5],
  CF_INTAKE_SERIES: [0.5, 0.5, 0.5],
  CF_RETURN_MID: [1, 1, 1],
  SHEARER: [1, 1.5, 1],
  DF_FACE: [1, 1.5, 1],
  DF_RETURN: [1, 1, 1],
  DF_INTAKE_OB: [0.5, 0.5, 0.5],
  DF_FAN_SERIES: [0.5, 0.5, 0.5],
  DF_FAN_SERIES2: [0.5, 1.5, 0.5],
  DF_TWIN_RETURN: [1, 1, 1],
  DF_MID: [1, 1, 1],
  ROADHEADER: [1, 1.5, 1],
  TBM: [1, 1, 1],
  DRILL_DOWN: [1.5, 1.5, 1],
  CHAMBER: [0.5, null, 0.5],
  BELT_SHAFT: [0.5, 0.75, 0.5],
  DIST_RETURN: [1, 1, 1],
  MAIN_RETURN: [0.75, null, 0.75],
  TROLLEY_LOAD: [0.5, 0.5, 0.5],
  BATT_VEH: [0.5, 0.5, 0.5],
  DIESEL_VEH: [0.5, 0.5, 0.5],
  BUNKER: [1.5, 1.5, 1.5],
  SURF_BELT: [1.5, 1.5, 1.5],
  SURF_PUMP: [0.5, null, 0.5],
  UG_PUMP: [0.5, 1, 0.5],
  UG_PUMP_OUT: [1, 1, 1],
  CHARGE: [0.5, 0.5, 0.5],
};

describe("the configuration that ships", () => {
  it("holds the methane limits of the law, place by place, for every kind of methane sensor", () => {
    const rows = config.limits.filter((row) => row.types.includes("0001") && row.loc !== UNASSIGNED);
    const table = Object.fromEntries(rows.map((row) => [row.loc, [row.alarm, row.cut, row.release]]));
    expect(table).toEqual(LAW);
    expect(rows).toHaveLength(Object.keys(LAW).length);
    for (const { types, basis } of rows) {
      expect(types).toEqual(["0001", "0011", "0043"]);
      expect(basis).toMatch(/^《煤矿安全规程》\(2025\) 第(536|541)条$/);
    }
  });

  it("names for every rule where it comes from, or says that it is a proposal", () => {
    for (const { id, basis, unverified, source } of config.rules) {
      expect(unverified || /第\d|^GB|》\(20\d\d\) \d/.test(basis ?? ""), id).toBe(true);
      expect(source, id).toMatch(/^rules\/[a-z-]+\.yaml:\d+$/);
    }
  });

  it("tells the officer for every rule what it means and what to do, in two languages' titles", () => {
    for (const { id, title, titleEn, response } of config.rules) {
      expect(title, id).toMatch(/\p{Script=Han}/u);
      expect(titleEn, id).toMatch(/^[\x20-\x7e–]+$/);
      for (const words of [response?.cause, response?.consequence, response?.action]) {
        expect(words, id).toMatch(/\p{Script=Han}{2}/u);
      }
      expect(response?.within, id).toBeGreaterThan(0);
    }
  });

  it("has the rules of the first cut, at their levels and delays", () => {
    expect(rule("CH4-01")).toMatchObject({
      locs: ["CF_CORNER"],
      ladder: "CH4",
      when: { kind: "high", limit: "alarm", clear: "release" },
      level: "yellow",
      onDelay: 0,
      class: "over-limit",
    });
    expect(rule("CH4-02")).toMatchObject({ locs: ["CF_CORNER"], when: { limit: "cut" }, level: "orange" });
    expect(rule("CH4-03")).toMatchObject({ locs: ["CF_FACE", "CF_FACE_OB"], level: "yellow" });
    expect(rule("CH4-04")).toMatchObject({ locs: ["CF_FACE", "CF_FACE_OB"], level: "orange" });
    expect(rule("CH4-91")).toMatchObject({ locs: [UNASSIGNED], ladder: "CH4", level: "yellow" });
    expect(rule("CH4-92")).toMatchObject({ locs: [UNASSIGNED], ladder: "CH4", level: "orange" });
    expect(rule("CO-01")).toMatchObject({ types: ["0004"], level: "yellow", onDelay: 60_000 });
    expect(rule("FAN-01")).toMatchObject({
      systems: ["safety", "fan"],
      types: ["1010"],
      when: { kind: "set", all: ["stopped", "off"] },
      level: "red",
      onDelay: 0,
    });
    expect(rule("SEN-01")).toMatchObject({
      when: { kind: "bits", mask: 128 },
      level: "orange",
      onDelay: 60_000,
    });
    expect([rule("SEN-01b")?.level, rule("SEN-01c")?.level]).toEqual(["yellow", "blue"]);
    expect(rule("SEN-08")).toMatchObject({ when: { kind: "silence", of: "point" }, level: "orange" });
    expect(rule("LINK-01")).toMatchObject({
      when: { kind: "silence", of: "stream", after: 300_000 },
      parent: "LINK-04",
    });
    expect(rule("LINK-04")).toMatchObject({ when: { kind: "link", down: "mine" }, onDelay: 60_000 });
  });

  it("has an own rule for every trouble of the gateway, and no rule for one nobody reports", () => {
    const own = config.rules.filter(({ systems }) => systems.includes("gateway"));
    expect(own.flatMap(({ types }) => types).sort()).toEqual(
      Object.keys(config.types)
        .filter((type) => /^([a-z]+-[a-z]+|canary)$/.test(type))
        .sort(),
    );
    for (const { id, class: kind, when, types } of own) {
      expect(kind, id).toBe(types[0] === "canary" ? "test" : "gateway");
      expect(when, id).toEqual({ kind: "state", is: ["fault"] });
      expect(config.switchTypes[types[0] as string]?.values, id).toEqual({ "0": "ok", "1": "fault" });
    }
  });

  it("judges methane at every place of the law: confirming a place is no way out", () => {
    for (const [loc, [alarm, cut]] of Object.entries(LAW)) {
      const steps = config.rules.filter(({ ladder, locs }) => ladder === "CH4" && locs.includes(loc));
      const limits = steps.map(({ when }) => (when.kind === "high" ? when.limit : null));
      expect(limits, loc).toContain("alarm");
      if (cut !== null && cut > alarm) expect(limits, loc).toContain("cut");
    }
  });

  it("steps of a ladder on one place rise with the limit", () => {
    for (const [loc, [alarm, cut]] of Object.entries(LAW)) {
      const limits: Record<string, number> = { alarm, cut: cut ?? Number.POSITIVE_INFINITY };
      const steps = config.rules
        .filter(({ ladder, locs }) => ladder === "CH4" && locs.includes(loc))
        .flatMap(({ level, when }) => (when.kind === "high" ? [{ level, limit: when.limit }] : []))
        .map(({ level, limit }) => [limits[String(limit)] ?? Number(limit), LEVELS.indexOf(level)] as const)
        .sort(([a], [b]) => a - b);
      const ranks = steps.map(([, rank]) => rank);
      expect(ranks.length, loc).toBeGreaterThan(0);
      expect(
        [...ranks].sort((a, b) => a - b),
        loc,
      ).toEqual(ranks);
    }
  });

  it("has the four demo mines with their points for trials by hand", () => {
    const [one, two, three, four] = config.mines;
    expect(config.mines.map(({ code }) => code)).toEqual([
      "520523017311",
      "520523017312",
      "520523017313",
      "520523017314",
    ]);
    expect(one).toMatchObject({ kind: "coal", gasGrade: "outburst", status: "producing" });
    expect(two).toMatchObject({ kind: "coal", gasGrade: "low" });
    expect(three).toMatchObject({ kind: "metal", gasGrade: null });
    expect(four).toMatchObject({ status: "stopped" });
    expect(four?.systems).toContain("tailings");
    for (const mine of [one, two, four]) expect(mine?.points["safety:HAND-CH4"]?.loc).toBe("CF_CORNER");
    expect(three?.points["safety:HAND-CO"]?.loc).toBe("CF_CORNER");
    expect(one?.points["safety:1101-T1"]?.loc).toBe("CF_FACE_OB");
    expect(two?.points["safety:1101-T1"]?.loc).toBe("CF_FACE");
  });

  it("listens on this machine only and keeps the spool for three days", () => {
    expect(gateway.http.host).toBe("127.0.0.1");
    expect(gateway.listeners).toEqual([{ kind: "tcp", host: "127.0.0.1", port: 1883 }]);
    expect(gateway.retention).toMatchObject({ spool: 72 * 3_600_000, spoolBytes: 20 * 2 ** 30 });
    expect(config).toMatchObject({ zone: "Asia/Shanghai", offsets: [{ from: 0, minutes: 480 }] });
  });

  it("knows methane in the units mines write, and what 0.0024 % of carbon monoxide is in ppm", () => {
    const { units, types } = config;
    for (const alias of ["%CH4", "%", "％", "%CH₄"]) expect(units[alias]?.quantity).toBe(units.ppm?.quantity);
    const share = (unit: string) => (units[unit]?.factor ?? Number.NaN) / (units.ppm?.factor ?? Number.NaN);
    expect(0.0024 * share("%")).toBeCloseTo(24, 9);
    for (const alias of ["PPM", "10⁻⁶"]) expect(share(alias)).toBe(1);
    for (const alias of ["℃", "m/s", "Pa", "KPa", "m³/min"]) expect(units[alias], alias).toBeDefined();
    for (const [type, { unit }] of Object.entries(types)) {
      if (unit !== null) expect(units[unit], type).toBeDefined();
    }
  });

  it("says what a switch means by words, whichever value stands for it", () => {
    expect(config.switchTypes["1010"]?.values).toEqual({ "0": "stopped", "1": "running" });
    expect(config.switchTypes["3006"]?.values).toEqual({
      "0": "ok",
      "1": "lost",
      "2": "fault",
      "9": "unknown",
    });
    expect(config.switchTypes["3007"]?.values).toEqual({ "1": "battery", "2": "mains", "9": "fault" });
    expect([config.switchWords.有风, config.switchWords.停, config.switchWords.有电]).toEqual([
      "wind",
      "stopped",
      "powered",
    ]);
  });

  it("is exactly what its text says, so that a replay judges by the same", () => {
    expect(JSON.stringify(config)).toBe(loaded.ok && loaded.canonical);
  });

  it("is the same text for the same content, whatever the order of the files", () => {
    const again = loadConfig(shippedConfig().reverse(), () => undefined, NOW);
    expect(again.ok && JSON.parse(again.canonical).units).toEqual(JSON.parse(loaded.canonical).units);
    const same = loadConfig(shippedConfig(), () => undefined, NOW + 400 * 86_400_000);
    expect(same.ok && same.canonical).toBe(loaded.canonical);
  });

  it("has schemas for editors that are not stale (davylamp check --write-schemas)", () => {
    expect(shippedSchemas()).toEqual(jsonSchemas());
  });

  it("names in every file the schema that an editor completes it by", () => {
    const names = Object.keys(jsonSchemas());
    for (const { path, text } of shippedConfig()) {
      const schema = /^# yaml-language-server: \$schema=(\S+)\n/.exec(text)?.[1];
      expect(schema, path).toMatch(path.includes("/") ? /^\.\.\/schema\// : /^(\.\/)?schema\//);
      expect(names, path).toContain(schema?.split("/").at(-1));
    }
  });
});
