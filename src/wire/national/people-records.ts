import { DOORS } from "./door.ts";
import { type Element, RAW } from "./element.ts";
import { type Wrong, wrong } from "./reasons.ts";
import type { Beside, RecordRules } from "./record.ts";
import { areaKind, inOut } from "./states.ts";
import { momentOf, number, plainCode, textOf, time, wholeNumber, yesNo } from "./values.ts";

const card = { key: "card", read: plainCode, need: "always" } as const;
const name = { key: "name", read: textOf(200), need: "soft" } as const;
const flag = (key: string) => ({ key, read: yesNo, need: "soft" }) as const;
const moment = (key: string) => ({ key, read: time, need: "soft" }) as const;

/** RYXX: who a card is. No message of its own: it goes along with the lists of who is underground. */
export const PERSONNEL: RecordRules = {
  door: DOORS.none,
  fields: {
    人员卡编码: card,
    姓名: name,
    工种: { key: "job", read: textOf(200), need: "soft" },
    队组: { key: "team", read: textOf(200), need: "soft" },
    是否矿领导: flag("leader"),
    是否特种人员: flag("special"),
  },
  finish: (element) => element,
};

/** RYSS: contract §3 `people`. */
export const PEOPLE: RecordRules = {
  door: DOORS.people,
  fields: {
    人员卡编码: card,
    姓名: name,
    出入井标志: { key: "flag", read: inOut, need: "always" },
    入井时刻: { key: "down", read: time, need: "always" },
    出井时刻: moment("up"),
    区域编码: { key: "area", read: plainCode, need: "soft" },
    进入当前区域时刻: moment("areaSince"),
    基站编码: { key: "station", read: plainCode, need: "soft" },
    进入当前基站时刻: moment("stationSince"),
    距离基站距离: { key: "dist", read: number, need: "soft" },
    人员工作状态: { key: "state", read: textOf(200), need: "soft" },
    是否矿领导: flag("leader"),
    是否特种人员: flag("special"),
  },
  finish: finishPerson,
};

function finishPerson(element: Element, beside: Beside): Element | Wrong {
  const { flag: said, up, [RAW]: unread, ...rest } = element;
  const known = beside.personOf(String(element["card"]));
  compareNames(element, known, beside);
  const raw = { ...(unread as Record<string, string> | undefined) };
  const out = isOut(said, element, beside);
  if (out && up === undefined) return wrong("exit-missing", "出入井标志是已出井,却没有出井时刻");
  if (!out && up !== undefined) raw["出井时刻"] = String(up);
  const person: Element = { ...fromKnown(known), ...rest, ...(out ? { up: up as string } : {}) };
  if (Object.keys(raw).length > 0) person[RAW] = raw;
  return person;
}

/** Whoever might be underground counts as underground: an exit that is not sure must not shorten the list. */
function isOut(said: unknown, { card: who, down, up }: Element, { note }: Beside): boolean {
  if (said === "out") return true;
  if (said === "underground") {
    if (up !== undefined && momentOf(up) >= momentOf(down)) {
      note("in-and-out", `卡${String(who)}的出入井标志是在井下,却有晚于入井的出井时刻:按在井下计`);
    }
    return false;
  }
  note("flag-unclear", `卡${String(who)}的出入井标志是0,含义没有公开规定:没有出井时刻的按在井下计`);
  return up !== undefined && momentOf(up) >= momentOf(down);
}

function compareNames(element: Element, known: Element | undefined, { note }: Beside): void {
  const { card: who, name: here } = element;
  const before = known?.["name"];
  if (here !== undefined && before !== undefined && here !== before) {
    note("name-differs", `卡${String(who)}的姓名与RYXX里的不同`);
  }
}

function fromKnown(known: Element | undefined): Element {
  if (known === undefined) return {};
  const { [RAW]: _raw, ...rest } = known;
  return rest;
}

/** RYQY: the `areas` of contract §3. */
export const AREAS: RecordRules = {
  door: DOORS.areas,
  fields: {
    区域类型: { key: "kind", read: areaKind, need: "always" },
    区域编码: { key: "code", read: plainCode, need: "always" },
    核定人数: { key: "quota", read: wholeNumber, need: "given" },
    区域名称: { key: "name", read: textOf(200), need: "always" },
  },
  finish: ({ code, name: called, kind, quota, [RAW]: raw }) => {
    const area: Element = { code: code as string, name: called as string, kind: kind as string };
    if (quota !== undefined) area["quota"] = quota;
    if (raw !== undefined) area[RAW] = raw;
    return area;
  },
};
