import { ALARM_STATES, type Alarm } from "../model/alarm.ts";
import type { Board } from "./board.ts";
import { decodeCursor, encodeCursor, pageOf } from "./paging.ts";
import type { AlarmQuery, WebPorts } from "./ports.ts";

export type AlarmFilter = Omit<AlarmQuery, "limit" | "cursor"> & {
  /** What this person may see at all. */
  readonly sees: (alarm: Alarm) => boolean;
};

interface Asked {
  readonly board: Board;
  readonly ports: Pick<WebPorts, "alarms">;
  readonly filter: AlarmFilter;
  readonly limit: number;
  readonly cursor: string | null;
}

/**
 * Open alarms and those ended within 24 h from the board, which is never behind an answered act; then the
 * others from the index, without those the board has. The cursor says which of the two it is in.
 */
export async function listAlarms({ board, ports, filter, limit, cursor }: Asked) {
  const place = cursor === null ? "board:" : decodeCursor(cursor);
  if (place.startsWith("board:")) {
    const page = pageOf(
      [...board.all()].filter((alarm) => fits(alarm, filter)),
      newestFirst,
      { limit, cursor: place === "board:" ? undefined : place.slice("board:".length) },
    );
    if (page.next !== null) return { items: page.items, next: encodeCursor(`board:${page.next}`) };
    if (onlyOpen(filter)) return page;
    if (page.items.length > 0) return { items: page.items, next: encodeCursor("index:") };
  }
  const inIndex = place.startsWith("index:") ? place.slice("index:".length) : "";
  return fromIndex({ board, ports, filter, limit, cursor: inIndex === "" ? null : inIndex });
}

async function fromIndex({ board, ports, filter, limit, cursor }: Asked) {
  const { sees, ...query } = filter;
  const { items, next } = await ports.alarms({ ...query, limit, cursor });
  const older = items.map(({ alarm }) => alarm).filter((alarm) => !board.has(alarm.id) && sees(alarm));
  return { items: older, next: next === null ? null : encodeCursor(`index:${next}`) };
}

/** Open alarms are all on the board: the index has nothing to add. */
const onlyOpen = ({ state }: AlarmFilter): boolean => state !== undefined && !state.includes(ALARM_STATES[0]);

function fits(alarm: Alarm, filter: AlarmFilter): boolean {
  const { state, mine, level, class: classes, from, to, q, sees } = filter;
  return (
    sees(alarm) &&
    (state?.includes(alarm.state) ?? true) &&
    (mine?.includes(alarm.mine) ?? true) &&
    (level?.includes(alarm.level) ?? true) &&
    (classes?.includes(alarm.class) ?? true) &&
    (from === undefined || alarm.raisedAt >= from) &&
    (to === undefined || alarm.raisedAt < to) &&
    (q === undefined || mentions(alarm, q.toLowerCase()))
  );
}

const mentions = ({ title, titleEn, place, mineName, point, subject }: Alarm, part: string): boolean =>
  [title, titleEn, place, mineName, point ?? "", subject.name].some((text) =>
    text.toLowerCase().includes(part),
  );

/** A key that sorts by onset, newest first. Moments have at most 15 digits for the next 30,000 years. */
const newestFirst = ({ raisedAt, id }: Alarm): string =>
  `${String(Math.max(0, 10 ** 15 - Math.floor(raisedAt))).padStart(16, "0")} ${id}`;
