import type { MineWorld } from "../../src/cli/simulate/mine.ts";
import type { MineRun } from "../../src/cli/simulate/mine-run.ts";
import type { Event, Incident } from "../../src/cli/simulate/scenarios.ts";
import type { Shown } from "../../src/cli/simulate/sensors.ts";
import type { Alarm, SubjectKind } from "../../src/model/alarm.ts";
import { HOUR, type Instant, MINUTE, type Millis, SECOND } from "../../src/model/time.ts";
import type { DayAlarm } from "./alarms.ts";
import type { CountyMine } from "./county.ts";

/** What the mine shows of a point now. */
export type See = (code: string) => Shown;

/** Something of a danger that begins later or is over sooner than the whole. */
export interface Part {
  readonly event: Event;
  readonly from: Millis;
  readonly lasts: Millis;
}

/** Something that must not be missed, planted in the day. */
export interface Danger {
  readonly id: string;
  readonly what: string;
  /** Number of its mine. */
  readonly mine: number;
  /** Time of day, and for how long. */
  readonly at: Millis;
  readonly lasts: Millis;
  readonly events: readonly (Event | Part)[];
  /** From when it can be known: the mine shows so. Absent = from its start. */
  readonly shown?: (see: See, world: MineWorld) => boolean;
  /** Any of these. */
  readonly rules: readonly string[];
  readonly about: { readonly kind?: SubjectKind; readonly name?: string };
  /** From when it can be known to the alarm: the rule's own delay and what the way of a sample takes. */
  readonly within: Millis;
}

export interface Outcome {
  readonly danger: Danger;
  readonly onset: Instant | null;
  readonly raised: { readonly rule: string; readonly at: Instant } | null;
  readonly missed: string | null;
}

/** A cycle of the mine's system and the way to the county. */
export const WAY: Millis = 45 * SECOND;

export function incidentsOf(dangers: readonly Danger[], mines: readonly CountyMine[]): Incident[] {
  return dangers.flatMap(({ mine, at, lasts, events }) => {
    const { plan } = mineOf(mines, mine);
    return events.map((one): Incident => {
      const mineCode = { mine: plan.code };
      return "event" in one
        ? { ...mineCode, at: at + one.from, lasts: one.lasts, event: one.event }
        : { ...mineCode, at, lasts, event: one };
    });
  });
}

/** What a danger brings along, and what follows when it is over, is not the normal day's; one of half a day is. */
const AFTERMATH: Millis = 20 * MINUTE;
const LONG: Millis = 4 * HOUR;

export function belongsTo(dangers: readonly Danger[], mines: readonly CountyMine[], start: Instant) {
  const spans = dangers
    .filter(({ lasts }) => lasts < LONG)
    .map(({ mine, at, lasts }) => ({
      code: mineOf(mines, mine).plan.code,
      from: start + at,
      to: start + at + lasts + AFTERMATH,
    }));
  return ({ alarm }: DayAlarm): boolean =>
    spans.some(
      ({ code, from, to }) => code === alarm.mine && alarm.detectedAt >= from && alarm.detectedAt <= to,
    );
}

/** Watches for the moment from which each danger can be known. */
export function createWatch(dangers: readonly Danger[], mines: readonly CountyMine[], start: Instant) {
  const onsets = new Map<Danger, Instant>();
  const waiting = new Map<string, Danger[]>();
  for (const danger of dangers) {
    const { code } = mineOf(mines, danger.mine).plan;
    waiting.set(code, [...(waiting.get(code) ?? []), danger]);
  }

  function seen({ plan, world }: MineRun, at: Instant): void {
    for (const danger of waiting.get(plan.code) ?? []) {
      const { at: from, lasts, shown } = danger;
      if (onsets.has(danger) || at < start + from || at > start + from + lasts) continue;
      const see: See = (code) => world.shown[placeOf(world.points, code)] as Shown;
      if (shown === undefined) onsets.set(danger, start + from);
      else if (shown(see, world)) onsets.set(danger, at);
    }
  }

  const outcomes = (alarms: readonly DayAlarm[]): Outcome[] =>
    dangers.map((danger) => {
      const { code } = mineOf(mines, danger.mine).plan;
      const own = alarms.filter(({ alarm }) => alarm.mine === code);
      return outcome(danger, onsets.get(danger) ?? null, own);
    });

  return { seen, outcomes };
}

const mineOf = (mines: readonly CountyMine[], number: number): CountyMine => {
  const found = mines.find((mine) => mine.number === number);
  if (found === undefined) throw new Error(`the county has no mine ${number}`);
  return found;
};

function placeOf(points: readonly { readonly def: { readonly code: string } }[], code: string): number {
  const place = points.findIndex(({ def }) => def.code === code);
  if (place < 0) throw new Error(`the mine has no point ${code}`);
  return place;
}

/** The first step that its rule reached on the desk since it began; an alarm that stood before does not count. */
function outcome(danger: Danger, onset: Instant | null, own: readonly DayAlarm[]): Outcome {
  if (onset === null) return { danger, onset, raised: null, missed: "it never showed" };
  const steps = own
    .filter(({ alarm }) => isAbout(alarm, danger))
    .flatMap(({ steps: reached }) => reached)
    .filter(({ rule, at, onDesk }) => onDesk && danger.rules.includes(rule) && at >= onset);
  const raised = steps.reduce<Outcome["raised"]>(
    (first, step) => (first === null || step.at < first.at ? step : first),
    null,
  );
  if (raised === null) return { danger, onset, raised, missed: "no alarm" };
  return { danger, onset, raised, missed: raised.at - onset > danger.within ? "too late" : null };
}

function isAbout({ subject }: Alarm, { about }: Danger): boolean {
  return (
    (about.kind === undefined || subject.kind === about.kind) &&
    (about.name === undefined || subject.id.endsWith(`:${about.name}`))
  );
}

/** Time of day. */
export const at = (hours: number, minutes: number): Millis => hours * HOUR + minutes * MINUTE;

export const on = (name: string) => ({ kind: "point", name }) as const;

type ShownToo = NonNullable<Danger["shown"]>;

export const reaches =
  (code: string, limit: number): ShownToo =>
  (see) =>
    (see(code).value ?? Number.NaN) >= limit;

export const is =
  (code: string, wanted: number): ShownToo =>
  (see) =>
    see(code).value === wanted;
