import type { AlarmJson, MineJson, PointJson, ResponseJson, SeriesJson } from "../../src/console/shapes.ts";
import { alarmJson } from "../../src/wire/alarm.ts";
import { anAlarm } from "./any-alarm.ts";

const MINUTE = 60_000;
const CYCLE = 30_000;
const iso = (t: number) => `${new Date(t + 8 * 3_600_000).toISOString().slice(0, 23)}+08:00`;

export const MINES = {
  high: "520523017311",
  low: "520523017312",
  metal: "520523017313",
  stopped: "520523017314",
} as const;

/** A small county that stands still unless a test moves it: four mines, a handful of points, plausible curves. */
export function createFakeCounty(startedAt: number) {
  /** Per mine: no message since. */
  const silentSince = new Map<string, number>();
  const states = new Map<string, number>();

  return {
    roles: {
      viewer: "viewer",
      duty: "duty",
      lead: "lead",
      admin: "admin",
      auditor: "auditor",
      mine: "mine",
    } as Record<string, string>,
    silence: (mine: string, since: number) => void silentSince.set(mine, since),
    setState: (point: string, bits: number) => void states.set(point, bits),

    mines: (now: number): MineJson[] =>
      MINE_ROWS.map((row) => mineJson(row, now, silentSince.get(row.code) ?? null)),

    points: (now: number, mine: string | null): PointJson[] =>
      POINT_ROWS.filter((row) => mine === null || row.mine === mine).map((row) =>
        pointJson(row, now, states.get(`${row.mine}:${row.system}:${row.code}`) ?? row.state),
      ),

    series: (id: string, from: number, to: number, step: "raw" | "1m", now: number): SeriesJson =>
      seriesJson(id, from, Math.min(to, now), step, startedAt),

    response: (alarm: AlarmJson): ResponseJson | null =>
      alarm.rule.startsWith("CH4") ? METHANE_RESPONSE : null,

    blank: (now: number): AlarmJson => blankAlarm(now),
    alarms: (now: number): Record<string, Partial<AlarmJson>> => sampleAlarms(now),
  };
}

export type FakeCounty = ReturnType<typeof createFakeCounty>;

interface MineRow {
  code: string;
  name: string;
  kind: "coal" | "metal";
  status: "producing" | "stopped";
  gasGrade: "high" | "low" | null;
  people: number;
  approved: number;
  phone: string;
  systems: string[];
}

const MINE_ROWS: MineRow[] = [
  {
    code: MINES.high,
    name: "青山煤矿",
    kind: "coal",
    status: "producing",
    gasGrade: "high",
    people: 212,
    approved: 260,
    phone: "0857-5550101",
    systems: ["safety", "fan", "person", "ring"],
  },
  {
    code: MINES.low,
    name: "大沟煤矿",
    kind: "coal",
    status: "producing",
    gasGrade: "low",
    people: 148,
    approved: 200,
    phone: "0857-5550202",
    systems: ["safety", "fan", "person"],
  },
  {
    code: MINES.metal,
    name: "红岩磷矿",
    kind: "metal",
    status: "producing",
    gasGrade: null,
    people: 87,
    approved: 120,
    phone: "0857-5550303",
    systems: ["safety", "fan", "person"],
  },
  {
    code: MINES.stopped,
    name: "石桥煤矿",
    kind: "coal",
    status: "stopped",
    gasGrade: "low",
    people: 6,
    approved: 160,
    phone: "0857-5550404",
    systems: ["safety", "person", "tailings"],
  },
];

function mineJson(row: MineRow, now: number, silent: number | null): MineJson {
  const newest = silent ?? now - 4_000;
  return {
    config: {
      code: row.code,
      name: row.name,
      kind: row.kind,
      status: row.status,
      gasGrade: row.gasGrade,
      rockBurst: false,
      approvedUnderground: row.approved,
      contacts: [
        { name: "值班调度", role: "矿调度室", phone: row.phone },
        { name: "值班领导", role: "带班矿领导", phone: row.phone.replace(/.$/, "9") },
      ],
    },
    link: silent === null ? "up" : "down",
    newestSample: iso(newest),
    newestMessage: iso(newest),
    underground: row.people,
    streams: row.systems.map((system, i) => ({
      system,
      link: silent === null ? "up" : "down",
      newestSample: iso(newest - 400),
      newestMessage: iso(newest),
      offset: 180 + i * 240,
      points: 40 - i * 9,
      tableVersion: 3 + i,
      tableHeld: null,
      cycle: system === "fan" ? 10 : system === "person" ? 60 : 30,
      seqGaps: i === 0 ? 2 : 0,
    })),
    counters: {
      accepted: 184_233,
      duplicate: 12,
      late: 40,
      suspect: 0,
      "rejected:value-not-a-number": 3,
      "rejected:time-in-seconds": 1,
      qos0: 0,
    },
    rejects: [
      {
        at: iso(now - 3 * MINUTE),
        topic: `mine/v1/${row.code}/safety/readings`,
        reason: "value-not-a-number",
        what: '{"p":"CH4-07","v":"--"}',
      },
      {
        at: iso(now - 41 * MINUTE),
        topic: `mine/v1/${row.code}/safety/readings`,
        reason: "time-in-seconds",
        what: '{"p":"CO-02","v":6,"t":1790000000}',
      },
    ],
  };
}

interface PointRow {
  mine: string;
  system: string;
  code: string;
  type: string;
  place: string;
  value: number | null;
  word: string | null;
  unit: string | null;
  state: number;
  limits: [number, number | null, number | null] | null;
}

const P = (
  code: string,
  type: string,
  place: string,
  value: number | null,
  unit: string | null,
  limits: PointRow["limits"] = null,
  state = 0,
  word: string | null = null,
  system = "safety",
): PointRow => ({
  mine: MINES.high,
  system,
  code,
  type,
  place,
  value,
  word,
  unit,
  state,
  limits,
});

const POINT_ROWS: PointRow[] = [
  P("HAND-CH4", "0001", "1101采煤工作面回风隅角", 1.62, "%CH4", [1.0, 1.5, 1.0], 3),
  P("CH4-01", "0001", "1101采煤工作面T1", 0.62, "%CH4", [1.0, 1.5, 1.0]),
  P("CH4-02", "0001", "1101回风巷T2", 0.71, "%CH4", [1.0, 1.0, 1.0], 4),
  P("CH4-03", "0001", "1203掘进工作面T1", 0, "%CH4", [1.0, 1.5, 1.0], 128),
  P("CH4-04", "0001", "1203掘进工作面回风流", null, "%CH4", [1.0, 1.0, 1.0], 16),
  P("CH4-05", "0001", "总回风巷", 4, "%CH4", [0.75, null, 0.75], 8),
  P("CO-01", "0004", "1101回风巷", 6, "ppm", [24, null, 24]),
  P("CO-02", "0004", "皮带巷机头", 9, "ppm", [24, null, 24], 32),
  P("TEMP-01", "0003", "1101采煤工作面", 26.4, "℃", [30, 34, 30]),
  P("WIND-01", "0002", "1101回风巷", 1.8, "m/s"),
  P("DOOR-01", "1002", "一采区联络巷1号风门", 0, null, null, 0, "closed"),
  P("DOOR-02", "1002", "一采区联络巷2号风门", 1, null, null, 0, "open"),
  P("FEED-01", "1015", "1101工作面馈电", 0, null, null, 0, "unpowered"),
  P("SMOKE-01", "1008", "皮带巷", 0, null, null, 0, "clear"),
  P("1#-RUN", "1010", "主井风机房 1#", 1, null, null, 0, "running", "fan"),
  P("2#-RUN", "1010", "主井风机房 2#", 0, null, null, 0, "stopped", "fan"),
  P("1#-VIB", "0026", "主井风机房 1# 前轴承", 61.5, "℃", [75, null, 75], 0, null, "fan"),
  P("RING-1", "ringState", "井下主环", 0, null, null, 0, "closed", "ring"),
  ...Array.from({ length: 40 }, (_, i) =>
    P(`CH4-${20 + i}`, "0001", `${1100 + i}顺槽`, 0.1 + (i % 7) / 20, "%CH4", [1.0, 1.5, 1.0]),
  ),
];

function pointJson(row: PointRow, now: number, state: number): PointJson {
  const unknown = (state & (16 | 32 | 64 | 128)) !== 0;
  return {
    id: `${row.mine}:${row.system}:${row.code}`,
    mine: row.mine,
    system: row.system,
    def: {
      code: row.code,
      type: row.type,
      kind: row.word === null ? "analog" : "switch",
      place: row.place,
      cycle: CYCLE / 1000,
    },
    loc: null,
    confirmed: row.code !== "CH4-20",
    unit: row.unit,
    limits:
      row.limits === null
        ? null
        : { alarm: row.limits[0], cut: row.limits[1], release: row.limits[2], from: "law" },
    value: row.value,
    word: row.word,
    state,
    quality: unknown
      ? "unknown"
      : (state & 4) !== 0
        ? "calibrating"
        : (state & 8) !== 0
          ? "over-range"
          : "good",
    at: iso(now - 6_000),
    listed: row.code !== "CH4-21",
  };
}

/** A shift of methane: a slow wave, a calibration, a break of the line, and a climb over both limits at the end. */
function seriesJson(id: string, from: number, to: number, step: "raw" | "1m", start: number): SeriesJson {
  if (id.endsWith("WIND-01")) return { step, rows: [], next: null } as SeriesJson;
  const sample = (t: number): { v: number | null; s: number } | null => {
    const ago = start - t;
    if (ago > 34 * MINUTE && ago < 41 * MINUTE) return null;
    if (ago > 24 * MINUTE && ago < 27 * MINUTE) return { v: 2.0, s: 4 };
    if (ago > 17 * MINUTE && ago < 20 * MINUTE) return { v: 0, s: 128 };
    const wave = 0.55 + 0.12 * Math.sin(t / (7 * MINUTE)) + 0.05 * Math.sin(t / (1.3 * MINUTE));
    const climb = ago < 9 * MINUTE ? Math.min(1.1, ((9 * MINUTE - ago) / (9 * MINUTE)) * 1.15) : 0;
    const v = Math.round((wave + climb) * 100) / 100;
    return { v, s: (v >= 1 ? 1 : 0) | (v >= 1.5 ? 2 : 0) };
  };
  if (step === "raw") {
    const rows = [];
    for (let t = Math.ceil(from / CYCLE) * CYCLE; t < to; t += CYCLE) {
      const one = sample(t);
      if (one !== null) rows.push({ t, ...one });
    }
    return { step, rows, next: null };
  }
  const rows = [];
  for (let t = Math.floor(from / MINUTE) * MINUTE; t < to; t += MINUTE) {
    const both = [sample(t), sample(t + CYCLE)].filter((one) => one !== null);
    const known = both.filter(({ s }) => s < 16).map(({ v }) => v as number);
    if (both.length === 0) continue;
    const none = known.length === 0;
    rows.push({
      t,
      min: none ? null : Math.min(...known) - 0.04,
      max: none ? null : Math.max(...known) + 0.06,
      avg: none ? null : known.reduce((a, b) => a + b, 0) / known.length,
      s: both.reduce((bits, { s }) => bits | s, 0),
    });
  }
  return { step, rows, next: null };
}

const METHANE_RESPONSE: ResponseJson = {
  cause: "工作面瓦斯涌出增大、通风不足或采空区瓦斯涌出",
  consequence: "达到断电浓度时应自动切断工作面及其回风巷内全部非本质安全型电气设备电源；未断电则有爆炸危险",
  action: "立即电话核实：是否已断电、是否已停止作业并撤人；查明原因并处理，浓度降到 1.0% 以下方可复电",
  within: 5 * MINUTE,
};

function blankAlarm(now: number): AlarmJson {
  const point = `${MINES.high}:safety:HAND-CH4`;
  const people = { underground: 212, area: 9, asOf: now - 20_000, quality: "good", list: null } as const;
  return alarmJson(
    anAlarm({
      mineName: "青山煤矿",
      subject: { kind: "point", id: point, name: "HAND-CH4" },
      point,
      place: "1101采煤工作面回风隅角",
      loc: "CF_CORNER",
      peak: null,
      raisedAt: now,
      detectedAt: now,
      people,
    }),
  );
}

/** One of each kind that an officer meets in a bad hour. */
function sampleAlarms(now: number): Record<string, Partial<AlarmJson>> {
  const subject = (mine: string, system: string, code: string) => ({
    kind: "point" as const,
    id: `${mine}:${system}:${code}`,
    name: code,
  });
  const none = { value: null, unit: null, limit: null, limits: null, type: null } as const;
  return {
    fan: {
      ...none,
      level: "red",
      class: "fan",
      rule: "FAN-01",
      mine: MINES.metal,
      mineName: "红岩磷矿",
      system: "fan",
      place: "主扇风机房",
      title: "主要通风机全部停止",
      titleEn: "All main fans stopped",
      point: null,
      subject: { kind: "set", id: `${MINES.metal}:fan:主扇`, name: "主扇" },
      type: "1010",
      basis: "《煤矿安全规程》(2025) 第177条",
      people: { underground: 87, area: null, asOf: iso(now), quality: "good", list: null },
      raisedAt: iso(now - 95_000),
    },
    methane: { peak: { value: 1.71, at: iso(now - 60_000) }, raisedAt: iso(now - 3 * MINUTE - 12_000) },
    late: {
      level: "yellow",
      rule: "CH4-03",
      title: "甲烷达到报警值",
      titleEn: "Methane at the alarm limit",
      mine: MINES.low,
      mineName: "大沟煤矿",
      place: "1402掘进工作面T1",
      subject: subject(MINES.low, "safety", "CH4-11"),
      point: "CH4-11",
      value: 1.12,
      limit: 1,
      retrospective: true,
      state: "returned",
      raisedAt: iso(now - 5 * 60 * MINUTE),
      returnedAt: iso(now - 5 * 60 * MINUTE + 4 * MINUTE),
    },
    returned: {
      level: "yellow",
      rule: "CO-01",
      title: "一氧化碳超限",
      titleEn: "Carbon monoxide over limit",
      type: "0004",
      mine: MINES.low,
      mineName: "大沟煤矿",
      place: "皮带巷机头",
      subject: subject(MINES.low, "safety", "CO-03"),
      point: "CO-03",
      value: 26,
      unit: "ppm",
      limit: 24,
      limits: { alarm: 24, cut: null, release: 24, from: "law" },
      state: "returned",
      raisedAt: iso(now - 26 * MINUTE),
      returnedAt: iso(now - 11 * MINUTE),
    },
    fault: {
      ...none,
      level: "blue",
      class: "sensor-fault",
      rule: "SEN-01",
      title: "传感器断线",
      titleEn: "Sensor disconnected",
      place: "1203掘进工作面T1",
      subject: subject(MINES.high, "safety", "CH4-03"),
      point: "CH4-03",
      type: "0001",
      state: "acknowledged",
      acknowledged: { by: "lead", at: iso(now - 12 * MINUTE), note: "已通知检修", device: "browser" },
      raisedAt: iso(now - 19 * MINUTE),
    },
    calibration: {
      level: "blue",
      class: "calibration",
      rule: "SEN-08",
      title: "标校报警",
      titleEn: "Alarm during calibration",
      place: "1101回风巷T2",
      subject: subject(MINES.high, "safety", "CH4-02"),
      point: "CH4-02",
      value: 2,
      calibrating: true,
      raisedAt: iso(now - 7 * MINUTE),
      limit: 1,
    },
    unknown: {
      level: "orange",
      rule: "CH4-04",
      place: "1101采煤工作面T1",
      subject: subject(MINES.high, "safety", "CH4-01"),
      point: "CH4-01",
      quality: "unknown",
      value: 1.55,
      raisedAt: iso(now - 48 * MINUTE),
      state: "acknowledged",
      acknowledged: { by: "duty", at: iso(now - 44 * MINUTE), note: null, device: "browser" },
    },
  };
}
