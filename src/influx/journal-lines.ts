import type { Alarm, JournalRecord, Transition } from "../model/alarm.ts";
import { SECOND } from "../model/time.ts";
import { escapedText, seriesKey, timestamp } from "./line.ts";

/**
 * What the journal says that a curve should be seen beside: each step of an alarm in `alarm`, each hole of the series
 * in `gap`. The gateway's tests of itself are in no list, and not here. Null = nothing of that kind.
 */
export function journalLine(record: JournalRecord): string | null {
  if (record.type === "gap") {
    const { from, to, detail } = record;
    return `${seriesKey("gap", { of: "spool" })} from=${from}i,to=${to}i,detail=${escapedText(detail)} ${at(record)}`;
  }
  if (record.type !== "transition" || record.alarm.class === "test") return null;
  return stepLine(record.alarm, record.transition, at(record));
}

/** Many steps may share a millisecond; each has a number of its own. */
const at = ({ t, seq }: JournalRecord): string => timestamp(Math.floor(t), seq % 1_000_000);

function stepLine(alarm: Alarm, transition: Transition, time: string): string {
  const { class: kind, level, loc, mine, place, point, rule, system, type } = alarm;
  const tags = { class: kind, level, loc, mine, place, point, rule, system, type, what: transition.what };
  const texts = {
    id: alarm.id,
    case: alarm.case,
    title: alarm.title,
    subject: alarm.subject.name,
    from: transition.from,
    state: transition.to,
    ladder: alarm.ladder,
    unit: alarm.unit,
    levelFrom: transition.levelFrom ?? null,
    suppression: alarm.suppression.kind,
  };
  const numbers = {
    value: alarm.value,
    limit: alarm.limit,
    peak: alarm.peak?.value ?? null,
    ...waits(alarm, transition),
  };
  const fields = [
    ...Object.entries(texts).flatMap(([name, text]) =>
      text === null ? [] : [`${name}=${escapedText(text)}`],
    ),
    ...Object.entries(numbers).flatMap(([name, number]) => (number === null ? [] : [`${name}=${number}`])),
    `n=${transition.n}i`,
    `seq=${alarm.seq}i`,
    `retrospective=${alarm.retrospective}`,
  ];
  return `${seriesKey("alarm", tags)} ${fields.join(",")} ${time}`;
}

/** Seconds from the gateway's first knowing to the answer of a person, and from the onset to the return. */
function waits(alarm: Alarm, { what }: Transition): Record<string, number | null> {
  const { acknowledged, detectedAt, raisedAt, returnedAt } = alarm;
  if (what === "acknowledge" && acknowledged !== null)
    return { ackSeconds: (acknowledged.at - detectedAt) / SECOND };
  if (what === "return" && returnedAt !== null) return { lastedSeconds: (returnedAt - raisedAt) / SECOND };
  return {};
}
