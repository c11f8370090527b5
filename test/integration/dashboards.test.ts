import { execFileSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { pointId } from "../../src/model/mine.ts";
import { loadConfig } from "../../src/wire/config/load.ts";
import { type DemoSeries, writeDemoSeries } from "../support/demo-series.ts";
import { noInflux, type RealInflux, startInflux } from "../support/influx-real.ts";
import { shippedConfig } from "../support/shipped-config.ts";

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: { readonly uid: string };
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly {
    readonly refId: string;
    readonly query: string;
    readonly rawQuery: boolean;
  }[];
  readonly fieldConfig?: {
    readonly defaults: {
      readonly thresholds?: { readonly steps: readonly { readonly value: number | null }[] };
    };
  };
}
interface Board {
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly Panel[];
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly query: string; readonly multi: boolean }[];
  };
}

const FOLDER = "dashboards/json";
const AT = 1_767_225_600_000;
let boards: Map<string, Board>;
let dir: string;
let influx: RealInflux;
let demo: DemoSeries;

beforeAll(async () => {
  const names = (await readdir(FOLDER)).sort();
  boards = new Map();
  for (const name of names) boards.set(name, JSON.parse(await readFile(join(FOLDER, name), "utf8")) as Board);
  if (noInflux !== null) return;
  dir = await mkdtemp(join(tmpdir(), "davylamp-dashboards-"));
  influx = await startInflux(join(dir, "influx"));
  demo = await writeDemoSeries(dir, influx, AT);
}, 90_000);

afterAll(async () => {
  if (noInflux !== null) return;
  await influx.close();
  await rm(dir, { recursive: true });
});

const panels = (): [string, Panel][] =>
  [...boards].flatMap(([name, board]) =>
    board.panels.map((panel): [string, Panel] => [`${name} ${panel.title}`, panel]),
  );

/** As Grafana does it: a variable as a pattern, the range, the step. */
function filled(query: string, variables: Readonly<Record<string, readonly string[]>>): string {
  const escaped = (value: string) => value.replaceAll(/[\\^$*+?.()|[\]{}/]/g, "\\$&");
  return query
    .replaceAll(/\$\{(\w+):regex\}/g, (_, name: string) => {
      const values = (variables[name] ?? []).map(escaped);
      return values.length === 1 ? String(values[0]) : `(${values.join("|")})`;
    })
    .replaceAll("$timeFilter", `time >= ${demo.from}ms and time <= ${demo.to}ms`)
    .replaceAll("$__interval", "1m");
}

/** What a query answers but its times: rows with something in them. */
async function rowsOf(
  query: string,
  variables: Readonly<Record<string, readonly string[]>>,
): Promise<unknown[][]> {
  const text = filled(query, variables);
  const left = /\$\{?\w+/.exec(text.replaceAll(/\$\//g, ""));
  if (left !== null) throw new Error(`${left[0]} was not filled in: ${text}`);
  const rows = await influx.ask(text);
  return rows.filter((row) => row.slice(1).some((value) => value !== null));
}

/** The variables of a dashboard by its own queries, all values of each. */
async function variablesOf(board: Board): Promise<Record<string, string[]>> {
  const known: Record<string, string[]> = {};
  for (const { name, query, multi } of board.templating.list) {
    const rows = await influx.ask(filled(query, known));
    const values = rows.map((row) => String(row[1])).sort();
    expect(values.length, `${board.title} ${name}`).toBeGreaterThan(0);
    known[name] = multi ? values : values.slice(0, 1);
  }
  return known;
}

describe("the dashboards", () => {
  it("are what tools/dashboards.mjs writes", async () => {
    const made = await mkdtemp(join(tmpdir(), "davylamp-dashboards-json-"));
    execFileSync(process.execPath, ["tools/dashboards.mjs", made]);
    expect([...boards.keys()]).toEqual((await readdir(made)).sort());
    for (const name of boards.keys())
      expect(await readFile(join(FOLDER, name), "utf8"), name).toBe(await readFile(join(made, name), "utf8"));
    await rm(made, { recursive: true });
  });

  it("are eight, each with its own name, panels that do not overlap, Chinese titles and English beside them", () => {
    expect([...boards.values()].map(({ uid }) => uid).sort()).toEqual(
      ["alarms", "county", "fans", "gateway", "methane", "mine", "people", "ring"].map(
        (name) => `davylamp-${name}`,
      ),
    );
    for (const [name, { panels: own }] of boards) {
      expect(new Set(own.map(({ id }) => id)).size, name).toBe(own.length);
      const taken = new Set<string>();
      for (const { title, description, gridPos: g } of own) {
        expect(title, `${name} ${title}`).toMatch(/\p{Script=Han}|UPS/u);
        expect(description, `${name} ${title}`).toMatch(/[A-Za-z]{2,}|\p{Script=Han}/u);
        for (let x = g.x; x < g.x + g.w; x++)
          for (let y = g.y; y < g.y + g.h; y++) {
            expect(taken.has(`${x} ${y}`), `${name} ${title}`).toBe(false);
            taken.add(`${x} ${y}`);
            expect(x, `${name} ${title}`).toBeLessThan(24);
          }
      }
    }
  });

  it("ask the data source that is provisioned, and are where the provider and the compose file look", async () => {
    const read = async (path: string) => parse(await readFile(path, "utf8"));
    const { datasources } = (await read("dashboards/provisioning/datasources/influxdb.yaml")) as {
      datasources: { uid: string; type: string; jsonData: { version: string; httpHeaderName1: string } }[];
    };
    expect(datasources).toMatchObject([{ type: "influxdb", jsonData: { version: "InfluxQL" } }]);
    for (const [name, { type, datasource }] of panels())
      if (type !== "text") expect(datasource?.uid, name).toBe(datasources[0]?.uid);
    const { providers } = (await read("dashboards/provisioning/dashboards/davylamp.yaml")) as {
      providers: { options: { path: string } }[];
    };
    const compose = (await read("docker-compose.yml")) as {
      services: { grafana: { volumes: string[]; environment: Record<string, string> } };
    };
    const { volumes, environment } = compose.services.grafana;
    expect(volumes).toContain(`./dashboards/json:${providers[0]?.options.path}:ro`);
    const home = environment["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"] ?? "";
    expect([...boards.keys()].map((name) => `${providers[0]?.options.path}/${name}`)).toContain(home);
    const text = await readFile("dashboards/provisioning/datasources/influxdb.yaml", "utf8");
    for (const [, variable = ""] of text.matchAll(/\$\{(\w+)\}/g))
      expect(Object.keys(environment)).toContain(variable);
    expect(text).toContain("$__file{/run/tokens/grafana}");
    expect(volumes).toContain("grafana-token:/run/tokens:ro");
  });

  it("draw the limits of the law where they show a place of it, and cite only clauses that the rules cite", () => {
    const loaded = loadConfig(shippedConfig(), () => undefined, AT);
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
    const { limits, rules } = loaded.config;
    const places = panels().filter(
      ([, { targets = [] }]) =>
        /"loc"/.test(targets[0]?.query ?? "") &&
        /max\("v"\) FROM/.test(targets[0]?.query ?? "") &&
        targets[0]?.query.includes('"loc" ='),
    );
    const drawn = places.filter(([, { fieldConfig }]) => fieldConfig?.defaults.thresholds !== undefined);
    expect(drawn.length).toBeGreaterThanOrEqual(6);
    for (const [name, { targets, fieldConfig }] of drawn) {
      const [, one, many] =
        /"loc" =(?: '(\w+)'|~ \/\^\(([\w|]+)\)\$\/)/.exec(targets?.[0]?.query ?? "") ?? [];
      const steps = fieldConfig?.defaults.thresholds?.steps.flatMap(({ value }) =>
        value === null ? [] : [value],
      );
      for (const loc of (one ?? many ?? "").split("|")) {
        const law = limits.find((row) => row.loc === loc && row.types.includes("0001"));
        const wanted = [...new Set([law?.alarm, law?.cut])].filter((value) => typeof value === "number");
        expect(steps, `${name} ${loc}`).toEqual(wanted);
      }
    }
    const bases = [...limits, ...rules].map(({ basis }) => basis ?? "");
    for (const [name, { description = "" }] of panels())
      for (const [clause] of description.matchAll(/《[^》]+》\(\d+\) 第[\d、–]+条/g))
        expect(
          bases.some((basis) => basis === clause || basis.includes(clause.replace("条", ""))),
          `${name} ${clause}`,
        ).toBe(true);
  });
});

describe.skipIf(noInflux !== null)("on a real InfluxDB with a day of the demo", () => {
  it("every query of every panel answers, none with nothing", async () => {
    const empty: string[] = [];
    for (const [name, board] of boards) {
      const variables = await variablesOf(board);
      for (const { title, targets = [], type } of board.panels) {
        if (type === "text") continue;
        expect(targets.length, `${name} ${title}`).toBeGreaterThan(0);
        for (const { query, rawQuery } of targets) {
          expect(rawQuery).toBe(true);
          if ((await rowsOf(query, variables)).length === 0) empty.push(`${name} ${title}: ${query}`);
        }
      }
    }
    expect(empty).toEqual([]);
  });

  it("every question for a tag or field asks what the writer writes", async () => {
    const keys = async (what: string) =>
      new Set((await influx.ask(`SHOW ${what} KEYS`)).map(([key]) => String(key)));
    const written = new Set([...(await keys("TAG")), ...(await keys("FIELD"))]);
    for (const [name, { targets = [] }] of panels())
      for (const { query } of targets) {
        const own = [...query.matchAll(/AS "([^"]+)"/g)].map(([, alias]) => alias);
        const measurements = [...query.matchAll(/FROM "([^"]+)"/g)].map(([, measurement]) => measurement);
        for (const [, word = ""] of query.matchAll(/"([^"]+)"/g))
          if (!own.includes(word) && !measurements.includes(word))
            expect(written, `${name} ${word}`).toContain(word);
      }
  });

  it("is watched: a wrong measurement, tag or state comes back empty, and wrong words are refused", async () => {
    const all = { mine: ["520523017311"] };
    const query = `SELECT max("v") FROM "safety" WHERE $timeFilter AND "mine" =~ /^\${mine:regex}$/ AND "loc" = 'CF_FACE_OB'`;
    expect(await rowsOf(query, all)).toHaveLength(1);
    for (const [from, to] of [
      ['"safety"', '"saftey"'],
      ['"v"', '"value"'],
      ["CF_FACE_OB", "CF_FACE"],
    ] as const)
      expect(await rowsOf(query.replace(from, to), all)).toEqual([]);
    await expect(rowsOf(query.replace("SELECT", "SELEKT"), all)).rejects.toThrow(/SELEKT/);
    await expect(rowsOf(query, {}).then(() => rowsOf("SELECT $other", {}))).rejects.toThrow(/not filled/);
  });

  describe("says what happened", () => {
    const answer = async (file: string, title: string, variables: Record<string, string[]> | null = null) => {
      const board = boards.get(file) as Board;
      const [query = ""] = (board.panels.find((panel) => panel.title === title)?.targets ?? []).map(
        (one) => one.query,
      );
      return rowsOf(query, variables ?? (await variablesOf(board)));
    };
    const steps = (what: string) =>
      demo.records.flatMap((entry) =>
        entry.type === "transition" && entry.transition.what === what && entry.alarm.class !== "test"
          ? [entry]
          : [],
      );

    it("of alarms: how many were raised and by what, and how long it took to answer", async () => {
      const raised = steps("raise");
      expect(raised.length).toBeGreaterThan(20);
      expect((await answer("county.json", "报警次数"))[0]?.[1]).toBe(raised.length);
      const red = raised.filter(({ alarm }) => alarm.level === "red").length;
      expect((await answer("county.json", "红色报警"))[0]?.[1]).toBe(red);
      const own = raised.filter(({ alarm }) => alarm.mine === "gateway").length;
      expect((await answer("gateway.json", "网关故障"))[0]?.[1]).toBe(own);
      const late = raised.filter(({ alarm }) => alarm.retrospective).length;
      expect((await answer("gateway.json", "补判报警"))[0]?.[1]).toBe(late);
      const seconds = steps("acknowledge").map(
        ({ alarm }) => ((alarm.acknowledged?.at ?? Number.NaN) - alarm.detectedAt) / 1_000,
      );
      expect(seconds.length).toBeGreaterThan(10);
      const mean = seconds.reduce((sum, one) => sum + one, 0) / seconds.length;
      expect((await answer("county.json", "平均确认用时"))[0]?.[1]).toBeCloseTo(mean, 6);
      expect((await answer("alarms.json", "最长确认用时"))[0]?.[1]).toBe(Math.max(...seconds));
    });

    it("of methane: the greatest of each mine among the values that are values", async () => {
      const greatest = new Map<string, number>();
      for (const { arrival } of demo.inputs) {
        if (arrival.type !== "packet" || arrival.system !== "safety" || !("columns" in arrival.body))
          continue;
        const { n, codes, v, s, bad } = arrival.body.columns;
        for (let i = 0; i < n; i++) {
          const code = String(codes[i]);
          if (!METHANE.has(pointId(arrival.mine, "safety", code)) || (s[i] ?? 0) >= 16 || bad?.[i]) continue;
          greatest.set(arrival.mine, Math.max(greatest.get(arrival.mine) ?? 0, v[i] ?? 0));
        }
      }
      expect(greatest.size).toBeGreaterThan(1);
      const shown = (await answer("county.json", "各矿甲烷最大值")).map(([, value]) => value);
      expect(shown.sort()).toEqual([...greatest.values()].sort());
    });
    /** By the mines' own tables. */
    const METHANE = new Set<string>();
    beforeAll(() => {
      for (const { arrival } of demo.inputs) {
        if (arrival.type !== "packet" || !("kind" in arrival.body) || arrival.body.kind !== "points")
          continue;
        for (const { code, type } of arrival.body.points)
          if (/^(0001|0011|0043)$/.test(type)) METHANE.add(pointId(arrival.mine, arrival.system ?? "", code));
      }
    });

    it("of people as numbers only: no card and no name is in any series", async () => {
      const cards = demo.inputs.flatMap(({ arrival }) =>
        arrival.type === "packet" && "kind" in arrival.body && arrival.body.kind === "people"
          ? arrival.body.people.flatMap(({ card, name }) => [card, name ?? card])
          : [],
      );
      expect(cards.length).toBeGreaterThan(100);
      const known = new Set(cards);
      const rows = await influx.ask('SELECT * FROM "people"');
      expect(rows.length).toBeGreaterThan(100);
      expect(rows.flat().filter((cell) => known.has(String(cell)))).toEqual([]);
    });

    it("of people: how many are underground, minute by minute", async () => {
      const newest = new Map<string, number>();
      for (const { arrival } of demo.inputs) {
        if (arrival.type !== "packet" || !("kind" in arrival.body) || arrival.body.kind !== "people")
          continue;
        const { ts, people } = arrival.body;
        newest.set(
          `${arrival.mine} ${Math.floor(ts / 60_000) * 60_000}`,
          people.filter(({ up }) => up === undefined).length,
        );
      }
      const mines = [...new Set([...newest.keys()].map((key) => String(key.split(" ")[0])))];
      const mine = mines[0] ?? "";
      const shown = await answer("people.json", "井下人数", { mine: [mine] });
      expect(shown.length).toBeGreaterThan(60);
      for (const [time, count] of shown) expect(count, String(time)).toBe(newest.get(`${mine} ${time}`));
    });
  });
});
