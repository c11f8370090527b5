import type { CheckItem, CheckName, CheckState, Said } from "../../model/mine-check.ts";
import type { Instant } from "../../model/time.ts";
import { iso } from "../../wire/time.ts";

/** As people read it, at the hour of China. */
export const moment = (t: Instant): string => iso(t).slice(0, 19).replace("T", " ");

/** How many of what was found the sheet names. */
const SAMPLES = 5;

export const said = (zh: string, en: string): Said => ({ zh, en });
/** Alike in every language: a number, a code. */
export const same = (text: string): Said => ({ zh: text, en: text });

const TITLES: Readonly<Record<CheckName, Said>> = {
  connected: said("已连接", "Connected"),
  credential: said("身份与加密", "Credential and encryption"),
  "one-client": said("一个客户端号只有一个程序", "One program a client id"),
  refused: said("被拒绝的连接", "Refused connections"),
  table: said("测点表", "Point table"),
  locations: said("测点位置确认", "Locations confirmed"),
  limits: said("限值不宽于规定", "Limits no looser than the law's"),
  words: said("单位与开关量含义", "Units and switch meanings"),
  cycle: said("上传周期", "Cycle kept"),
  rejects: said("拒收的数据", "Rejected data"),
  clock: said("时钟偏差", "Clock"),
  events: said("矿方异常报警记录", "The mine's own alarm records"),
  feeds: said("断电与馈电关联", "Cuts and feeds linked"),
  people: said("井下人员", "People underground"),
  silence: said("当前无数据的测点", "Silent points now"),
};

/** One line of the sheet. */
export function item(
  check: CheckName,
  state: CheckState,
  line: {
    readonly figure: Said;
    readonly from: Said;
    readonly samples?: readonly Said[];
    readonly remedy?: Said | null;
  },
): CheckItem {
  const { figure, from, samples = [], remedy = null } = line;
  const more = samples.length - SAMPLES;
  const shown =
    more > 0 ? [...samples.slice(0, SAMPLES), said(`……另有 ${more} 项`, `… ${more} more`)] : samples;
  return { check, title: TITLES[check], state, figure, from, samples: shown, remedy };
}

/** What the counters of a mine say. */
export const KEPT = said("网关按小时的计数", "counts of the gateway by the hour");
export const aside = (n: number, zh: string, en: string): Said[] =>
  n === 0 ? [] : [said(`${n} ${zh}`, `${n} ${en}`)];

/** Never more than it is. */
export const percent = (share: number): string => `${(Math.floor(share * 1000) / 10).toFixed(1)} %`;

/** `mine:system:code` without the mine. */
export const shortId = (id: string): string => id.slice(id.indexOf(":") + 1);

const ORDER: readonly CheckState[] = ["ok", "unknown", "warn", "bad"];
export const worstOf = (states: readonly CheckState[]): CheckState =>
  states.reduce((a, b) => (ORDER.indexOf(b) > ORDER.indexOf(a) ? b : a), "ok");
