import type { Alarm } from "../model/alarm.ts";
import type { MineEvent } from "../model/input.ts";
import { pointId, type System } from "../model/mine.ts";
import type { AlarmClass } from "../model/rule.ts";
import { type Instant, MINUTE } from "../model/time.ts";
import { transition } from "./journal.ts";
import { type AlarmRecord, count, type Mine, type Watch, type World } from "./world.ts";

/** A mine's own record belongs to our alarm when it began within this of ours (contract §4). */
const NEAR = 5 * MINUTE;
/** Records of a mine remembered for alarms yet to come, and per alarm. */
const REMEMBERED = 64;
const PER_ALARM = 6;
/** Characters of a mine's own words that an alarm carries. */
const WORDS = 100;

/** Kinds of a mine's records (domain.md §2.4) and the class of alarm they tell of. */
const CLASSES: Readonly<Record<string, AlarmClass>> = {
  "001": "over-limit",
  "002": "cut",
  "003": "feed-anomaly",
  "004": "sensor-fault",
  "005": "link",
  "006": "link",
  "007": "calibration",
  "008": "over-limit",
  "009": "over-limit",
  "010": "over-limit",
  overtime: "person",
  "over-capacity": "person",
  sos: "person",
  restricted: "person",
};

/** Attaches what the mine's own system recorded to the alarms it speaks of. */
export function readEvents(world: World, mine: Mine, system: System, events: readonly MineEvent[]): void {
  for (const event of events) {
    count(mine, "event");
    mine.events.push({ system, event, at: world.now });
    if (mine.events.length > REMEMBERED) mine.events.shift();
    for (const record of liveAlarms(world, mine, system, event)) {
      const { alarm } = record;
      if (!concerns(alarm.subject, alarm.class, alarm.raisedAt, mine, system, event)) continue;
      // A beginning that comes again does not undo the end.
      const ended = alarm.mineEvents.some((known) => known.id === nameOf(event) && known.end !== null);
      if (ended && event.end === undefined) continue;
      const others = alarm.mineEvents.filter((known) => known.id !== nameOf(event));
      const mineEvents = [...others, shown(event)].slice(-PER_ALARM);
      if (JSON.stringify(mineEvents) === JSON.stringify(alarm.mineEvents)) continue;
      transition(world, record, alarm.state, { what: "event", note: event.kind }, { mineEvents });
    }
  }
}

/** The subject's alarms that have not ended: what was over before the record came is still ours to explain. */
function liveAlarms(world: World, mine: Mine, system: System, event: MineEvent): AlarmRecord[] {
  return watchesOf(world, mine, system, event)
    .flatMap((watch) => watch.episodes)
    .flatMap(({ id }) => world.alarms.get(id) ?? [])
    .filter(({ alarm }) => alarm.state !== "normal");
}

function watchesOf(world: World, mine: Mine, system: System, event: MineEvent): readonly Watch[] {
  const slot = event.p === undefined ? undefined : mine.streams.get(system)?.slots.get(event.p);
  if (slot !== undefined) return [...(world.points[slot]?.watches ?? []), ...(world.points[slot]?.own ?? [])];
  if (system !== "person") return [];
  return [...mine.crew.watches.values()].filter(({ subject }) => isOf(subject, mine, system, event));
}

/** What the mine had already told when the alarm rose. */
export function heardEvents(watch: Watch, raisedAt: Instant, ofClass: AlarmClass): Alarm["mineEvents"] {
  const { mine, subject } = watch;
  if (mine.events.length === 0) return [];
  return mine.events
    .filter(({ system, event }) => concerns(subject, ofClass, raisedAt, mine, system, event))
    .map(({ event }) => shown(event))
    .filter((event, i, all) => all.findLastIndex((other) => other.id === event.id) === i)
    .slice(-PER_ALARM);
}

function concerns(
  subject: Alarm["subject"],
  ofClass: AlarmClass,
  raisedAt: Instant,
  mine: Mine,
  system: System,
  event: MineEvent,
): boolean {
  return (
    isOf(subject, mine, system, event) &&
    CLASSES[event.kind] === ofClass &&
    Math.abs(event.start - raisedAt) <= NEAR
  );
}

/** A record about people names a card, an area, both, or the mine by naming neither. */
function isOf({ kind, id }: Alarm["subject"], mine: Mine, system: System, event: MineEvent): boolean {
  const { p, card, area } = event;
  const names = (code: string | undefined) => code !== undefined && id === pointId(mine.code, system, code);
  if (kind === "point") return names(p);
  if (system !== "person" || p !== undefined) return false;
  if (kind === "card") return names(card);
  if (kind === "area") return names(area);
  return kind === "mine" && card === undefined && area === undefined;
}

/** A record is known again by its id, else by subject, kind and start (contract §3). */
export const nameOf = (event: MineEvent): string =>
  (event.id ?? `${event.p ?? event.card ?? event.area}|${event.kind}|${event.start}`).slice(0, WORDS);

function shown(event: MineEvent): Alarm["mineEvents"][number] {
  return {
    id: nameOf(event),
    kind: event.kind,
    start: event.start,
    end: event.end ?? null,
    cause: event.cause?.slice(0, WORDS) ?? null,
    measure: event.measure?.slice(0, WORDS) ?? null,
  };
}
