import type { Alarm, Transition } from "../model/alarm.ts";
import type { KpiFact, KpiStep } from "../model/kpi.ts";

/** A step as the index keeps it. */
export interface StoredStep {
  readonly t: number;
  readonly body: string;
  readonly suppression: string;
  readonly stage: string;
  readonly calls: number;
}

/** What the figures need of an alarm, small enough to be handed over by the thousand. */
export function factOf(alarm: Alarm, steps: readonly StoredStep[]): KpiFact {
  const { id, mine, mineName, rule, ladder, title, titleEn, subject, place, ack, retrospective } = alarm;
  return {
    id,
    mine,
    mineName,
    rule,
    ladder,
    title,
    titleEn,
    subject: { id: subject.id, name: subject.name },
    place,
    class: alarm.class,
    ack,
    retrospective,
    folded: alarm.parent !== null,
    steps: steps.map(stepOf),
  };
}

function stepOf({ t, body, suppression, stage, calls }: StoredStep): KpiStep {
  const transition = JSON.parse(body) as Transition;
  const { what, from, to, by, levelTo } = transition;
  return {
    t,
    what,
    from,
    to,
    ...(by === undefined ? {} : { by }),
    ...(levelTo === undefined ? {} : { levelTo }),
    suppression: suppression as KpiStep["suppression"],
    stage,
    calls,
    called: (transition.calls ?? []).map(({ person }) => person),
  };
}
