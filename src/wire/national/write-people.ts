import type { Area, AreaKind, Person } from "../../model/people.ts";
import type { Instant } from "../../model/time.ts";
import { codeText, flag, number, text, time, type Writing, type Written, worded } from "./write-fields.ts";

/** RYSS. */
export function personRecord(person: Person, writing: Writing): Written {
  const card = codeText(person.card, writing);
  const { inOut } = writing.dialect;
  const flagged = person.up === undefined ? worded(inOut, "underground", "1") : worded(inOut, "out", "2");
  if (card === null || flagged === null) return null;
  const code = (value: string | undefined) => (value === undefined ? "" : (codeText(value, writing) ?? ""));
  return {
    人员卡编码: card,
    姓名: text(person.name, writing),
    出入井标志: flagged,
    入井时刻: time(person.down, writing),
    出井时刻: time(person.up, writing),
    区域编码: code(person.area),
    进入当前区域时刻: time(person.areaSince, writing),
    基站编码: code(person.station),
    进入当前基站时刻: time(person.stationSince, writing),
    距离基站距离: number(person.dist),
    人员工作状态: text(person.state, writing),
    是否矿领导: flag(person.leader),
    是否特种人员: flag(person.special),
  };
}

/** 区域类型 in plain words: the codes are in no public text. Of rock burst the dialect must say it. */
const AREA_WORDS: Readonly<Record<AreaKind, string | null>> = {
  normal: "一般区域",
  key: "重点区域",
  restricted: "限制区域",
  rockburst: null,
};

/** RYQY. */
export function areaRecord(area: Area, writing: Writing): Written {
  const code = codeText(area.code, writing);
  const kind = worded(writing.dialect.areaKinds, area.kind, AREA_WORDS[area.kind]);
  const name = text(area.name, writing);
  if (code === null || kind === null || name === "") return null;
  return { 区域类型: kind, 区域编码: code, 核定人数: number(area.quota), 区域名称: name };
}

/** What is known of a card beyond one descent. */
export type Staff = Pick<Person, "card" | "name" | "team" | "job" | "leader" | "special">;

/** RYXX. Which of 工种 and 职务 a mine means by `job` nobody says: 工种 is what the reader takes it from. */
export function staffRecord(staff: Staff, writing: Writing): Written {
  const card = codeText(staff.card, writing);
  if (card === null) return null;
  return {
    人员卡编码: card,
    姓名: text(staff.name, writing),
    工种: text(staff.job, writing),
    队组: text(staff.team, writing),
    是否矿领导: flag(staff.leader),
    是否特种人员: flag(staff.special),
  };
}

/** Of what a card's alarm says: when, and who and where it is as far as the newest list tells. */
export interface CardAlarm extends Partial<Omit<Person, "card">> {
  readonly card: string;
  readonly start: Instant;
  readonly end: Instant | null;
}

/** RYCS, RYQJ and RYXZ: the same but for what their two moments are called. */
export function cardAlarmRecord(alarm: CardAlarm, writing: Writing): Written {
  const card = codeText(alarm.card, writing);
  if (card === null) return null;
  const code = (value: string | undefined) => (value === undefined ? "" : (codeText(value, writing) ?? ""));
  const start = time(alarm.start, writing);
  const end = time(alarm.end, writing);
  return {
    人员卡编码: card,
    姓名: text(alarm.name, writing),
    入井时刻: time(alarm.down, writing),
    报警开始: start,
    报警结束: end,
    求救开始: start,
    求救结束: end,
    区域编码: code(alarm.area),
    进入当前区域时刻: time(alarm.areaSince, writing),
    基站编码: code(alarm.station),
    进入当前基站时刻: time(alarm.stationSince, writing),
  };
}

export interface CrowdAlarm {
  /** Null = the mine as a whole. */
  readonly area: { readonly code: string; readonly name: string } | null;
  readonly quota: number | null;
  /** Who was there; null = no list says. */
  readonly cards: readonly string[] | null;
  readonly start: Instant;
  readonly end: Instant | null;
}

/** Characters of 区域人员集合: with more a reader would take the record for none. */
const MOST_CARDS = 12_000;

/** RYCY. */
export function crowdAlarmRecord({ area, quota, cards, start, end }: CrowdAlarm, writing: Writing): Written {
  const code = area === null ? "" : codeText(area.code, writing);
  if (code === null) return null;
  return {
    报警类型: area === null ? "矿井" : "区域",
    定员: number(quota),
    当前总人数: number(cards?.length),
    区域编码: code,
    区域名称: text(area?.name, writing),
    报警开始: time(start, writing),
    报警结束: time(end, writing),
    区域人员集合: cardsText(cards ?? [], writing),
  };
}

/** All of them or none: a part would say that the others were not there. */
function cardsText(cards: readonly string[], writing: Writing): string {
  const codes = cards.map((card) => codeText(card, writing));
  if (codes.some((code) => code === null || code.includes(","))) return "";
  const all = text(codes.join(","), writing);
  return all.length > MOST_CARDS ? "" : all;
}
