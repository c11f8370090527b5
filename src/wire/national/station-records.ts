import { DOORS } from "./door.ts";
import { type Element, RAW } from "./element.ts";
import { locate } from "./point-records.ts";
import type { Beside, RecordRules } from "./record.ts";
import { RUN_STATES, runState, SUPPLY_STATES } from "./states.ts";
import { number, pointCode, textOf, time, wholeNumber } from "./values.ts";

const code = { key: "code", read: pointCode, need: "always" } as const;
const place = { key: "place", read: textOf(190), need: "soft" } as const;
const axis = (key: string) => ({ key, read: number, need: "soft" }) as const;

/** FZDY and RYJZ: a station is two points of its stream's table, its link and its supply (contract §3, built in). */
export const STATION_RECORDS: RecordRules = {
  door: DOORS.points,
  fields: {
    分站编码: code,
    基站编码: code,
    安装位置: place,
    基站名称: place,
    X: axis("x"),
    Y: axis("y"),
    Z: axis("z"),
  },
  finish: ({ code: station, place: where, x, y, z, [RAW]: unread }, { type }) => {
    const [link, supply] = typesOf(type);
    const raw = { ...(unread as Record<string, string> | undefined) };
    const shared: Element = where === undefined ? {} : { place: where };
    locate(shared, raw, { X: x, Y: y, Z: z });
    const own: Element = {
      code: station as string,
      type: link,
      kind: "state",
      states: RUN_STATES,
      ...shared,
    };
    if (Object.keys(raw).length > 0) own[RAW] = raw;
    const power: Element = {
      code: supplyCode(station as string, supply),
      type: supply,
      kind: "state",
      states: SUPPLY_STATES,
      ...shared,
      substation: station as string,
    };
    return [own, power];
  },
};

/** FZSS and JZSS: a reading of each of the two. */
export const STATION_STATES: RecordRules = {
  door: DOORS.readings,
  fields: {
    分站编码: code,
    基站编码: code,
    运行状态: { key: "run", read: runState, need: "always" },
    供电状态: { key: "supply", read: wholeNumber, need: "given" },
    数据时间: { key: "t", read: time, need: "always" },
  },
  finish: ({ code: station, run, supply, t, [RAW]: raw }, beside: Beside) => {
    const [, type] = typesOf(beside.type);
    const link: Element = { p: station as string, v: run as number, t: t as string };
    if (raw !== undefined) link[RAW] = raw;
    if (beside.pointOf(station as string) === undefined) {
      const table = type === "3007" ? "FZDY" : "RYJZ";
      beside.note("station-unlisted", `${String(station)}不在${table}里:状态存下,但不作判断`);
    }
    if (supply === undefined) return link;
    return [link, { p: supplyCode(station as string, type), v: supply as number, t: t as string }];
  },
};

/** A code of a point is unique in its stream: the second quantity of a device is its code and the type. */
const supplyCode = (station: string, type: string): string => `${station}#${type}`;

const typesOf = (type: string): readonly [link: string, supply: string] =>
  type === "FZDY" || type === "FZSS" ? ["3006", "3007"] : ["baseStation", "baseSupply"];
