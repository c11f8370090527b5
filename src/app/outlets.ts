import type { Engine } from "../core/engine.ts";
import type { SegmentLog } from "../log/segment-log.ts";
import type { JournalRecord } from "../model/alarm.ts";
import type { MineCode } from "../model/mine.ts";
import type { SeriesRows, SeriesStat } from "../model/series.ts";
import type { Store } from "../store/api.ts";
import { eventJson } from "../wire/alarm.ts";
import { noticeJson } from "../wire/notice-words.ts";
import { iso } from "../wire/time.ts";
import { outTopic } from "../wire/topic.ts";

interface Screens {
  journalled(records: readonly JournalRecord[], bodies: readonly Uint8Array[]): void;
}

/** Who watches over the line as a whole. */
interface Watchers {
  told(records: readonly JournalRecord[], heard: readonly number[]): void;
}

interface Mines {
  publish(mine: MineCode, topic: string, payload: () => string): void;
}

/** How far the series may fall behind before it is a trouble of its own (records of the spool). */
const BEHIND_RECORDS = 200_000;

/** ⑦ and ⑧: everyone who reads the logs is told how far they are synced; the live path hands the data over. */
export function createOutlets(options: {
  readonly engine: Engine;
  readonly store: Store;
  readonly spool: SegmentLog;
  readonly journal: SegmentLog;
}) {
  const { engine, store, spool, journal } = options;
  let screens: Screens | null = null;
  let mines: Mines | null = null;
  let watchers: readonly Watchers[] = [];
  let named = 0;
  let seriesAt = 0;

  /** The store learns a slot's point before the first batch that uses it. */
  function nameNewSlots(): void {
    const count = engine.slotCount();
    if (count === named) return;
    const names = [];
    for (let slot = named; slot < count; slot++) names.push({ slot, id: engine.pointIdOfSlot(slot) ?? "" });
    named = count;
    store.names(names);
  }

  function tellMine(record: JournalRecord): void {
    if (record.type === "transition") {
      const { alarm } = record;
      if (alarm.class !== "test")
        mines?.publish(alarm.mine, outTopic(alarm.mine, "alarms"), () => JSON.stringify(eventJson(record)));
    } else if (record.type === "notice") {
      const { mine, system, code, detail, t } = record;
      mines?.publish(mine, outTopic(mine, "notices"), () => noticeJson({ at: iso(t), system, code, detail }));
    }
  }

  return {
    attach(to: { web: Screens; mqtt: Mines; watchers: readonly Watchers[] }): void {
      screens = to.web;
      mines = to.mqtt;
      watchers = to.watchers;
    },
    told(records: readonly JournalRecord[], heard: readonly number[], bodies: readonly Uint8Array[]): void {
      store.journalAt(journal.synced);
      for (const one of watchers) one.told(records, heard);
      screens?.journalled(records, bodies);
      for (const record of records) tellMine(record);
    },
    stored({
      spoolFrom,
      spoolTo,
      rows,
      stats,
    }: {
      spoolFrom: number;
      spoolTo: number;
      rows: SeriesRows | null;
      stats: readonly SeriesStat[];
    }): void {
      nameNewSlots();
      store.rows({ spoolFrom, spoolTo, rows, ...(stats.length === 0 ? {} : { stats }) });
    },
    /** A store that died says nothing: it is as far as it last said, and falls behind from there. */
    behind(): string | null {
      seriesAt = Math.max(seriesAt, store.position());
      const records = spool.synced - seriesAt;
      return seriesAt > 0 && records > BEHIND_RECORDS ? `the series are ${records} records behind` : null;
    },
  };
}
