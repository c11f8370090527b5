import type { System } from "../../model/mine.ts";

/** What the records of a file become (contract §3). */
export type Meaning =
  | "points"
  | "readings"
  | "events"
  | "stats"
  | "stations"
  | "station-states"
  | "personnel"
  | "people"
  | "areas"
  | "people-events";

/** What is not known of a field's meaning, or of a file's fields: kept as it is, never read. */
export const UNKNOWN = "-";
/** Any number of such fields. */
export const REST = "…";

/** The order of the fields in one file type. The same names stand in a dialect's own layouts. */
export interface Layout {
  readonly fields: readonly string[];
  /** So many of the last fields may be missing. */
  readonly spare?: number;
  /** Records may end with a separator. */
  readonly closed?: true;
}

export interface FileType {
  readonly meaning: Meaning;
  readonly system: System;
  /** What a record may look like, told apart by the number of fields; none = no public text says. */
  readonly layouts: readonly Layout[];
  /** The file says everything there is: half of it would say that the rest is gone. */
  readonly whole?: true;
  /** The Sichuan forms, where they differ (`form` of the dialect) or are the only ones. */
  readonly sichuan?: readonly Layout[];
}

const fields = (...names: string[]): Layout => ({ fields: names });
const closed = (...names: string[]): Layout => ({ fields: names, closed: true });

const CARD = "人员卡编码";
const WHERE = ["区域编码", "进入当前区域时刻", "基站编码", "进入当前基站时刻"];

/** [F: KJ1031X] */
const SICHUAN_TABLE: readonly Layout[] = [
  // biome-ignore format: one row a record
  closed("测点编码", "分站编码", "区域", "-", "开描述", "停描述", "报警态", "解报态", "断电态", "复电态", "关联关系"),
  // biome-ignore format: one row a record
  closed("测点编码", "分站编码", "区域", "-", "单位", "-", "-", "上限报警", "-", "下限报警", "-", "上限断电", "上限复电", "下限断电", "下限复电", "关联关系"),
];

/** The order of fields is that of domain.md §2.5 to §2.7; a "-" stands where no source says what a field is. */
const SAFETY: Readonly<Record<string, FileType>> = {
  CDDY: {
    meaning: "points",
    system: "safety",
    whole: true,
    // biome-ignore format: one row a record
    layouts: [fields("测点编码", "系统编码", "分站编码", "传感器类型", "数值类型", "单位", "高量程", "低量程", "上限报警", "上限解报", "下限报警", "下限解报", "上限断电", "上限复电", "下限断电", "下限复电", "开描述", "停描述", "安装位置", "X", "Y", "Z", "关联关系", "数据时间")],
    sichuan: SICHUAN_TABLE,
  },
  CDSS: {
    meaning: "readings",
    system: "safety",
    layouts: [fields("测点编码", "传感器类型名称", "安装位置", "测点值", "单位", "状态", "数据时间")],
  },
  // The norm's own form is not known; this is the regional one.
  KGBH: { meaning: "readings", system: "safety", layouts: [closed("测点编码", "测点值", "数据时间")] },
  TJSJ: {
    meaning: "stats",
    system: "safety",
    // biome-ignore format: one row a record
    layouts: [fields("测点编码", "传感器类型名称", "安装位置", "单位", "开始时间", "结束时间", "最大值", "最大值时刻", "最小值", "最小值时刻", "平均值", "数据时间")],
  },
  YCBJ: {
    meaning: "events",
    system: "safety",
    // biome-ignore format: one row a record
    layouts: [fields("测点编码", "传感器类型名称", "安装位置", "单位", "异常类型", "开始时间", "结束时间", "最大值", "最大值时刻", "最小值", "最小值时刻", "平均值", "异常原因", "处理措施", "录入时间", "录入人", "数据时间")],
    // biome-ignore format: one row a record
    sichuan: [fields("测点编码", "异常类型", "起始值", "门限", "解除门限", "开始时间", "结束时间", "最大值", "最大值时刻", REST, "平均值", "最小值", "-", "处理措施", "措施时间", "录入人", "-")],
  },
  FZDY: {
    meaning: "stations",
    system: "safety",
    whole: true,
    layouts: [{ fields: ["分站编码", "安装位置", "X", "Y", "Z"], spare: 1 }],
  },
  FZSS: {
    meaning: "station-states",
    system: "safety",
    layouts: [fields("分站编码", "运行状态", "供电状态", "数据时间")],
  },
  SSSJ: {
    meaning: "readings",
    system: "safety",
    layouts: [],
    sichuan: [closed("测点编码", "测点值", "状态码")],
  },
  WFSJ: {
    meaning: "stats",
    system: "safety",
    layouts: [],
    sichuan: [closed("测点编码", "平均值", "最大值", "最大值时刻", "最小值", "最小值时刻")],
  },
  // How many fields stand between, and what 整数 counts, no source says.
  LJSJ: {
    meaning: "readings",
    system: "safety",
    layouts: [],
    sichuan: [fields("测点编码", "整数", REST, "累计")],
  },
};

const PERSON: Readonly<Record<string, FileType>> = {
  RYXX: {
    meaning: "personnel",
    system: "person",
    whole: true,
    // biome-ignore format: one row a record
    layouts: [fields(CARD, "姓名", "工种", "职务", "队组", "-", "-", "是否矿领导", "是否特种人员")],
  },
  RYSS: {
    meaning: "people",
    system: "person",
    whole: true,
    // biome-ignore format: one row a record
    layouts: [fields(CARD, "姓名", "出入井标志", "入井时刻", "出井时刻", ...WHERE, "劳动组织方式", "距离基站距离", "人员工作状态", "是否矿领导", "是否特种人员", "行进轨迹")],
  },
  RYQY: {
    meaning: "areas",
    system: "person",
    whole: true,
    layouts: [fields("区域类型", "区域编码", "核定人数", "区域名称")],
  },
  RYJZ: {
    meaning: "stations",
    system: "person",
    whole: true,
    layouts: [fields("基站编码", "基站名称", "-", "-", "-", "-")],
  },
  JZSS: {
    meaning: "station-states",
    system: "person",
    layouts: [fields("基站编码", "运行状态", "供电状态", "数据时间")],
  },
  RYCS: {
    meaning: "people-events",
    system: "person",
    layouts: [fields(CARD, "姓名", "入井时刻", "报警开始", "报警结束", ...WHERE)],
  },
  RYCY: {
    meaning: "people-events",
    system: "person",
    // biome-ignore format: one row a record
    layouts: [fields("报警类型", "定员", "当前总人数", "区域编码", "区域名称", "报警开始", "报警结束", "区域人员集合")],
  },
  RYQJ: {
    meaning: "people-events",
    system: "person",
    layouts: [fields(CARD, "姓名", "求救开始", "求救结束", "入井时刻", ...WHERE)],
  },
  RYXZ: {
    meaning: "people-events",
    system: "person",
    layouts: [fields(CARD, "姓名", "报警开始", "报警结束", "入井时刻", ...WHERE)],
  },
};

const PRESSURE: Readonly<Record<string, FileType>> = {
  ZKYL: {
    meaning: "points",
    system: "pressure",
    whole: true,
    // biome-ignore format: one row a record
    layouts: [fields("测点编码", "监测区", "类型", "安装位置", "安装深度", "安装时间", "X", "Y", "Z", "方向", "初始应力")],
  },
  ZKSS: {
    meaning: "readings",
    system: "pressure",
    layouts: [fields("测点编码", "类型", "安装位置", "测点值", "状态", "数据时间")],
  },
};

/** 长观孔 排水量 涌水量 疏放水 降水量 地表水 地表沉陷 微震: of most of them only the names are public. */
const WATER_KINDS = ["CGK", "PSL", "YSL", "SFS", "JSL", "DBS", "DBCX", "WZ"];
const WATER: Readonly<Record<string, FileType>> = {
  ...Object.fromEntries(
    WATER_KINDS.flatMap((kind): [string, FileType][] => [
      [`${kind}CDDY`, { meaning: "points", system: "hydro", whole: true, layouts: [] }],
      [`${kind}CDSS`, { meaning: "readings", system: "hydro", layouts: [] }],
      [`${kind}CDYC`, { meaning: "events", system: "hydro", layouts: [] }],
    ]),
  ),
  CGKCDSS: {
    meaning: "readings",
    system: "hydro",
    layouts: [fields("测点编码", "状态串", "水位", "温度/压力", "数据时间")],
  },
  CGKCDYC: {
    meaning: "events",
    system: "hydro",
    // biome-ignore format: one row a record
    layouts: [fields("测点编码", "类型", "安装位置", "-", "预警内容", "开始时间", "预警级别", "异常原因", "处理人", "结束时间", "数据时间")],
  },
  SBCDSS: { meaning: "readings", system: "hydro", layouts: [] },
};

export const FILE_TYPES: Readonly<Record<string, FileType>> = {
  ...SAFETY,
  ...PERSON,
  ...PRESSURE,
  ...WATER,
};
export const TYPE_NAMES: readonly string[] = Object.keys(FILE_TYPES);
