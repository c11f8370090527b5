import type { JournalRecord } from "../model/alarm.ts";
import type { MineCode } from "../model/mine.ts";
import type { Level } from "../model/rule.ts";
import { EVENT_WITHIN } from "../wire/journal-codec.ts";
import { frameBytes, putFrame, respliced, textFrame } from "./frame.ts";

/** Of an event that was written to a screen: enough to know whose receipt its acknowledgement is. */
export interface Delivered {
  readonly alarm: string;
  /** Whether its delivery is a step of the receipt ladder. */
  readonly rings: boolean;
  readonly level: Level;
  /** Whose receipt was passed on, so that nine more screens of a person cost a look. */
  readonly had: string[];
}

/** A transition ready to be written; what a filter asks is beside it, the rest is bytes. */
export interface EventFrame {
  readonly seq: number;
  /** The `prev` the frame carries: right for every screen that was sent the event before. */
  readonly prev: number;
  readonly mine: MineCode;
  readonly level: Level;
  /** The canary goes to every consumer, whatever it asked for. */
  readonly test: boolean;
  /** What is remembered of it until it is acknowledged: one object for all screens. */
  readonly about: Delivered;
  readonly frame: Buffer;
  /** Where in the text everything after seq and prev begins. */
  readonly tail: number;
}

type TransitionRecord = Extract<JournalRecord, { type: "transition" }>;

/** Words one transition: `json` gives the event without seq and prev. */
export function eventFrame(
  record: TransitionRecord,
  prev: number,
  json: (record: TransitionRecord) => object,
): EventFrame {
  const start = startOf(record.seq, prev);
  const frame = textFrame(start + JSON.stringify(json(record)).slice(1));
  return { ...headOf(record, prev), frame, tail: start.length };
}

const headOf = ({ seq, alarm, transition }: TransitionRecord, prev: number) => ({
  seq,
  prev,
  mine: alarm.mine,
  level: alarm.level,
  test: alarm.class === "test",
  about: {
    alarm: alarm.id,
    rings: alarm.ack === "required" && (transition.what === "raise" || transition.what === "step-up"),
    level: alarm.level,
    had: [],
  },
});

/** A record, and its bytes in the journal. */
interface Written {
  readonly record: TransitionRecord;
  readonly body: Uint8Array;
}

/**
 * The same of what the journal has on disk: its bytes are copied and not worded anew, once, to where the frames of all
 * these stand one behind the other. `last` = the event before them.
 */
export function eventFramesOf(written: readonly Written[], last: number): EventFrame[] {
  let size = 0;
  const parts = written.map(({ record, body }, i) => {
    const prev = written[i - 1]?.record.seq ?? last;
    const start = startOf(record.seq, prev);
    const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    const part = bytes.subarray(EVENT_WITHIN.after.length, bytes.lastIndexOf(EVENT_WITHIN.before));
    const from = size;
    size += frameBytes(start.length + part.length + 1);
    return { record, prev, start, part, from };
  });
  const whole = Buffer.allocUnsafeSlow(size);
  return parts.map(({ record, prev, start, part, from }) => {
    const frame = putFrame(whole, from, start, part, "}");
    return { ...headOf(record, prev), frame, tail: start.length };
  });
}

/** The same events with their frames one behind the other in memory: a screen that wants them all is sent one piece. */
export function sideBySide(events: readonly EventFrame[]): readonly EventFrame[] {
  if (events.length < 2) return events;
  const whole = Buffer.concat(events.map(({ frame }) => frame));
  let at = 0;
  return events.map((event) => {
    const from = at;
    at += event.frame.length;
    return { ...event, frame: whole.subarray(from, at) };
  });
}

/** The frame for a consumer whose last event was `prev`. */
export const frameAfter = (event: EventFrame, prev: number): Buffer =>
  event.prev === prev ? event.frame : respliced(event.frame, event.tail, startOf(event.seq, prev));

const startOf = (seq: number, prev: number): string => `{"type":"event","seq":${seq},"prev":${prev},`;

/**
 * The latest events as encoded frames, at most `maxBytes` of them. Knows from which journal position on it is
 * whole; what is older is read from the journal.
 */
export function createRing(maxBytes: number) {
  let events: EventFrame[] = [];
  let first = 0;
  let bytes = 0;
  let whole = 1;
  let head = 0;
  let last = 0;

  function trim(): void {
    while (bytes > maxBytes && first < events.length) {
      const oldest = events[first++] as EventFrame;
      bytes -= oldest.frame.length;
      whole = oldest.seq + 1;
    }
    if (first > 1_024 && first * 2 > events.length) {
      events = events.slice(first);
      first = 0;
    }
  }

  return {
    head: () => head,
    bytes: () => bytes,
    length: () => events.length,
    /** The newest event's seq: the `prev` of the next one. */
    last: () => last,

    /** Starts empty after record `seq`; older ones are in the journal only. */
    restart(seq: number): void {
      events = [];
      first = 0;
      bytes = 0;
      whole = seq + 1;
      head = seq;
      last = seq;
    },

    push(event: EventFrame): void {
      events.push(event);
      bytes += event.frame.length;
      last = event.seq;
      head = event.seq;
      trim();
    },

    /** Records up to `seq` have been looked at; those that were no events leave a hole. */
    passed(seq: number): void {
      head = Math.max(head, seq);
    },

    /** Index of the first event after `seq`; null when the ring no longer reaches back that far. */
    seek(seq: number): number | null {
      if (seq + 1 < whole) return null;
      let low = first;
      let high = events.length;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if ((events[middle] as EventFrame).seq <= seq) low = middle + 1;
        else high = middle;
      }
      return low;
    },

    at: (index: number): EventFrame | undefined => events[index],

    find(seq: number): EventFrame | null {
      const index = this.seek(seq - 1);
      const event = index === null ? undefined : events[index];
      return event?.seq === seq ? event : null;
    },
  };
}

export type Ring = ReturnType<typeof createRing>;
