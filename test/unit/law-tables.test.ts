import { describe, expect, it } from "vitest";
import { HOUR, MINUTE, SECOND } from "../../src/model/time.ts";
import { loadConfig } from "../../src/wire/config/load.ts";
import { shippedConfig } from "../support/shipped-config.ts";

const loaded = loadConfig(shippedConfig(), () => undefined, Date.UTC(2026, 2, 1));
if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
const { config } = loaded;

const FACES = ["CF_CORNER", "CF_FACE", "CF_FACE_OB", "CF_RETURN", "CF_RETURN_MID"];
const FACE_INTAKES = ["CF_INTAKE", "CF_INTAKE_OB", "CF_INTAKE_SERIES"];
const HEADINGS = ["DF_FACE", "DF_RETURN", "DF_MID", "DF_TWIN_RETURN", "DF_ROCK"];
const HEAD_INTAKES = ["DF_INTAKE", "DF_INTAKE_OB", "DF_FAN_SERIES", "DF_FAN_SERIES2"];
const MACHINES = ["SHEARER", "ROADHEADER", "TBM"];
const WORKINGS = [...FACES, ...FACE_INTAKES, ...HEADINGS, ...HEAD_INTAKES, ...MACHINES, "DIST_RETURN"];
const BREATHED = [...WORKINGS, "MAIN_RETURN", "UNASSIGNED"];

type Row = readonly [locs: readonly string[], alarm: number | null, alarmLow: number | null, clause: string];

/** Articles 156, 157, 191, 192, 523, 541, written down here by themselves. */
const LAW: Readonly<Record<string, readonly Row[]>> = {
  "0004": [
    [BREATHED, 24, null, "第156、541条"],
    [["BELT_DRUM"], 10, null, "第541条"],
  ],
  "0013": [
    [[...FACES, ...HEADINGS, ...MACHINES, "DIST_RETURN"], 1.5, null, "第192条"],
    [[...FACE_INTAKES, ...HEAD_INTAKES, "DIST_INTAKE", "MAIN_INTAKE"], 0.5, null, "第156条"],
    [["MAIN_RETURN"], 0.75, null, "第191条"],
  ],
  "0012": [[[...FACE_INTAKES, ...HEAD_INTAKES], null, 20, "第156条"]],
  "0009": [[BREATHED, 6.6, null, "第156条"]],
  "0041": [[BREATHED, 2.5, null, "第156条"]],
  "0042": [[BREATHED, 5, null, "第156条"]],
  "0044": [[BREATHED, 40, null, "第156条"]],
  "0039": [[["CHARGE"], 0.5, null, "第541条"]],
  "0002": [
    [["FAN_DRIFT"], 15, null, "第157条"],
    [["HOIST_GOODS"], 12, null, "第157条"],
    [["AIR_BRIDGE"], 10, null, "第157条"],
    [["HOIST_MEN", "MAIN_INTAKE", "MAIN_RETURN"], 8, null, "第157条"],
    [["TROLLEY_ROAD"], 8, 1, "第157条"],
    [["CONVEYOR", "DIST_INTAKE", "DIST_RETURN"], 6, 0.25, "第157条"],
    [["CF_FACE", "CF_FACE_OB", "DF_FACE", "DF_RETURN", "DF_MID"], 4, 0.25, "第157条"],
    [["DF_ROCK"], 4, 0.15, "第157条"],
    [["WALKWAY"], null, 0.15, "第157条"],
    [["BELT_INTAKE_SHAFT"], 4, null, "第157条"],
  ],
  "0003": [[["CHARGE"], 34, null, "第523条"]],
};

describe("the tables of limits beside methane", () => {
  it.each(Object.entries(LAW))("of type %s are the regulation's, place by place", (type, rows) => {
    const told = rows.flatMap(([locs, alarm, alarmLow, clause]) =>
      locs.map((loc) => [loc, alarm, alarmLow, `《煤矿安全规程》(2025) ${clause}`]),
    );
    const held = config.limits
      .filter((row) => row.types.includes(type) && row.from === "law")
      .map(({ loc, alarm, alarmLow, basis }) => [loc, alarm, alarmLow, basis]);
    expect(held.sort()).toEqual(told.sort());
  });

  it("start with what the county chose where the law leaves it to the mine's engineer", () => {
    const chosen = config.limits.filter(({ from }) => from === "county");
    expect(new Set(chosen.flatMap(({ types }) => types))).toEqual(new Set(["0003", "0028", "vibration"]));
    for (const { basis, loc } of chosen) expect(basis, loc).toBeNull();
    const at = (type: string, loc: string) =>
      chosen.find((row) => row.types.includes(type) && row.loc === loc)?.alarm;
    expect([at("0003", "MAIN_RETURN"), at("0003", "BELT_DRUM"), at("0003", "SUBSTATION")]).toEqual([
      34, 60, 34,
    ]);
    expect([at("0028", "UNASSIGNED"), at("vibration", "UNASSIGNED")]).toEqual([120, 4.6]);
  });

  it("release no upper limit above it and no lower one below it", () => {
    for (const { alarm, release, alarmLow, releaseLow, loc } of config.limits) {
      if (alarm !== null && release !== null) expect(release, loc).toBeLessThanOrEqual(alarm);
      if (alarmLow !== null && releaseLow !== null) expect(releaseLow, loc).toBeGreaterThanOrEqual(alarmLow);
    }
  });
});

type Told = readonly [level: string, onDelay: number, offDelay: number, clause: string | null, ack?: "none"];

/** The rows of the rule table: level, delay before it raises, time it must be over, clause (null = a proposal). */
const RULES: Readonly<Record<string, Told>> = {
  "CH4-19": ["red", 0, 0, "第196、197条"],
  "CH4-20": ["red", 0, 0, null],
  "CH4-21": ["blue", 5 * MINUTE, 0, null, "none"],
  "CH4-22": ["blue", 0, 10 * MINUTE, null, "none"],
  "CH4-24": ["red", 0, 0, null],
  "CH4-26": ["red", 0, 10 * MINUTE, "第540条"],
  "CH4-23": ["orange", 10 * MINUTE, 0, null],
  "CH4-23b": ["red", 30 * MINUTE, 0, null],
  "CH4-23c": ["red", 10 * MINUTE, 0, null],
  "CH4-23d": ["red", 10 * MINUTE, 0, null],
  "LIM-01": ["yellow", 0, 0, "第536条"],
  "LIM-01b": ["yellow", 0, 0, "第536条"],
  "LIM-02": ["orange", 0, 0, "第536条"],
  "LIM-02b": ["orange", 0, 0, "第536条"],
  "CO-01": ["yellow", 60 * SECOND, 0, "第156、541条"],
  "CO-02": ["yellow", 0, 0, "第541条"],
  "CO-03": ["orange", 0, 0, null],
  "CO-03b": ["orange", 0, 0, null],
  "CO-03c": ["red", 15 * MINUTE, 0, null],
  "CO-03d": ["red", 60 * SECOND, 0, null],
  "CO-03e": ["red", 60 * SECOND, 0, null],
  "CO-03f": ["red", 0, 0, null],
  "CO-04": ["blue", HOUR, 0, "第263条"],
  "CO2-01b": ["orange", 0, 0, "第191条"],
  "CO2-01": ["orange", 0, 0, "第192条"],
  "CO2-02": ["yellow", 60 * SECOND, 0, "第156条"],
  "O2-01": ["yellow", 60 * SECOND, 0, "第156条"],
  "H2S-01": ["orange", 0, 0, "第156条"],
  "NO2-01": ["yellow", 0, 0, "第156条"],
  "SO2-01": ["yellow", 0, 0, "第156条"],
  "NH3-01": ["yellow", 0, 0, "第156条"],
  "H2-01": ["orange", 0, 0, "第541条"],
  "WS-01": ["yellow", 5 * MINUTE, 60 * SECOND, "第157条"],
  "WS-01b": ["orange", 60 * SECOND, 60 * SECOND, "第157条"],
  "WS-02": ["blue", 5 * MINUTE, 0, "第157条"],
  "WS-03": ["orange", 2 * MINUTE, 0, null],
  "WD-01": ["red", 0, 60 * SECOND, "第540条"],
  "TMP-01": ["yellow", 60 * SECOND, 0, "第523条"],
  "TMP-02": ["yellow", 60 * SECOND, 0, "第541条"],
  "SMK-01": ["orange", 0, 60 * SECOND, "第541条"],
  "SMK-02": ["red", 0, 0, "第253、541条"],
  "DOOR-01": ["yellow", 60 * SECOND, 0, "第542条"],
  "DOOR-01b": ["orange", 5 * MINUTE, 0, "第542条"],
  "DOOR-01c": ["orange", 0, 0, "第542条"],
  "DUCT-01b": ["red", 0, 60 * SECOND, "第183条"],
  "LFAN-01b": ["red", 0, 0, "第183、184、197条"],
  "LFAN-02": ["yellow", 10 * MINUTE, 0, "第183条"],
  "DUCT-01": ["orange", 60 * SECOND, 60 * SECOND, "第183条"],
  "LFAN-01": ["orange", 60 * SECOND, 0, "第183、184、197条"],
  "DST-01": ["blue", 10 * MINUTE, 0, null],
  "SEN-01": ["orange", 60 * SECOND, 0, "第528条"],
  "SEN-01b": ["yellow", 60 * SECOND, 0, "第528条"],
  "SEN-01c": ["blue", 60 * SECOND, 0, "第528条"],
  "SEN-01d": ["orange", 60 * SECOND, 0, "第528条"],
  "SEN-01e": ["yellow", 60 * SECOND, 0, "第528条"],
  "SEN-01f": ["blue", 60 * SECOND, 0, "第528条"],
  "SEN-04": ["blue", 0, 0, null],
  "FAN-08": ["orange", 60 * SECOND, 0, "第540条"],
  "FAN-04": ["orange", 60 * SECOND, 0, "4.6.2"],
  "FAN-05": ["orange", 60 * SECOND, 0, null],
  "FAN-06": ["orange", 60 * SECOND, 0, null],
  "FAN-07": ["yellow", 60 * SECOND, 0, null],
  "FAN-09": ["yellow", 60 * SECOND, 0, null],
  "FAN-09b": ["yellow", 60 * SECOND, 0, null],
  "FAN-09c": ["yellow", 60 * SECOND, 0, null],
  "FAN-10": ["orange", 10 * SECOND, 0, null],
  "STOP-01": ["orange", 5 * MINUTE, 0, null],
  "NET-01": ["orange", 60 * SECOND, 0, null],
  "NET-02": ["orange", 10 * SECOND, 0, null],
  "NET-03": ["yellow", 0, HOUR, null],
  "NET-04": ["yellow", 30 * SECOND, 0, null],
  "NET-03b": ["yellow", 0, HOUR, null],
  "NET-04b": ["orange", 30 * SECOND, 0, null],
  "NET-05": ["yellow", 60 * SECOND, 0, null],
  "HYD-01": ["blue", 0, 10 * MINUTE, null],
  "HYD-01b": ["yellow", 0, 10 * MINUTE, null],
  "HYD-01c": ["orange", 0, 10 * MINUTE, null],
  "HYD-01d": ["red", 0, 10 * MINUTE, null],
  "HYD-02": ["orange", 5 * MINUTE, 0, null],
  "STOP-02": ["orange", 0, 0, null],
  "RB-01": ["blue", 0, 0, "第338条", "none"],
  "RB-02": ["red", 0, 0, "第335、350条"],
  "FIRE-01": ["orange", 0, 24 * HOUR, "第263条"],
  "TLG-02": ["orange", 10 * MINUTE, 0, "GB 51108 8.3"],
  "TLG-03": ["yellow", 0, 0, "GB 51108 8.3"],
  "TLG-04": ["blue", 10 * MINUTE, 0, "GB 39496-2020 5.5"],
  "TLG-04d": ["red", 10 * MINUTE, 0, "GB 39496-2020 5.5"],
  "TLG-01": ["yellow", 0, 0, "GB 39496-2020 5.5.4"],
  "TLG-01b": ["orange", 0, 0, "GB 39496-2020 5.5.4"],
  "TLG-01c": ["red", 0, 0, "GB 39496-2020 5.5.4"],
  "SLP-01": ["yellow", 0, 0, "GB 51214-2017 12.3"],
  "SLP-02": ["orange", 0, 0, "GB 51214-2017 12.3"],
  "SLP-04": ["orange", 0, 0, "GB 51214-2017 12.3"],
  "SLP-03": ["orange", 0, 0, "GB 51214-2017 12.3"],
};

describe("the rules of the table", () => {
  it.each(Object.entries(RULES))("%s has the table's level, times and clause", (id, told) => {
    const [level, onDelay, offDelay, clause, ack = "required"] = told;
    const rule = config.rules.find((each) => each.id === id);
    expect(rule).toMatchObject({ level, onDelay, offDelay, ack, unverified: clause === null });
    if (clause === null) expect(rule?.basis).toBeNull();
    else expect(rule?.basis).toContain(clause);
  });
});
