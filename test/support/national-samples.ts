import type { NationalMessage } from "../../src/wire/national/file.ts";

/** One file of each national type: its records, field by field, and the messages that must come of them. */
export interface Sample {
  readonly type: string;
  /** A moment is a field like any other: `yyyy-MM-dd HH:mm:ss`. */
  readonly records: readonly (readonly string[])[];
  readonly kind?: NationalMessage["kind"];
  readonly message?: Readonly<Record<string, unknown>>;
}

export const MINE = "520523017311";
export const MOMENT = "2026-03-02 08:15:30";
const ts = "2026-03-02T08:15:30.000+08:00";
const CH4 = `${MINE}01MN0001001A01`;
const CUT = `${MINE}01KG1009001C01`;
const STATION = `${MINE}00001`;
const CARD = `${MINE}00017`;
const AREA = `${MINE}0008`;
const BASE = `${AREA}000012`;
const NO_TIME = "xxxx-xx-xx xx:xx:xx";

const SAFETY: readonly Sample[] = [
  {
    type: "CDDY",
    records: [
      // biome-ignore format: one row a record
      [CH4, "01", STATION, "0001", "MN", "%CH4", "4.00", "0.00", "1.00", "0.99", "", "", "1.50", "0.99", "", "", "", "", "1101采煤工作面T1", "353210.5", "2954120.3", "1105.0", `D-${CUT}`, "2026-03-02 00:00:05"],
      // biome-ignore format: one row a record
      [CUT, "01", STATION, "1009", "KG", "", "", "", "", "", "", "", "", "", "", "", "复电", "断电", "1101工作面断电器", "353210.5", "", "", "", "2026-03-02 00:00:05"],
    ],
    kind: "points",
    message: {
      ts,
      points: [
        {
          code: CH4,
          type: "0001",
          kind: "analog",
          substation: STATION,
          unit: "%CH4",
          high: 4,
          low: 0,
          alarmHigh: 1,
          alarmHighClear: 0.99,
          cutHigh: 1.5,
          restoreHigh: 0.99,
          place: "1101采煤工作面T1",
          relation: `D-${CUT}`,
          xyz: [353210.5, 2954120.3, 1105],
          raw: { 系统编码: "01" },
        },
        {
          code: CUT,
          type: "1009",
          kind: "switch",
          substation: STATION,
          onText: "复电",
          offText: "断电",
          place: "1101工作面断电器",
          raw: { 系统编码: "01", X: "353210.5" },
        },
      ],
    },
  },
  {
    type: "CDSS",
    records: [
      [CH4, "甲烷", "1101采煤工作面T1", "0.32", "%CH4", "0", MOMENT],
      [CH4, "甲烷", "1101采煤工作面T1", "1.12", "%CH4", "5", "2026-03-02 08:16:00"],
      [CH4, "甲烷", "1101采煤工作面T1", "", "%CH4", "128", "2026-03-02 08:16:30"],
    ],
    kind: "readings",
    message: {
      ts,
      readings: [
        { p: CH4, v: 0.32, s: 0, t: MOMENT },
        { p: CH4, v: 1.12, s: 5, t: "2026-03-02 08:16:00" },
        { p: CH4, s: 128, t: "2026-03-02 08:16:30" },
      ],
    },
  },
  {
    type: "KGBH",
    records: [
      [CUT, "1", MOMENT],
      [CUT, "0", "2026-03-02 08:16:00"],
    ],
    kind: "readings",
    message: {
      ts,
      readings: [
        { p: CUT, v: 1, t: MOMENT },
        { p: CUT, v: 0, t: "2026-03-02 08:16:00" },
      ],
    },
  },
  {
    type: "TJSJ",
    records: [
      // biome-ignore format: one row a record
      [CH4, "甲烷", "1101采煤工作面T1", "%CH4", "2026-03-02 08:10:00", "2026-03-02 08:15:00", "0.36", "2026-03-02 08:12:20", "0.30", "2026-03-02 08:14:40", "0.33", "2026-03-02 08:15:00"],
    ],
    kind: "stats",
    message: {
      ts,
      stats: [
        {
          p: CH4,
          from: "2026-03-02 08:10:00",
          to: "2026-03-02 08:15:00",
          max: 0.36,
          maxAt: "2026-03-02 08:12:20",
          min: 0.3,
          minAt: "2026-03-02 08:14:40",
          avg: 0.33,
        },
      ],
    },
  },
  {
    type: "YCBJ",
    records: [
      // biome-ignore format: one row a record
      [CH4, "甲烷", "1101采煤工作面T1", "%CH4", "001", "2026-03-02 08:10:00", "2026-03-02 08:14:00", "1.12", "2026-03-02 08:12:00", "0.98", "2026-03-02 08:14:00", "1.05", "割煤；瓦斯涌出", "加强通风", "2026-03-02 08:20:00", "张工", "2026-03-02 08:20:30"],
    ],
    kind: "events",
    message: {
      ts,
      events: [
        {
          kind: "001",
          p: CH4,
          start: "2026-03-02 08:10:00",
          end: "2026-03-02 08:14:00",
          max: 1.12,
          maxAt: "2026-03-02 08:12:00",
          cause: "割煤；瓦斯涌出",
          measure: "加强通风",
          by: "张工",
          raw: {
            传感器类型名称: "甲烷",
            安装位置: "1101采煤工作面T1",
            单位: "%CH4",
            最小值: "0.98",
            最小值时刻: "2026-03-02 08:14:00",
            平均值: "1.05",
            录入时间: "2026-03-02 08:20:00",
            数据时间: "2026-03-02 08:20:30",
          },
        },
      ],
    },
  },
  {
    type: "FZDY",
    records: [[STATION, "1101回风巷口", "353210.5", "2954120.3", "1105"]],
    kind: "points",
    message: {
      ts,
      points: [
        {
          code: STATION,
          type: "3006",
          kind: "state",
          states: { "0": "ok", "1": "lost", "2": "fault", "9": "unknown" },
          place: "1101回风巷口",
          xyz: [353210.5, 2954120.3, 1105],
        },
        {
          code: `${STATION}#3007`,
          type: "3007",
          kind: "state",
          states: { "1": "battery", "2": "mains", "9": "fault" },
          place: "1101回风巷口",
          xyz: [353210.5, 2954120.3, 1105],
          substation: STATION,
        },
      ],
    },
  },
  {
    type: "FZSS",
    records: [[STATION, "0", "1", MOMENT]],
    kind: "readings",
    message: {
      ts,
      readings: [
        { p: STATION, v: 0, t: MOMENT },
        { p: `${STATION}#3007`, v: 1, t: MOMENT },
      ],
    },
  },
  {
    type: "SSSJ",
    records: [
      [CH4, "1.12", "2"],
      [CUT, "0", "0"],
    ],
    kind: "readings",
    message: {
      ts,
      readings: [
        { p: CH4, v: 1.12, s: 1 },
        { p: CUT, v: 0, s: 0 },
      ],
    },
  },
  {
    type: "WFSJ",
    records: [[CH4, "0.33", "0.36", "2026-03-02 08:12:20", "0.30", "2026-03-02 08:14:40"]],
    kind: "stats",
    message: {
      ts,
      stats: [
        {
          p: CH4,
          from: "2026-03-02T08:10:00.000+08:00",
          to: "2026-03-02T08:15:00.000+08:00",
          avg: 0.33,
          max: 0.36,
          maxAt: "2026-03-02 08:12:20",
          min: 0.3,
          minAt: "2026-03-02 08:14:40",
        },
      ],
    },
  },
  {
    type: "LJSJ",
    records: [[`${MINE}01LJ3001001L01`, "12", "3", "4", "240.5"]],
    kind: "readings",
    message: {
      ts,
      readings: [{ p: `${MINE}01LJ3001001L01`, v: 240.5, raw: { 整数: "12", "…": "3;4" } }],
    },
  },
];

const PERSON: readonly Sample[] = [
  { type: "RYXX", records: [[CARD, "测试甲", "采煤工", "班长", "综采一队", "甲", "乙", "0", "1"]] },
  {
    type: "RYSS",
    records: [
      // biome-ignore format: one row a record
      [CARD, "测试甲", "1", "2026-03-02 06:33:52", NO_TIME, AREA, "2026-03-02 06:40:02", BASE, "2026-03-02 07:51:10", "三八制", "-16.21", "正常", "0", "1", `${BASE}&2026-03-02 07:51:10`],
      // biome-ignore format: one row a record
      [`${MINE}00018`, "测试乙", "2", "2026-03-02 00:10:00", "2026-03-02 08:10:00", "", "", "", "", "三八制", "", "正常", "1", "0", ""],
    ],
    kind: "people",
    message: {
      ts,
      count: 2,
      people: [
        {
          card: CARD,
          name: "测试甲",
          down: "2026-03-02 06:33:52",
          area: AREA,
          areaSince: "2026-03-02 06:40:02",
          station: BASE,
          stationSince: "2026-03-02 07:51:10",
          dist: -16.21,
          state: "正常",
          leader: false,
          special: true,
          raw: { 劳动组织方式: "三八制", 行进轨迹: `${BASE}&2026-03-02 07:51:10` },
        },
        {
          card: `${MINE}00018`,
          name: "测试乙",
          down: "2026-03-02 00:10:00",
          state: "正常",
          leader: true,
          special: false,
          up: "2026-03-02 08:10:00",
          raw: { 劳动组织方式: "三八制" },
        },
      ],
    },
  },
  { type: "RYQY", records: [["重点区域", AREA, "16", "1101采煤工作面"]] },
  {
    type: "RYJZ",
    records: [[BASE, "1101采面读卡站", "1", "2", "3", "4"]],
    kind: "points",
    message: {
      ts,
      points: [
        {
          code: BASE,
          type: "baseStation",
          kind: "state",
          states: { "0": "ok", "1": "lost", "2": "fault", "9": "unknown" },
          place: "1101采面读卡站",
          raw: { 字段3: "1", 字段4: "2", 字段5: "3", 字段6: "4" },
        },
        {
          code: `${BASE}#baseSupply`,
          type: "baseSupply",
          kind: "state",
          states: { "1": "battery", "2": "mains", "9": "fault" },
          place: "1101采面读卡站",
          substation: BASE,
        },
      ],
    },
  },
  {
    type: "JZSS",
    records: [[BASE, "1", "2", MOMENT]],
    kind: "readings",
    message: {
      ts,
      readings: [
        { p: BASE, v: 1, t: MOMENT },
        { p: `${BASE}#baseSupply`, v: 2, t: MOMENT },
      ],
    },
  },
  {
    type: "RYCS",
    // biome-ignore format: one row a record
    records: [[CARD, "测试甲", "2026-03-01 18:00:00", "2026-03-02 08:00:00", "", AREA, "2026-03-02 06:40:02", BASE, "2026-03-02 07:51:10"]],
    kind: "events",
    message: {
      ts,
      events: [
        {
          kind: "overtime",
          card: CARD,
          area: AREA,
          start: "2026-03-02 08:00:00",
          raw: {
            姓名: "测试甲",
            入井时刻: "2026-03-01 18:00:00",
            进入当前区域时刻: "2026-03-02 06:40:02",
            基站编码: BASE,
            进入当前基站时刻: "2026-03-02 07:51:10",
          },
        },
      ],
    },
  },
  {
    type: "RYCY",
    records: [
      ["矿井", "202", "205", "", "", "2026-03-02 08:00:00", "", `${CARD},${MINE}00018`],
      ["区域", "16", "17", AREA, "1101采煤工作面", "2026-03-02 08:00:00", "2026-03-02 08:10:00", ""],
    ],
    kind: "events",
    message: {
      ts,
      events: [
        {
          kind: "over-capacity",
          start: "2026-03-02 08:00:00",
          raw: { 定员: "202", 当前总人数: "205", 区域人员集合: `${CARD},${MINE}00018` },
        },
        {
          kind: "over-capacity",
          area: AREA,
          start: "2026-03-02 08:00:00",
          end: "2026-03-02 08:10:00",
          raw: { 定员: "16", 当前总人数: "17", 区域名称: "1101采煤工作面" },
        },
      ],
    },
  },
  {
    type: "RYQJ",
    // biome-ignore format: one row a record
    records: [[CARD, "", "2026-03-02 08:00:00", "2026-03-02 08:01:00", "", AREA, "", "", ""]],
    kind: "events",
    message: {
      ts,
      events: [
        { kind: "sos", card: CARD, area: AREA, start: "2026-03-02 08:00:00", end: "2026-03-02 08:01:00" },
      ],
    },
  },
  {
    type: "RYXZ",
    // biome-ignore format: one row a record
    records: [[CARD, "测试甲", "2026-03-02 08:00:00", "", "", AREA, "", "", ""]],
    kind: "events",
    message: {
      ts,
      events: [
        { kind: "restricted", card: CARD, area: AREA, start: "2026-03-02 08:00:00", raw: { 姓名: "测试甲" } },
      ],
    },
  },
];

const OTHERS: readonly Sample[] = [
  {
    type: "ZKYL",
    // biome-ignore format: one row a record
    records: [[`${MINE}05MN1201001Z01`, "1101工作面", "1201", "运输巷80m", "12", "2026-01-02 00:00:00", "1.5", "2.5", "3.5", "垂直", "4.2"]],
    kind: "points",
    message: {
      ts,
      points: [
        {
          code: `${MINE}05MN1201001Z01`,
          type: "1201",
          kind: "analog",
          place: "运输巷80m",
          xyz: [1.5, 2.5, 3.5],
          raw: {
            监测区: "1101工作面",
            安装深度: "12",
            安装时间: "2026-01-02 00:00:00",
            方向: "垂直",
            初始应力: "4.2",
          },
        },
      ],
    },
  },
  {
    type: "ZKSS",
    records: [[`${MINE}05MN1201001Z01`, "1201", "运输巷80m", "6.5", "0", MOMENT]],
    kind: "readings",
    message: { ts, readings: [{ p: `${MINE}05MN1201001Z01`, v: 6.5, s: 0, t: MOMENT }] },
  },
  {
    type: "CGKCDSS",
    records: [[`${MINE}11MN0502001K01`, "00000000", "103.25", "18.5", MOMENT]],
    kind: "readings",
    message: {
      ts,
      readings: [{ p: `${MINE}11MN0502001K01`, v: 103.25, s: 0, t: MOMENT, raw: { "温度/压力": "18.5" } }],
    },
  },
  {
    type: "CGKCDYC",
    // biome-ignore format: one row a record
    records: [[`${MINE}11MN0502001K01`, "水位", "长观孔1", "1", "实时预警3.9676m>涨阈值(蓝)3.00m", "2026-03-02 07:00:00", "4", "降雨", "李工", "", MOMENT]],
    kind: "events",
    message: {
      ts,
      events: [
        {
          kind: "warning",
          p: `${MINE}11MN0502001K01`,
          start: "2026-03-02 07:00:00",
          cause: "降雨",
          by: "李工",
          raw: {
            类型: "水位",
            安装位置: "长观孔1",
            字段4: "1",
            预警内容: "实时预警3.9676m>涨阈值(蓝)3.00m",
            预警级别: "4",
            数据时间: MOMENT,
          },
        },
      ],
    },
  },
];

export const SAMPLES: readonly Sample[] = [...SAFETY, ...PERSON, ...OTHERS];
