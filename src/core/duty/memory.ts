import type { CallOut } from "../../model/alarm.ts";
import type { DutyRecord, Handover, PreNotice, StatusChange, Swap } from "../../model/duty.ts";
import type { MineCode, MineStatus } from "../../model/mine.ts";
import type { Level } from "../../model/rule.ts";
import type { Instant, Millis } from "../../model/time.ts";
import type { AlarmRecord } from "../world.ts";

/** What is remembered of the duty: dated exceptions, and the chain that each alarm has come to. */
export interface DutyMemory {
  /** By alarm id. */
  readonly chains: Map<string, Chain>;
  /** Alarms that changed since the chains were last looked at; one that rose, with its place in this step's entries. */
  readonly touched: Map<AlarmRecord, number | null>;
  /** Whether the first call is written into the record that raises the alarm: so since the start that says it. */
  callsWithRaise: boolean;
  /** No chain is due before. */
  nextDue: Instant;
  swaps: readonly Swap[];
  handovers: readonly Handover[];
  readonly preNotices: Map<string, PreNotice>;
  /** Ids of those that stand on alarms. */
  readonly begun: Set<string>;
  statuses: readonly StatusChange[];
  /** What mines are by act, as it was last put in force. */
  readonly inForce: Map<MineCode, MineStatus>;
  /** The last lines of the duty log, newest last. */
  readonly log: DutyRecord[];
  /** The gateway's own points that say something is wrong with the duty, and what. */
  readonly troubles: Map<string, string>;
  /** Shifts whose missing handover was told. */
  missed: readonly string[];
  /** Since when there has been a roster; NaN = there is none. */
  since: Instant;
  /** Who is on duty may have changed: it is looked at with the next second. */
  stirred: boolean;
}

/** How far the calls for one alarm have come. All moments are on the gateway's clock. */
export interface Chain {
  /** The alarm's `attention` and level it answers to: another attention begins the chain anew. */
  readonly attention: number;
  readonly level: Level;
  readonly why: "raise" | "step-up";
  /** When attention was asked; and from when on the deadlines count, which is later after a downtime. */
  asked: Instant;
  since: Instant;
  /** When it was acknowledged; NaN = it is not. */
  answered: Instant;
  /** How many steps of each kind were made. */
  readonly made: Record<Track, number>;
  /** When the last step of calling, and of each reminder, was made. */
  readonly last: Record<Round, Instant>;
  /** All steps of it. */
  steps: number;
  /** Whom the last call went to and when; empty = nobody. */
  group: readonly CallOut[];
  groupAt: Instant;
  /** Not-delivered steps since the last other one; and no device is left to try. */
  tries: number;
  spent: boolean;
  /** Every call since attention was asked. */
  called: readonly CallOut[];
  /** The last step found nobody to call. */
  nobody: boolean;
  /** Who is on duty changed since: the step that found nobody is made again at once. */
  again: boolean;
  due: Instant;
}

/** What a chain waits for, each in its own order of steps. */
export type Track = "raise" | "not-acknowledged" | "no-call" | "no-feedback";
/** What is repeated at the end. */
type Round = "answer" | "no-call" | "no-feedback";

export function createDutyMemory(): DutyMemory {
  return {
    chains: new Map(),
    touched: new Map(),
    callsWithRaise: true,
    nextDue: Number.NEGATIVE_INFINITY,
    swaps: [],
    handovers: [],
    preNotices: new Map(),
    begun: new Set(),
    statuses: [],
    inForce: new Map(),
    log: [],
    troubles: new Map(),
    missed: [],
    since: Number.NaN,
    stirred: false,
  };
}

export function createChain(of: Pick<Chain, "attention" | "level" | "why" | "asked">, since: Instant): Chain {
  return {
    ...of,
    since,
    answered: Number.NaN,
    made: { raise: 0, "not-acknowledged": 0, "no-call": 0, "no-feedback": 0 },
    last: { answer: Number.NaN, "no-call": Number.NaN, "no-feedback": Number.NaN },
    steps: 0,
    group: [],
    groupAt: Number.NaN,
    tries: 0,
    spent: false,
    called: [],
    nobody: false,
    again: false,
    due: Number.POSITIVE_INFINITY,
  };
}

/** Every deadline of a chain moves by as much: time was lost in which nobody could call, or the clock was set. */
export function shiftChain(chain: Chain, by: Millis): void {
  chain.since += by;
  chain.answered += by;
  chain.groupAt += by;
  chain.due += by;
  chain.last.answer += by;
  chain.last["no-call"] += by;
  chain.last["no-feedback"] += by;
}

/** The gateway's clock was set. Shifts, swaps and pre-notices are of the calendar, and stay. */
export function shiftChains(duty: DutyMemory, by: Millis): void {
  for (const chain of duty.chains.values()) {
    shiftChain(chain, by);
    chain.asked += by;
  }
  duty.nextDue = Number.NEGATIVE_INFINITY;
}

export type DutyImage = ReturnType<typeof dutyImage>;

export function dutyImage(duty: DutyMemory) {
  const { since, stirred, missed, swaps, handovers, statuses, callsWithRaise } = duty;
  return {
    chains: [...duty.chains].map(([id, chain]) => [id, copyOf(chain)] as const),
    preNotices: [...duty.preNotices.values()],
    begun: [...duty.begun],
    inForce: [...duty.inForce],
    log: [...duty.log],
    troubles: [...duty.troubles],
    swaps,
    handovers,
    statuses,
    missed,
    since,
    stirred,
    callsWithRaise,
  };
}

export function restoreDuty(duty: DutyMemory, image: DutyImage): void {
  const { since, stirred, missed, swaps, handovers, statuses, callsWithRaise } = image;
  Object.assign(duty, { since, stirred, missed, swaps, handovers, statuses, callsWithRaise });
  for (const [id, chain] of image.chains) duty.chains.set(id, copyOf(chain));
  for (const notice of image.preNotices) duty.preNotices.set(notice.id, notice);
  for (const id of image.begun) duty.begun.add(id);
  for (const [mine, status] of image.inForce) duty.inForce.set(mine, status);
  for (const [point, detail] of image.troubles) duty.troubles.set(point, detail);
  duty.log.push(...image.log);
}

const copyOf = (chain: Chain): Chain => ({ ...chain, made: { ...chain.made }, last: { ...chain.last } });
