import { STATE } from "../../model/reading.ts";
import type { Instant } from "../../model/time.ts";
import type { Shown } from "./sensors.ts";
import type { SimPoint } from "./sim-point.ts";

/** An alarm record of the mine's own system; `kind` as in the national 异常类型 table. */
export interface OwnEvent {
  readonly id: string;
  readonly kind: "001" | "002" | "003" | "004" | "005" | "006" | "007" | "008" | "sos";
  readonly p: string | null;
  readonly card: string | null;
  readonly start: Instant;
  readonly end: Instant | null;
  readonly max: number | null;
  readonly maxAt: Instant | null;
  readonly cause: string | null;
  readonly measure: string | null;
}

const WHY: Readonly<Record<OwnEvent["kind"], readonly [cause: string, measure: string]>> = {
  "001": ["数值达到报警值", "停止作业，加强通风"],
  "002": ["浓度达到断电值", "切断电源，撤出人员"],
  "003": ["断电后馈电开关未动作", "人工切断上级电源"],
  "004": ["传感器电缆断线", "更换电缆"],
  "005": ["分站交流电源停电", "恢复供电"],
  "006": ["分站通讯中断", "检查通讯线路"],
  "007": ["定期标校", "标校完成"],
  "008": ["传感器超量程", "检查现场浓度"],
  sos: ["人员呼救", "已派人到现场"],
};

/** One condition that is true now and makes an event of its kind. */
export interface Trouble {
  readonly kind: OwnEvent["kind"];
  readonly p: string | null;
  readonly card: string | null;
  readonly value: number | null;
}

const BITS: readonly [bit: number, kind: OwnEvent["kind"]][] = [
  [STATE.alarm, "001"],
  [STATE.cut, "002"],
  [STATE.calibrating, "007"],
  [STATE.overRange, "008"],
  [STATE.fault, "004"],
];

/** What the points show as troubles: state bits, substations off the line or on battery. */
export function troublesOf(points: readonly SimPoint[], shown: readonly Shown[]): Trouble[] {
  const found: Trouble[] = [];
  points.forEach(({ def, system }, i) => {
    const { value, bits } = shown[i] as Shown;
    if (system !== "safety") return;
    for (const [bit, kind] of BITS) {
      if ((bits & bit) !== 0) found.push({ kind, p: def.code, card: null, value });
    }
    if (def.type === "3006" && value === 1) found.push({ kind: "006", p: def.code, card: null, value: null });
    if (def.type === "3007" && value === 1) found.push({ kind: "005", p: def.code, card: null, value: null });
  });
  return found;
}

export type OpenEvents = ReadonlyMap<string, OwnEvent>;

/** Opens an event for each new trouble and closes those whose trouble is gone; `told` = what is to be published. */
export function followTroubles(
  open: OpenEvents,
  troubles: readonly Trouble[],
  at: Instant,
): { open: OpenEvents; told: OwnEvent[] } {
  if (open.size === 0 && troubles.length === 0) return { open, told: [] };
  const next = new Map<string, OwnEvent>();
  const told: OwnEvent[] = [];
  for (const trouble of troubles) {
    const key = `${trouble.kind}-${trouble.p ?? trouble.card}`;
    const known = open.get(key);
    const event = known === undefined ? begun(key, trouble, at) : grown(known, trouble.value, at);
    next.set(key, event);
    if (known === undefined) told.push(event);
  }
  for (const [key, event] of open) {
    if (next.has(key)) continue;
    const [cause, measure] = WHY[event.kind];
    told.push({ ...event, end: at, cause, measure });
  }
  return { open: next, told };
}

const begun = (key: string, { kind, p, card, value }: Trouble, at: Instant): OwnEvent => ({
  id: `${key}-${at}`,
  kind,
  p,
  card,
  start: at,
  end: null,
  max: value,
  maxAt: value === null ? null : at,
  cause: null,
  measure: null,
});

const grown = (event: OwnEvent, value: number | null, at: Instant): OwnEvent =>
  value !== null && (event.max === null || value > event.max) ? { ...event, max: value, maxAt: at } : event;
