import type { Alarm } from "../model/alarm.ts";
import type { Instant } from "../model/time.ts";
import type { AlarmHistory } from "./ports.ts";

/** When the journal had a ring of the alarm on disk, and when it had been written to the screens; null = it was not. */
export interface Push {
  readonly n: number;
  readonly stored: Instant | null;
  readonly pushed: Instant | null;
}

/** The receipt ladder of one person, each rung at the first moment it was reached. */
export interface PersonLadder {
  readonly person: string;
  readonly devices: readonly string[];
  readonly calls: readonly {
    readonly at: Instant;
    readonly n: number;
    readonly device: string;
    readonly channel: string;
    readonly why: string;
  }[];
  readonly delivered: Instant | null;
  readonly rendered: Instant | null;
  readonly seen: Instant | null;
  readonly acknowledged: Instant | null;
}

export interface Ladder {
  readonly raised: Instant;
  readonly detected: Instant;
  readonly pushes: readonly Push[];
  readonly people: readonly PersonLadder[];
}

type Rung = "delivered" | "rendered" | "seen" | "acknowledged";
type Row = { -readonly [Key in keyof PersonLadder]: PersonLadder[Key] };

/**
 * Raised → stored → pushed → on device → rendered → seen → acknowledged, of the alarm's own records. `accounts` tells
 * the account of a person of the roster, so that who was called and who answered is one row.
 */
export function ladderOf(
  alarm: Alarm,
  transitions: AlarmHistory["transitions"],
  pushes: readonly Push[],
  accounts: ReadonlyMap<string, string>,
): Ladder {
  const rows = new Map<string, Row>();
  const rowOf = (name: string): Row => {
    const person = accounts.get(name) ?? name;
    const row = rows.get(person) ?? emptyRow(person);
    rows.set(person, row);
    return row;
  };
  for (const { t, transition } of transitions) {
    const { what, by, note, n, why } = transition;
    for (const { person, device, channel } of transition.calls ?? []) {
      const row = rowOf(person);
      row.calls = [...row.calls, { at: t, n, device, channel, why: why ?? what }];
    }
    if (by === undefined) continue;
    if (what === "acknowledge") reach(rowOf(by), "acknowledged", t, null);
    if (what !== "receipt") continue;
    const [rung = "", ...device] = (note ?? "").split(" ");
    if (isRung(rung)) reach(rowOf(by), rung, t, device.join(" "));
  }
  return { raised: alarm.raisedAt, detected: alarm.detectedAt, pushes, people: [...rows.values()] };
}

const RUNGS: ReadonlySet<string> = new Set<Rung>(["delivered", "rendered", "seen"]);
const isRung = (word: string): word is Rung => RUNGS.has(word);

function reach(row: Row, rung: Rung, at: Instant, device: string | null): void {
  row[rung] ??= at;
  if (device !== null && device !== "" && !row.devices.includes(device))
    row.devices = [...row.devices, device];
}

const emptyRow = (person: string): Row => ({
  person,
  devices: [],
  calls: [],
  delivered: null,
  rendered: null,
  seen: null,
  acknowledged: null,
});
