// Writes dashboards/json/*.json (or to the folder it is given) from what stands below: one place for units, thresholds and words. A test holds the files to it.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const SOURCE = { type: "influxdb", uid: "davylamp" };
const METHANE = `"type" =~ /^(0001|0011|0043)$/`;
/** States from 16 on hide the value (contract: power, link, calibration of the whole sensor …). */
const KNOWN = `"s" < 16`;
const MINES = `"mine" =~ /^\${mine:regex}$/`;
const BY_TIME = "GROUP BY time($__interval)";
const GREEN = "#3a9b5c";
const COLOURS = { red: "#d92d20", orange: "#f2780c", yellow: "#e5b800", blue: "#2f6fdb", none: "#8a949e" };

/** Steps of a threshold line: [value, colour]. */
const steps = (...pairs) => ({
  mode: "absolute",
  steps: [{ color: GREEN, value: null }, ...pairs.map(([value, color]) => ({ color, value }))],
});
const alarmAt = (alarm, cut) =>
  cut === undefined || cut === alarm
    ? steps([alarm, cut === undefined ? COLOURS.yellow : COLOURS.orange])
    : steps([alarm, COLOURS.yellow], [cut, COLOURS.orange]);

const words = (names) => [
  {
    type: "value",
    options: Object.fromEntries(
      Object.entries(names).map(([value, [text, color]], index) => [value, { text, color, index }]),
    ),
  },
];
const RUNNING = words({ 0: ["停 stopped", COLOURS.red], 1: ["运行 running", GREEN] });
const POWERED = words({ 0: ["无电 no", COLOURS.none], 1: ["有电 yes", GREEN] });
const CUT = words({ 0: ["送电 powered", GREEN], 1: ["断电 cut", COLOURS.orange] });
const WIND = words({ 0: ["无风 no wind", COLOURS.red], 1: ["有风 wind", GREEN] });
const LINK = words({
  0: ["正常 ok", GREEN],
  1: ["中断 lost", COLOURS.orange],
  2: ["故障 fault", COLOURS.red],
  9: ["未知 unknown", COLOURS.none],
});
const SUPPLY = words({
  1: ["电池 battery", COLOURS.orange],
  2: ["市电 mains", GREEN],
  9: ["故障 fault", COLOURS.red],
});
const ONLINE = words({ 0: ["离线 offline", COLOURS.red], 1: ["在线 online", GREEN] });
const RING = words({
  0: ["闭合 closed", GREEN],
  1: ["开环 open", COLOURS.yellow],
  2: ["断开 broken", COLOURS.red],
});

const target = (query, alias, format = "time_series") => ({
  datasource: SOURCE,
  rawQuery: true,
  resultFormat: format,
  query,
  ...(alias === undefined ? {} : { alias }),
});

const panel = (type, title, description, width, height, queries, more = {}) => {
  const { options = {}, ...defaults } = more;
  return {
    type,
    title,
    description,
    datasource: SOURCE,
    size: [width, height],
    targets: queries.map((query, i) => ({ refId: String.fromCharCode(65 + i), ...query })),
    fieldConfig: { defaults, overrides: [] },
    options,
  };
};

const legend = { displayMode: "table", placement: "right", calcs: ["lastNotNull", "max"] };
const custom = (thresholds) => ({
  drawStyle: "line",
  lineWidth: 1,
  spanNulls: false,
  showPoints: "never",
  ...(thresholds === undefined ? {} : { thresholdsStyle: { mode: "line" } }),
});
const curve = (title, description, unit, queries, { thresholds, width = 12, height = 8, ...more } = {}) =>
  panel("timeseries", title, description, width, height, queries, {
    unit,
    ...(thresholds === undefined ? {} : { thresholds }),
    custom: custom(thresholds),
    options: { legend, tooltip: { mode: "multi", sort: "desc" } },
    ...more,
  });
const bars = (title, description, queries, width = 12, unit = "short") =>
  panel("timeseries", title, description, width, 8, queries, {
    unit,
    custom: { drawStyle: "bars", fillOpacity: 70, stacking: { mode: "normal" } },
    options: { legend: { displayMode: "list", placement: "bottom" }, tooltip: { mode: "multi" } },
  });
const strip = (title, description, mappings, queries, width = 12, height = 7) =>
  panel("state-timeline", title, description, width, height, queries, {
    mappings,
    custom: { fillOpacity: 80, lineWidth: 0 },
    options: { mergeValues: true, showValue: "never", legend: { displayMode: "list", placement: "bottom" } },
  });
const stat = (title, description, unit, queries, { width = 4, thresholds, calc = "lastNotNull" } = {}) =>
  panel("stat", title, description, width, 4, queries, {
    unit,
    ...(thresholds === undefined ? {} : { thresholds }),
    options: {
      reduceOptions: { calcs: [calc], fields: "", values: false },
      colorMode: "value",
      textMode: "auto",
    },
  });
const gauge = (title, description, unit, queries, { thresholds, width = 12, max } = {}) =>
  panel("bargauge", title, description, width, 8, queries, {
    unit,
    min: 0,
    ...(max === undefined ? {} : { max }),
    thresholds,
    options: { orientation: "horizontal", displayMode: "basic", reduceOptions: { calcs: ["lastNotNull"] } },
  });
const table = (title, description, query, width = 24, height = 9) =>
  panel("table", title, description, width, height, [target(query, undefined, "table")], {
    custom: { filterable: true },
  });
const note = (title, content, width = 24, height = 4) => ({
  type: "text",
  title,
  description: title,
  size: [width, height],
  options: { mode: "markdown", content },
});

const from = (measurement, ...where) =>
  `FROM "${measurement}" WHERE ${["$timeFilter", ...where].join(" AND ")}`;
/** Mean of a time step, only of values that are one. */
const mean = (measurement, where, by = `"mine", "place"`) =>
  `SELECT mean("v") ${from(measurement, MINES, KNOWN, ...where)} ${BY_TIME}, ${by} fill(none)`;
const most = (measurement, where, by = `"mine", "place"`) =>
  `SELECT max("v") ${from(measurement, MINES, KNOWN, ...where)} ${BY_TIME}, ${by} fill(none)`;
const last = (measurement, where, by = `"mine", "place"`) =>
  `SELECT last("v") ${from(measurement, MINES, ...where)} ${BY_TIME}, ${by} fill(previous)`;
const type = (...types) =>
  types.length === 1 ? `"type" = '${types[0]}'` : `"type" =~ /^(${types.join("|")})$/`;
const loc = (...locs) => (locs.length === 1 ? `"loc" = '${locs[0]}'` : `"loc" =~ /^(${locs.join("|")})$/`);
const PLACE = "$tag_mine $tag_place";

const RAISED = [`"what" = 'raise'`];
const raised = (where, by) =>
  `SELECT count("n") ${from("alarm", ...RAISED, ...where)} ${BY_TIME}, ${by} fill(none)`;
const alarmRows = (where) =>
  `SELECT "mine", "level", "rule", "title", "subject", "what", "state", "value", "limit", "unit", "place" ${from("alarm", ...where)} ORDER BY time DESC LIMIT 200`;
const underground = (where, by) =>
  `SELECT sum("n") FROM (SELECT last("underground") AS "n" ${from("people", ...where)} ${BY_TIME}, "mine", "part" fill(none)) WHERE $timeFilter ${BY_TIME}${by} fill(none)`;

const county = () => [
  stat("上报矿井", "Mines that report", "short", [
    target(`SELECT count("n") FROM (SELECT last("s") AS "n" ${from("safety")} GROUP BY "mine")`, "矿井"),
  ]),
  stat("井下人数", "People underground, of all mines", "short", [target(underground([], ""), "人")]),
  stat("报警次数", "Alarms raised in this range", "short", [
    target(`SELECT count("n") ${from("alarm", ...RAISED)}`, "次"),
  ]),
  stat(
    "红色报警",
    "Red alarms raised in this range",
    "short",
    [target(`SELECT count("n") ${from("alarm", ...RAISED, `"level" = 'red'`)}`, "次")],
    { thresholds: steps([1, COLOURS.red]) },
  ),
  stat(
    "平均确认用时",
    "Mean time until somebody answered",
    "s",
    [target(`SELECT mean("ackSeconds") ${from("alarm", `"what" = 'acknowledge'`)}`, "秒")],
    { thresholds: steps([60, COLOURS.yellow], [180, COLOURS.orange]) },
  ),
  stat("收到读数", "Readings in this range", "short", [target(`SELECT count("s") ${from("safety")}`, "条")]),
  gauge(
    "各矿甲烷最大值",
    "Greatest methane of each mine in this range. 1.0 and 1.5 %CH4 are the limits of a working face: 《煤矿安全规程》(2025) 第536条; other places have their own",
    "suffix: %CH4",
    [target(`SELECT max("v") ${from("safety", METHANE, KNOWN)} GROUP BY "mine"`, "$tag_mine")],
    { thresholds: alarmAt(1, 1.5), max: 2 },
  ),
  curve("各矿井下人数", "People underground by mine", "short", [
    target(underground([], `, "mine"`), "$tag_mine"),
  ]),
  bars("报警, 按级别", "Alarms raised, by level", [target(raised([], `"level"`), "$tag_level")]),
  bars("报警, 按矿井", "Alarms raised, by mine", [target(raised([], `"mine"`), "$tag_mine")]),
  strip(
    "主要通风机",
    "Main fans: 1 running, 0 stopped. One of each station runs: 《煤矿安全规程》(2025) 第177条",
    RUNNING,
    [
      target(
        `SELECT last("v") ${from("fan", type("1010"))} ${BY_TIME}, "mine", "place" fill(previous)`,
        PLACE,
      ),
    ],
  ),
  strip("工业环网", "State of the industrial ring", RING, [
    target(
      `SELECT last("v") ${from("ring", type("ringState"))} ${BY_TIME}, "mine", "place" fill(previous)`,
      PLACE,
    ),
  ]),
  bars(
    "各矿读数",
    "Readings by mine: a hole is a mine that was silent",
    [target(`SELECT count("s") ${from("safety")} ${BY_TIME}, "mine" fill(none)`, "$tag_mine")],
    24,
  ),
  table("最近报警", "The latest alarms", alarmRows(RAISED)),
];

const mine = () => [
  stat("井下人数", "People underground", "short", [target(underground([MINES], ""), "人")]),
  stat("带班领导", "Leaders underground", "short", [
    target(`SELECT last("leaders") ${from("people", MINES)}`, "人"),
  ]),
  stat(
    "甲烷最大值",
    "Greatest methane; limits of a working face: 《煤矿安全规程》(2025) 第536条",
    "suffix: %CH4",
    [target(`SELECT max("v") ${from("safety", MINES, METHANE, KNOWN)}`, "最大")],
    { thresholds: alarmAt(1, 1.5) },
  ),
  stat("报警次数", "Alarms raised in this range", "short", [
    target(`SELECT count("n") ${from("alarm", ...RAISED, MINES)}`, "次"),
  ]),
  stat("有标志的读数", "Readings with a state other than 0: faults, calibration, over range …", "short", [
    target(`SELECT count("s") ${from("safety", MINES, `"s" > 0`)}`, "条"),
  ]),
  stat("迟到或补传的读数", "Late readings: backfilled, or out of order", "short", [
    target(`SELECT count("flags") ${from("safety", MINES)}`, "条"),
  ]),
  curve(
    "甲烷",
    "Methane, mean of each step",
    "suffix: %CH4",
    [target(mean("safety", [METHANE]), "$tag_place")],
    {
      thresholds: alarmAt(1, 1.5),
    },
  ),
  curve(
    "一氧化碳",
    "Carbon monoxide; 24 ppm is 0.0024 %: 《煤矿安全规程》(2025) 第156、541条",
    "suffix: ppm",
    [target(mean("safety", [type("0004")]), "$tag_place")],
    { thresholds: steps([24, COLOURS.yellow]) },
  ),
  curve("风速", "Air speed", "velocityms", [target(mean("safety", [type("0002")]), "$tag_place")]),
  curve("温度", "Temperature", "celsius", [target(mean("safety", [type("0003")]), "$tag_place")]),
  strip("断电器", "Cut devices", CUT, [target(last("safety", [type("1009")]), "$tag_place")]),
  strip("馈电", "Feed of what the devices cut: power where it is cut is an alarm", POWERED, [
    target(last("safety", [type("1015")]), "$tag_place"),
  ]),
  strip("局部通风机", "Local fans", RUNNING, [target(last("safety", [type("1001")]), "$tag_place")]),
  strip("分站通信", "Links of the substations", LINK, [target(last("safety", [type("3006")]), "$tag_place")]),
  bars(
    "读数, 按系统",
    "Readings of the safety system: a hole is silence",
    [target(`SELECT count("s") ${from("safety", MINES)} ${BY_TIME}, "mine" fill(none)`, "$tag_mine")],
    24,
  ),
  table("报警记录", "Every step of every alarm", alarmRows([MINES])),
];

const methane = () => {
  const basis = "《煤矿安全规程》(2025) 第536条";
  const place = (title, en, locs, alarm, cut) =>
    curve(
      title,
      `${en}. Alarm ≥ ${alarm.toFixed(2)}${cut === undefined ? "" : `, cut ≥ ${cut.toFixed(2)}`} %CH4: ${basis}. Greatest of each step`,
      "suffix: %CH4",
      [target(most("safety", [METHANE, loc(...locs)]), PLACE)],
      { thresholds: alarmAt(alarm, cut), min: 0 },
    );
  return [
    place("T0 回风隅角", "T0, return corner of the face", ["CF_CORNER"], 1, 1.5),
    place("T1 采煤工作面", "T1, coal face", ["CF_FACE", "CF_FACE_OB"], 1, 1.5),
    place("T2 采煤工作面回风巷", "T2, return of the face", ["CF_RETURN"], 1, 1),
    place("T1 掘进工作面", "T1, heading", ["DF_FACE"], 1, 1.5),
    place("T2 掘进工作面回风流", "T2, return of the heading", ["DF_RETURN"], 1, 1),
    place("总回风巷", "Main return", ["MAIN_RETURN"], 0.75),
    strip("断电器", "Cut devices", CUT, [target(last("safety", [type("1009")]), PLACE)]),
    strip("馈电", "Feed of what the devices cut", POWERED, [target(last("safety", [type("1015")]), PLACE)]),
    table(
      "本时段各测点",
      "Every methane point in this range: greatest, mean, number of readings",
      `SELECT max("v") AS "最大", mean("v") AS "平均", count("v") AS "条数" ${from("safety", MINES, METHANE, KNOWN)} GROUP BY "mine", "loc", "point", "place"`,
      12,
    ),
    table(
      "无效与标校",
      "Readings of methane points that are no values: faults, calibration (4), over range (8) …",
      `SELECT count("s") AS "条数", max("s") AS "状态" ${from("safety", MINES, METHANE, `"s" > 0`)} GROUP BY "mine", "point", "place"`,
      12,
    ),
    table("甲烷报警", "Alarms of methane", alarmRows([MINES, METHANE])),
  ];
};

const fans = () => [
  strip(
    "主要通风机",
    "Main fans. One of each station runs: 《煤矿安全规程》(2025) 第177条",
    RUNNING,
    [target(last("fan", [type("1010")]), PLACE)],
    24,
    8,
  ),
  curve("负压", "Negative pressure", "pressurepa", [target(mean("fan", [type("0006")]), PLACE)]),
  curve("风量", "Air flow", "suffix: m³/min", [target(mean("fan", [type("0019")]), PLACE)]),
  curve(
    "轴承温度",
    "Bearing temperature. The line of 75 ℃ is that of the demo mines' own tables; each point is judged by its own",
    "celsius",
    [target(most("fan", [type("0026")]), PLACE)],
    { thresholds: steps([75, COLOURS.yellow]) },
  ),
  strip("局部通风机", "Local fans", RUNNING, [target(last("safety", [type("1001")]), PLACE)]),
  strip("风筒", "Air ducts of headings", WIND, [target(last("safety", [type("1003")]), PLACE)]),
  bars("通风机报警", "Alarms of fans", [target(raised([MINES, `"class" = 'fan'`], `"rule"`), "$tag_rule")]),
  table("通风机报警记录", "Every step of them", alarmRows([MINES, `"class" = 'fan'`])),
];

const people = () => [
  stat("井下人数", "People underground now", "short", [target(underground([MINES], ""), "人")], { width: 6 }),
  stat(
    "带班领导",
    "Leaders underground, as last sent by each mine",
    "short",
    [
      target(
        `SELECT sum("n") FROM (SELECT last("leaders") AS "n" ${from("people", MINES)} GROUP BY "mine", "part")`,
        "人",
      ),
    ],
    { width: 6 },
  ),
  stat(
    "本时段最多",
    "Most at once, of one mine",
    "short",
    [target(`SELECT max("underground") ${from("people", MINES)}`, "人")],
    { width: 6 },
  ),
  stat(
    "人员报警",
    "Alarms of people",
    "short",
    [target(`SELECT count("n") ${from("alarm", ...RAISED, MINES, `"class" = 'person'`)}`, "次")],
    { width: 6 },
  ),
  curve(
    "井下人数",
    "People underground by mine: the sum of a snapshot's parts",
    "short",
    [target(underground([MINES], `, "mine"`), "$tag_mine")],
    { width: 24, min: 0 },
  ),
  curve(
    "带班领导",
    "Leaders underground by mine",
    "short",
    [target(`SELECT last("leaders") ${from("people", MINES)} ${BY_TIME}, "mine" fill(none)`, "$tag_mine")],
    { min: 0 },
  ),
  strip("读卡基站", "Stations that read the cards", LINK, [
    target(last("person", [type("baseStation")]), PLACE),
  ]),
  table(
    "人员报警记录",
    "Alarms of people. Names and cards are in no series",
    alarmRows([MINES, `"class" = 'person'`]),
  ),
];

const ring = () => [
  strip("环网状态", "State of the ring", RING, [target(last("ring", [type("ringState")]), PLACE)]),
  strip("交换机", "Switches", ONLINE, [target(last("ring", [type("switchOnline")]), PLACE)]),
  curve("倒换次数", "Change-overs, counted by the ring itself", "short", [
    target(
      `SELECT max("v") ${from("ring", MINES, type("changeOver"))} ${BY_TIME}, "mine", "place" fill(none)`,
      PLACE,
    ),
  ]),
  curve(
    "倒换时间",
    "Time of a change-over; an industrial ring heals within 50 ms",
    "ms",
    [target(most("ring", [type("changeOverMs")]), PLACE)],
    { thresholds: steps([50, COLOURS.yellow]) },
  ),
  curve("丢包率", "Packets lost", "percent", [target(most("ring", [type("loss")]), PLACE)]),
  strip("UPS 供电", "Supply of the switches", SUPPLY, [target(last("ring", [type("upsMode")]), PLACE)]),
  curve("UPS 剩余时间", "Minutes the supply would last", "m", [
    target(mean("ring", [type("upsMinutes")]), PLACE),
  ]),
  strip("分站通信", "Links of the substations of the safety system", LINK, [
    target(last("safety", [type("3006")]), PLACE),
  ]),
  table("网络报警记录", "Alarms of ring and links", alarmRows([MINES, `"class" =~ /^(ring|link)$/`])),
];

const alarms = () => [
  stat("报警次数", "Alarms raised", "short", [
    target(`SELECT count("n") ${from("alarm", ...RAISED, MINES)}`, "次"),
  ]),
  stat("确认次数", "Acknowledged", "short", [
    target(`SELECT count("n") ${from("alarm", MINES, `"what" = 'acknowledge'`)}`, "次"),
  ]),
  stat(
    "平均确认用时",
    "Mean time until somebody answered",
    "s",
    [target(`SELECT mean("ackSeconds") ${from("alarm", MINES)}`, "秒")],
    { thresholds: steps([60, COLOURS.yellow], [180, COLOURS.orange]) },
  ),
  stat("最长确认用时", "Longest time until somebody answered", "s", [
    target(`SELECT max("ackSeconds") ${from("alarm", MINES)}`, "秒"),
  ]),
  stat("平均持续", "Mean time from onset to return", "s", [
    target(`SELECT mean("lastedSeconds") ${from("alarm", MINES)}`, "秒"),
  ]),
  stat("升级呼叫", "Steps of escalation: somebody had to be called", "short", [
    target(`SELECT count("n") ${from("alarm", MINES, `"what" =~ /^(escalate|step-up|worsen)$/`)}`, "次"),
  ]),
  bars("按级别", "Raised, by level", [target(raised([MINES], `"level"`), "$tag_level")]),
  bars("按类别", "Raised, by class", [target(raised([MINES], `"class"`), "$tag_class")]),
  curve("确认用时", "Time until somebody answered, by level", "s", [
    target(`SELECT max("ackSeconds") ${from("alarm", MINES)} ${BY_TIME}, "level" fill(none)`, "$tag_level"),
  ]),
  bars("报警步骤", "What happened to alarms: raised, answered, returned, ended …", [
    target(`SELECT count("n") ${from("alarm", MINES)} ${BY_TIME}, "what" fill(none)`, "$tag_what"),
  ]),
  table(
    "按规则",
    "Raised, by rule: what rings most is looked at first",
    `SELECT count("n") AS "次数", max("peak") AS "峰值" ${from("alarm", ...RAISED, MINES)} GROUP BY "rule", "level"`,
    8,
  ),
  table(
    "按地点",
    "Raised, by place",
    `SELECT count("n") AS "次数" ${from("alarm", ...RAISED, MINES)} GROUP BY "mine", "place"`,
    8,
  ),
  table(
    "确认用时, 按级别",
    "Time until somebody answered",
    `SELECT count("ackSeconds") AS "次数", mean("ackSeconds") AS "平均", max("ackSeconds") AS "最长" ${from("alarm", MINES)} GROUP BY "level"`,
    8,
  ),
  table("全部步骤", "Every step of every alarm", alarmRows([MINES])),
];

const OWN = `"mine" = 'gateway'`;
const gateway = () => [
  stat(
    "网关故障",
    "Troubles of the gateway itself",
    "short",
    [target(`SELECT count("n") ${from("alarm", ...RAISED, OWN)}`, "次")],
    { width: 6, thresholds: steps([1, COLOURS.orange]) },
  ),
  stat(
    "历史缺口",
    "Holes of the series: records that went before they were written",
    "short",
    [target(`SELECT count("to") ${from("gap")}`, "处")],
    { width: 6, thresholds: steps([1, COLOURS.red]) },
  ),
  stat(
    "迟到读数",
    "Late readings: backfilled, or behind newer ones",
    "short",
    [target(`SELECT count("late") ${from("safety")}`, "条")],
    { width: 6 },
  ),
  stat(
    "补判报警",
    "Alarms found in late data",
    "short",
    [target(`SELECT count("n") ${from("alarm", ...RAISED, `"retrospective" = true`)}`, "次")],
    { width: 6 },
  ),
  bars("网关故障, 按规则", "Troubles by rule: docs/RUNBOOK.md has a heading for each", [
    target(raised([OWN], `"rule"`), "$tag_rule"),
  ]),
  bars("写入的读数", "Readings written, by mine: a hole here that the mine's spool has not is ours", [
    target(`SELECT count("s") ${from("safety")} ${BY_TIME}, "mine" fill(none)`, "$tag_mine"),
  ]),
  bars("迟到读数", "Late readings by mine", [
    target(`SELECT count("late") ${from("safety")} ${BY_TIME}, "mine" fill(none)`, "$tag_mine"),
  ]),
  table(
    "历史缺口",
    "Where records are missing for good: `of` says from which store",
    `SELECT "of", "from", "to" ${from("gap")} ORDER BY time DESC LIMIT 50`,
    12,
    8,
  ),
  table("网关故障记录", "Every step of them", alarmRows([OWN])),
  note(
    "更多指标",
    "队列、时延、通知与 InfluxDB 写入的指标在网关的 `/metrics` (Prometheus), 不在 InfluxDB 内。\n\nQueues, delays, notifications and the writing itself are at the gateway's `/metrics`: when InfluxDB is away, this page could not show it.",
  ),
];

const mineVariable = (multi, measurement = "safety") => ({
  name: "mine",
  label: "矿井",
  type: "query",
  datasource: SOURCE,
  query: `SHOW TAG VALUES FROM "${measurement}" WITH KEY = "mine"`,
  definition: `SHOW TAG VALUES FROM "${measurement}" WITH KEY = "mine"`,
  refresh: 2,
  sort: 1,
  multi,
  includeAll: multi,
  ...(multi ? { current: { text: ["All"], value: ["$__all"] } } : {}),
});
const pointVariable = {
  name: "point",
  label: "测点",
  type: "query",
  datasource: SOURCE,
  query: `SHOW TAG VALUES FROM "safety" WITH KEY = "point" WHERE ${MINES}`,
  definition: `SHOW TAG VALUES FROM "safety" WITH KEY = "point" WHERE ${MINES}`,
  refresh: 2,
  sort: 1,
  multi: false,
  includeAll: false,
};
const onePoint = () => [
  curve(
    "所选测点",
    "The chosen point as it was sent: least, mean and greatest of each step",
    "short",
    ["min", "mean", "max"].map((of) =>
      target(
        `SELECT ${of}("v") ${from("safety", MINES, `"point" =~ /^\${point:regex}$/`, KNOWN)} ${BY_TIME} fill(none)`,
        of,
      ),
    ),
    { width: 24 },
  ),
];

const BOARDS = {
  county: ["县级总览", "County overview", county, []],
  mine: ["单矿", "One mine", () => [...mine(), ...onePoint()], [mineVariable(false), pointVariable]],
  methane: ["甲烷 T0 T1 T2", "Methane with its limits", methane, [mineVariable(true)]],
  fans: ["主要通风机", "Main fans", fans, [mineVariable(true, "fan")]],
  people: ["井下人员", "People underground", people, [mineVariable(true, "people")]],
  ring: ["工业环网", "Ring network", ring, [mineVariable(true, "ring")]],
  alarms: ["报警与指标", "Alarms and figures", alarms, [mineVariable(true, "alarm")]],
  gateway: ["网关健康", "Gateway health", gateway, []],
};

/** Panels side by side, in rows of 24. */
function placed(panels) {
  let [x, y, tall] = [0, 0, 0];
  return panels.map(({ size: [w, h], ...rest }, i) => {
    if (x + w > 24) [x, y, tall] = [0, y + tall, 0];
    const gridPos = { x, y, w, h };
    x += w;
    tall = Math.max(tall, h);
    return { id: i + 1, gridPos, ...rest };
  });
}

const board = (name, [title, english, panels, variables]) => ({
  uid: `davylamp-${name}`,
  title: `${title} ${english}`,
  description: `${english}. Written by tools/dashboards.mjs.`,
  tags: ["davylamp"],
  timezone: "Asia/Shanghai",
  schemaVersion: 39,
  version: 1,
  editable: true,
  graphTooltip: 1,
  refresh: "30s",
  time: { from: "now-6h", to: "now" },
  links: [{ type: "dashboards", title: "davylamp", tags: ["davylamp"], asDropdown: true, keepTime: true }],
  annotations: { list: [] },
  templating: { list: variables },
  panels: placed(panels()),
});

const folder = process.argv[2] ?? fileURLToPath(new URL("../dashboards/json/", import.meta.url));
mkdirSync(folder, { recursive: true });
for (const [name, about] of Object.entries(BOARDS))
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(board(name, about), null, 2)}\n`);
