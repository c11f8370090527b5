import type { Alarm, JournalRecord } from "../model/alarm.ts";
import { DAY, type Instant } from "../model/time.ts";

/**
 * What people may be told of alarms: exactly the journal up to `head`, never what is judged but not yet
 * synced. Holds the open alarms and those ended within 24 h; the canary is on no board (contract §4).
 */
export function createBoard() {
  const alarms = new Map<string, Alarm>();
  let head = 0;
  let waiting: { seq: number; resolve: () => void }[] = [];

  return {
    head: () => head,

    /** The engine's memory at start; what is newer than the synced head comes again as a record. */
    fill(from: Iterable<Alarm>, synced: number): void {
      head = Math.max(head, synced);
      for (const alarm of from) if (alarm.seq <= head && alarm.class !== "test") alarms.set(alarm.id, alarm);
    },

    apply(records: readonly JournalRecord[]): void {
      for (const record of records) {
        if (record.type === "transition" && record.alarm.class !== "test") {
          alarms.set(record.alarm.id, record.alarm);
        }
        head = Math.max(head, record.seq);
      }
      const due = waiting.filter(({ seq }) => seq <= head);
      if (due.length === 0) return;
      waiting = waiting.filter(({ seq }) => seq > head);
      for (const { resolve } of due) resolve();
    },

    /** Forgets what ended more than a day ago: the index has it. */
    prune(now: Instant): void {
      for (const [id, alarm] of alarms) {
        if (alarm.endedAt !== null && alarm.endedAt < now - DAY && !isOpen(alarm)) alarms.delete(id);
      }
    },

    /** Resolves when the board holds record `seq`: an act that was answered is in every list read after it. */
    reached(seq: number): Promise<void> {
      if (seq <= head) return Promise.resolve();
      return new Promise((resolve) => waiting.push({ seq, resolve }));
    },

    get: (id: string): Alarm | null => alarms.get(id) ?? null,
    /** The alarm whose last record this is. */
    at(seq: number): Alarm | null {
      for (const alarm of alarms.values()) if (alarm.seq === seq) return alarm;
      return null;
    },
    has: (id: string): boolean => alarms.has(id),
    all: (): Iterable<Alarm> => alarms.values(),
    open: (): Alarm[] => [...alarms.values()].filter(isOpen),
  };
}

export type Board = ReturnType<typeof createBoard>;

const isOpen = (alarm: Alarm): boolean => alarm.state !== "normal";
