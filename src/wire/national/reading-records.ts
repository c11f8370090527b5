import { VALUELESS_BITS } from "../../model/reading.ts";
import { DOORS } from "./door.ts";
import { type Element, RAW } from "./element.ts";
import { isWrong, quoted, type Wrong, wrong } from "./reasons.ts";
import type { Beside, RecordRules } from "./record.ts";
import type { Field } from "./row.ts";
import { flagString, sichuanState, stateBits } from "./states.ts";
import { number, pointCode, textOf, time } from "./values.ts";

/** The point table says it already; where a source gives only this, its file is still kept whole. */
const elsewhere: Field = { key: null, read: textOf(200), need: "soft" };
/** As text: whether it may be words, the point says. */
const value: Field = { key: "v", read: textOf(64), need: "given" };

/** CDSS, KGBH, SSSJ, LJSJ, ZKSS and the values of water systems: contract §3 `readings`. */
export const READING_RECORDS: RecordRules = {
  door: DOORS.readings,
  fields: {
    测点编码: { key: "p", read: pointCode, need: "always" },
    测点值: value,
    水位: value,
    累计: value,
    状态: { key: "s", read: stateBits, need: "given" },
    状态码: { key: "s", read: sichuanState, need: "given" },
    状态串: { key: "s", read: flagString, need: "given" },
    数据时间: { key: "t", read: time, need: "always" },
    单位: { key: "unit", read: textOf(200), need: "soft" },
    传感器类型名称: elsewhere,
    类型: elsewhere,
    安装位置: elsewhere,
  },
  finish: finishReading,
};

/** The order p, v, s, t is the one that is read fastest. */
function finishReading({ p, v, s, t, unit, [RAW]: raw }: Element, beside: Beside): Element | Wrong {
  const code = p as string;
  const reading: Element = { p: code };
  if (v !== undefined) {
    const said = numberSaid(code, v as string, beside);
    if (isWrong(said)) return said;
    reading["v"] = said;
  } else if (((s as number | undefined) ?? 0) === 0 || ((s as number) & VALUELESS_BITS) === 0) {
    return wrong(
      "value-missing",
      `没有测点值,状态${s === undefined ? "也是空的" : String(s)}不说明为什么(8超量程 16分站故障 32不巡检 64暂停 128断线时可以没有)`,
    );
  }
  if (s !== undefined) reading["s"] = s;
  if (t !== undefined) reading["t"] = t;
  if (raw !== undefined) reading[RAW] = raw;
  if (unit !== undefined) compareUnits(code, unit as string, beside);
  return reading;
}

/** Numbers are numbers; words are what the point table gives as its two descriptions (domain.md §12). */
function numberSaid(code: string, text: string, beside: Beside): number | Wrong {
  const read = number(text, "测点值", beside.dialect);
  if (!isWrong(read)) return read as number;
  const point = beside.pointOf(code);
  if (point?.["onText"] === text && point["offText"] !== text) return 1;
  if (point?.["offText"] === text && point["onText"] !== text) return 0;
  if (read.wrong === "full-width" || /\d/.test(text)) return read;
  const table = point === undefined ? "测点定义里没有这个测点" : "测点定义的开停描述里也没有";
  return wrong("number", `测点值${quoted(text)}不是数字,${table}`);
}

function compareUnits(code: string, unit: string, beside: Beside): void {
  const listed = beside.pointOf(code)?.["unit"];
  if (listed !== undefined && listed !== unit) {
    beside.note(
      "unit-differs",
      `测点${code}的单位,测点定义里是${quoted(String(listed))},这里是${quoted(unit)}`,
    );
  }
}
