import { describe, expect, it } from "vitest";
import { loadConfig } from "../../src/wire/config/load.ts";
import { shippedConfig } from "../support/shipped-config.ts";

const NOW = Date.UTC(2026, 2, 1);
const shipped = shippedConfig();
const load = (
  files: { path: string; text: string }[],
  secret: (name: string) => string | undefined = () => undefined,
) => loadConfig(files, secret, NOW);

const METHANE = "rules/methane.yaml";
const GRADED = "rules/methane-graded.yaml";
const GAS = "rules/gas.yaml";
const SENSORS = "rules/sensors.yaml";
const PLACES = "rules/places.yaml";
const LINK = "rules/link.yaml";
const FAN = "rules/fan.yaml";
const MINE = "mines/520523017311.yaml";

interface Mutation {
  readonly file: string;
  readonly find: string;
  readonly put: string;
  /** Lines below the beginning of what was found at which the fault stands. */
  readonly below?: number;
  readonly says: RegExp;
}

const m = (file: string, find: string, put: string, says: RegExp, below = 0): Mutation => ({
  file,
  find,
  put,
  says,
  below,
});

/** One thing made wrong in a file that ships, and what must be said about it. */
const MUTATIONS: Mutation[] = [
  // the text itself
  m(METHANE, "    ladder: CH4\n", "   ladder: CH4\n", /./),
  m(METHANE, "when: { high: alarm, clear: release }", "when: { high: alarm, clear: release", /./),
  m(MINE, 'code: "520523017311"', 'code: "520523017311', /./),
  m(MINE, "kind: coal\n", "kind: coal\nkind: coal\n", /unique/i, 1),
  m("gateway.yaml", "zone: Asia/Shanghai", "zone: *anchor", /./),
  m("gateway.yaml", "zone: Asia/Shanghai", "zone: !!js/function x", /tag/i),
  m("units.yaml", "quantities:", "\tquantities:", /./),
  // keys
  m(METHANE, "    level: yellow", "    lvel: yellow", /lvel.*level/s),
  m(METHANE, "loc: CF_CORNER, alarm", "lok: CF_CORNER, alarm", /lok.*loc/s),
  m(MINE, "kind: coal", "kindd: coal", /kind/),
  m("gateway.yaml", "  burst: 2000", "  brust: 2000", /brust.*burst/s),
  m("gateway.yaml", "zone: Asia/Shanghai", "zome: Asia/Shanghai", /zome.*zone/s),
  m("switches.yaml", "texts:", "text:", /text/),
  m("units.yaml", 'kind: analog, unit: "m/s"', 'kin: analog, unit: "m/s"', /kin/),
  // values
  m(METHANE, "    level: yellow", "    level: yelow", /level.*yellow/s),
  m(METHANE, "    level: yellow", "    level: 黄", /level.*yellow/s),
  m(GAS, "    onDelay: 60s", "    onDelay: 60", /onDelay.*unit/s),
  m(GAS, "    onDelay: 60s", "    onDelay: 60 sec", /onDelay.*unit/s),
  m(METHANE, "alarm: 1.00, cut: 1.50", "alarm: 1,00, cut: 1.50", /00|key|alarm/),
  m(METHANE, "alarm: 1.00, cut: 1.50", 'alarm: "1.00", cut: 1.50', /alarm.*number/s),
  m(METHANE, "    class: over-limit", "    class: overlimit", /class.*over-limit/s),
  m(METHANE, "  - id: CH4-01", "  - id: 甲烷-01", /id/),
  m(SENSORS, "bits: [fault]", "bits: [faulty]", /bits|form/),
  m(SENSORS, "when: { silence: point }", "when: { silence: points }", /when/),
  m(LINK, "when: { silence: stream, after: 5m }", "when: { silence: stream }", /when/),
  m(LINK, "when: { link: mine }", "when: { link: mine, silence: point }", /when/),
  m(FAN, 'all: [stopped, "off"]', "all: [stopt]", /when/),
  m(FAN, 'all: [stopped, "off"]', "all: []", /when/),
  m(GRADED, "when: { high: 3.00, clear: 1.00 }", "when: { high: 3 }", /when/),
  m(MINE, 'code: "520523017311"', "code: 520523017311", /code.*quotes/s),
  m(MINE, 'code: "520523017311"', 'code: "12"', /code/),
  m(MINE, "status: producing", "status: running", /status.*producing/s),
  m(MINE, "gasGrade: outburst", "gasGrade: gassy", /gasGrade.*outburst/s),
  m(MINE, "rockBurst: false", "rockBurst: no", /rockBurst/),
  m(MINE, "approvedUnderground: 320", "approvedUnderground: -1", /approvedUnderground/),
  m("gateway.yaml", "port: 1883", "port: 70000", /port/),
  m("gateway.yaml", "kind: tcp", "kind: udp", /kind/),
  m("gateway.yaml", "spoolBytes: 20 GiB", "spoolBytes: 20 GB", /spoolBytes.*size/s),
  m("switches.yaml", "  运行: running", "  运行: runs", /running/),
  // between files
  m(METHANE, "  - id: CH4-02", "  - id: CH4-01", /CH4-01/),
  m(LINK, "  - id: LINK-01", "  - id: FAN-01", /FAN-01/),
  m(METHANE, "    system: safety", "    system: saftey", /saftey/),
  m(METHANE, "    type: methane", "    type: methan", /methan/),
  m(METHANE, "    type: methane", "    type: constructor", /constructor/),
  m(METHANE, "    loc: [CF_CORNER]", "    loc: [CF_CORNR]", /CF_CORNR.*CF_CORNER/s),
  m(METHANE, "cut: 1.50, release", "cut: 0.50, release", /cut.*below/s),
  m(METHANE, "release: 1.00, basis", "release: 1.10, basis", /release.*above/s),
  m(METHANE, "{ type: methane, loc: CF_CORNER", "{ type: methan, loc: CF_CORNER", /methan/),
  m(METHANE, "loc: CF_FACE, alarm", "loc: [CF_FACE, CF_CORNER], alarm", /CF_CORNER.*already/s),
  m(GRADED, "when: { high: 3.00, clear: 1.00 }", "when: { high: 3, clear: 4 }", /clear|releases/),
  m(METHANE, "    basis: 《煤矿安全规程》(2025) 第536条\n    system", "    system", /basis/, -3),
  m(GRADED, "    loc: [working]", "    loc: [workings]", /workings.*CF_CORNER/s),
  m(GAS, "loc: BELT_DRUM, alarm", "loc: BELT_DRUMM, alarm", /BELT_DRUMM.*BELT_DRUM/s),
  m(GAS, "alarm: 10, release: 10, basis: 《煤矿安全规程》(2025) 第541条", "alarm: 10", /basis/),
  m(GAS, "alarmLow: 20.0", "alarmLow: 20.0, releaseLow: 19", /releaseLow.*below/s),
  m(GAS, "alarmLow: 20.0, ", "", /neither/),
  m(GAS, "{ type: co, loc: BELT_DRUM", "{ system: saftey, type: co, loc: BELT_DRUM", /saftey/),
  m(PLACES, "  CF_FACE: {", "  CF_CORNER: {", /unique/i),
  m(PLACES, "groups: [chamber, air]", "groups: [CHARGE, air]", /CHARGE is a place/),
  m(LINK, "    parent: LINK-04", "    parent: LINK-4", /LINK-4/),
  m(MINE, "systems: [safety, fan", "systems: [safty, fan", /systems/),
  m(MINE, "{ loc: CF_FACE_OB, ", "{ loc: CF_FACE_XX, ", /location class/),
  m(MINE, "{ loc: CF_FACE_OB, ", "{ loc: CF_FACE_OB, limits: { alarm: 1, cut: 0.8 }, ", /cut.*below/s),
  m("mines/520523017312.yaml", 'code: "520523017312"', 'code: "520523017311"', /520523017311/),
  m("mines/520523017312.yaml", "kind: coal", 'aliases: ["520523017311"]\nkind: coal', /520523017311/),
  m(MINE, '"safety:HAND-CH4"', '"saftey:HAND-CH4"', /saftey/),
  m(MINE, "{ loc: CF_FACE_OB, ", "{ loc: UNASSIGNED, ", /location class/),
  m(
    MINE,
    "systems: [safety",
    'limits: { "0001:CF_FACE_XX": { alarm: 0.8 } }\nsystems: [safety',
    /CF_FACE_XX/,
  ),
  m(MINE, "systems: [safety", 'limits: { "1": { alarm: 0.8 } }\nsystems: [safety', /sensor type 1/),
  m(MINE, 'code: "520523017311"', 'code: "520523017399"', /named/),
  m(MINE, "kind: coal", "? [kind]\n: coal", /plain word/),
  m(
    "gateway.yaml",
    "{ kind: tcp, host: 127.0.0.1, port: 1883 }",
    '{ kind: tcp, host: 10.0.0.1, insecure: { reason: r, approvedBy: a, allow: { "10.1.0.0/24": "520523017399" } } }',
    /520523017399/,
  ),
  m("gateway.yaml", "zone: Asia/Shanghai", "zone: Asia/Shangai", /zone/),
  m("gateway.yaml", "host: 127.0.0.1, port: 1883", "host: 0.0.0.0, port: 1883", /insecure|TLS|tls/),
  m("units.yaml", 'unit: "m/s", resolution', 'unit: "m/sec", resolution', /m\/sec/),
  m("switches.yaml", '  "1003": {', '  "9003": {', /sensor type/),
];

const lineOf = (text: string, find: string): number => {
  const at = text.indexOf(find);
  if (at < 0) throw new Error(`the file has no ${find}`);
  return text.slice(0, at).split("\n").length;
};

/** Two packs beside the tables: a load of all of them for every fault takes minutes. */
const isFew = (path: string) => !path.startsWith("rules/") || path === PLACES || path === FAN;
const few = shipped.filter(({ path }) => isFew(path));

function mutated({ file, find, put }: Mutation) {
  return shipped
    .filter(({ path }) => isFew(path) || path === file)
    .map(({ path, text }) => ({ path, text: path === file ? text.replace(find, () => put) : text }));
}

describe("a mutilated configuration", () => {
  it.each(MUTATIONS.map((mutation) => [`${mutation.file}: ${mutation.put.trim()}`, mutation] as const))(
    "is refused with its place: %s",
    (_, mutation) => {
      const original = shipped.find(({ path }) => path === mutation.file);
      const line = lineOf(original?.text ?? "", mutation.find) + (mutation.below ?? 0);
      const loaded = load(mutated(mutation));
      if (loaded.ok) throw new Error("it was taken");
      const here = loaded.faults.filter(({ file }) => file === mutation.file);
      const said = here.map(
        ({ line: at, column, what, allowed }) => `${at}:${column} ${what} (allowed: ${allowed})`,
      );
      // Flow collections that lose their end are noticed where the next thing begins.
      expect(
        here.map(({ line: at }) => at),
        said.join("\n"),
      ).toContain(here.some(({ line: at }) => at === line) ? line : line + 1);
      expect(said.join("\n")).toMatch(mutation.says);
      for (const { column, what } of loaded.faults) {
        expect(column).toBeGreaterThan(0);
        expect(what).not.toBe("");
      }
    },
  );

  it("is refused as a whole for a missing, an empty or a misnamed file", () => {
    for (const gone of ["gateway.yaml", "units.yaml", "switches.yaml"]) {
      const loaded = load(shipped.filter(({ path }) => path !== gone));
      expect(loaded).toMatchObject({
        ok: false,
        faults: expect.arrayContaining([expect.objectContaining({ file: gone })]),
      });
      const empty = load(shipped.map(({ path, text }) => ({ path, text: path === gone ? "" : text })));
      expect(empty.ok).toBe(gone === "gateway.yaml" ? empty.ok : false);
    }
    const misnamed = load(
      shipped.map(({ path, text }) => ({ path: path.replace("rules/fan.yaml", "fan.yaml"), text })),
    );
    expect(misnamed).toMatchObject({ ok: false, faults: [{ file: "fan.yaml", line: 1 }] });
  });

  it("is refused when nothing would ever alarm", () => {
    const none = load(shipped.filter(({ path }) => !path.startsWith("rules/")));
    expect(none.ok).toBe(false);
    if (!none.ok) expect(none.faults.map(({ what }) => what).join()).toMatch(/no rule/);
  });

  it("never makes the loader throw, wherever a file ends or loses a line", () => {
    for (const { path, text } of shipped) {
      const lines = text.split("\n");
      for (let i = 1; i < lines.length; i += Math.max(1, Math.floor(lines.length / 4))) {
        for (const broken of [
          lines.slice(0, i),
          [...lines.slice(0, i), ...lines.slice(i + 1)],
          [...lines, "  - : {"],
        ]) {
          const files = [...few.filter((file) => file.path !== path), { path, text: broken.join("\n") }];
          expect(() => load(files)).not.toThrow();
        }
      }
    }
  });

  it("never makes the loader throw, whatever stands in a file", () => {
    const texts = [
      "",
      "null",
      "[]",
      "7",
      "- - -",
      "{",
      "%YAML 9",
      "a: &a [*a]",
      "? {}\n: x",
      "\u0000",
      "__proto__: {a: 1}",
    ];
    for (const { path } of shipped) {
      for (const text of texts) {
        const files = [...few.filter((file) => file.path !== path), { path, text }];
        expect(() => load(files)).not.toThrow();
      }
    }
  });
});

describe("a secret", () => {
  const withZone = (value: string) =>
    shipped.map(({ path, text }) => ({
      path,
      text: path === "gateway.yaml" ? text.replace("data: ./data", () => `data: ${value}`) : text,
    }));

  it("comes from the environment or a file, by reference only", () => {
    const asked: string[] = [];
    const loaded = load(withZone("${env:DAVYLAMP_DATA}"), (reference) => {
      asked.push(reference);
      return '/srv/"davy" # lamp\\';
    });
    expect(asked).toEqual(["env:DAVYLAMP_DATA"]);
    expect(loaded.ok && loaded.gateway.data).toBe('/srv/"davy" # lamp\\');
    expect(load(withZone("${file:/run/secrets/x}"), () => "/srv/x")).toMatchObject({ ok: true });
  });

  it("that is not there, or written in another way, is a fault at its place", () => {
    const line = lineOf(shipped.find(({ path }) => path === "gateway.yaml")?.text ?? "", "data: ./data");
    for (const value of ["${env:NONE}", "${file:/none}", "${NONE}", "${vault:x}"]) {
      const loaded = load(withZone(value));
      expect(loaded, value).toMatchObject({ ok: false, faults: [{ file: "gateway.yaml", line, column: 7 }] });
    }
  });

  it("may not get into what the core is given, which is kept on disk", () => {
    const files = shipped.map(({ path, text }) => ({
      path,
      text: path === MINE ? text.replace("name: 示例一矿", () => "name: ${env:X}示例一矿") : text,
    }));
    expect(load(files, () => "secret")).toMatchObject({ ok: false, faults: [{ file: MINE }] });
  });
});
