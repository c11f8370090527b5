import type { LogRecord } from "../log/read-log.ts";
import type { Alarm, JournalRecord, Transition } from "../model/alarm.ts";
import { SCREEN_CHANNEL } from "../model/duty.ts";
import { stepId } from "../model/notification.ts";
import { eventJson } from "../wire/alarm.ts";
import { JOURNAL_TYPES } from "../wire/journal-codec.ts";
import type { OutboxOptions, Subscription } from "./api.ts";
import { type NewRow, type NewRows, NO_CHANNEL } from "./outbox-db.ts";

type TransitionRecord = Extract<JournalRecord, { type: "transition" }>;

/**
 * Whom a journal record is told to: each person a step of a chain calls, and each standing subscriber it fits.
 * The canary (class `test`) is told to nobody beyond the screens (contract §4).
 */
export function rowsOf(record: JournalRecord, { subscriptions, channels }: OutboxOptions): NewRows | null {
  if (record.type !== "transition" || record.alarm.class === "test") return null;
  const { transition, alarm, seq, t } = record;
  const about = aboutOf(record);
  const called = transition.calls ?? [];
  const away = called.filter(({ channel }) => channel !== SCREEN_CHANNEL);
  const rows: NewRow[] = away.map(({ person, device, channel }) => ({
    ...about,
    id: `${about.step}/${person}/${device}`,
    channel,
    person,
    device,
    why: transition.why ?? transition.what,
    refused: channels.includes(channel) ? null : NO_CHANNEL,
  }));
  for (const subscription of subscriptions) {
    if (fits(subscription, transition, alarm)) rows.push(standing(about, subscription, transition));
  }
  if (rows.length === 0) return null;
  const body = rows.some(({ refused }) => refused === null) ? JSON.stringify(eventJson(record)) : null;
  return { seq, at: t, rows, body };
}

/**
 * Whether a record calls somebody beyond the screens, by its beginning alone: whoever only asks that need not read all
 * of every alarm. A quotation mark within a text is escaped, so the alarm begins where its name first stands.
 */
export function callsAway({ type, body }: Pick<LogRecord, "type" | "body">): boolean {
  if (type !== JOURNAL_TYPES.transition) return false;
  const end = body.indexOf(',"alarm":{');
  if (end < 0) return true;
  const { transition } = JSON.parse(`${body.toString("utf8", 0, end)}}`) as { transition: Transition };
  return transition.calls?.some(({ channel }) => channel !== SCREEN_CHANNEL) === true;
}

const aboutOf = ({ alarm, transition, seq }: TransitionRecord) => ({
  step: stepId(alarm.id, transition.n),
  seq,
  alarm: alarm.id,
  mine: alarm.mine,
  level: alarm.level,
});

const standing = (
  about: ReturnType<typeof aboutOf>,
  { channel }: Subscription,
  { what }: Transition,
): NewRow => ({
  ...about,
  id: `${about.step}//${channel}`,
  channel,
  person: null,
  device: null,
  why: what,
  refused: null,
});

function fits({ levels, mines, what, ringing }: Subscription, transition: Transition, alarm: Alarm): boolean {
  if (levels !== null && !levels.includes(alarm.level)) return false;
  if (mines !== null && !mines.includes(alarm.mine)) return false;
  if (what !== null && !what.includes(transition.what) && !(calls(transition) && what.includes("escalate")))
    return false;
  return !ringing || rings(alarm);
}

/** It calls somebody, by itself or with the alarm. */
const calls = ({ why }: Transition): boolean => why !== undefined;

/** What a screen would not ring for is no message to a group either. */
const rings = ({ ack, retrospective, suppression, parent }: Alarm): boolean =>
  ack === "required" && !retrospective && suppression.kind === "none" && parent === null;
