import { isRinging } from "./alarm-order.ts";
import type { AlarmJson, ServerMessage } from "./shapes.ts";

/** A message with the moment it came in, on this computer's clock. */
export interface Received {
  readonly at: number;
  readonly message: ServerMessage;
}

/** A new red alarm, to be read out once. `n` makes the same words new again. */
interface Announcement {
  readonly n: number;
  readonly alarm: AlarmJson;
}

/** Everything the alarm screens know: one value that can be printed. */
export interface View {
  /** Open alarms and those returned but not yet acknowledged, by id. Null until a first snapshot came. */
  readonly alarms: ReadonlyMap<string, AlarmJson> | null;
  /** Told before the journal had them: "not yet recorded". */
  readonly provisional: ReadonlySet<string>;
  readonly epoch: string | null;
  readonly lastSeq: number;
  /** When any frame last came, on this computer's clock. */
  readonly heardAt: number | null;
  /** Gateway's clock minus this computer's. Ages and durations are on the gateway's. */
  readonly clockOffset: number;
  readonly announcement: Announcement | null;
  /** Parts of a snapshot not yet complete. */
  readonly gathering: readonly AlarmJson[];
}

export const EMPTY_VIEW: View = {
  alarms: null,
  provisional: new Set(),
  epoch: null,
  lastSeq: 0,
  heardAt: null,
  clockOffset: 0,
  announcement: null,
  gathering: [],
};

/** Folds what came since the last drawing into the view. The maps are copied once a batch, not once a message. */
export function reduce(view: View, batch: readonly Received[]): View {
  if (batch.length === 0) return view;
  const draft: Draft = { ...view, alarms: null, provisional: null, base: view };
  for (const received of batch) take(draft, received);
  const { base: _, ...rest } = draft;
  return { ...rest, alarms: draft.alarms ?? view.alarms, provisional: draft.provisional ?? view.provisional };
}

type Draft = { -readonly [K in keyof Omit<View, "alarms" | "provisional">]: View[K] } & {
  base: View;
  alarms: Map<string, AlarmJson> | null;
  provisional: Set<string> | null;
};

function take(draft: Draft, { at, message }: Received): void {
  draft.heardAt = at;
  switch (message.type) {
    case "welcome":
      draft.epoch = message.epoch;
      draft.gathering = [];
      return;
    case "snapshot":
      takeSnapshot(draft, message);
      return;
    case "event":
      draft.lastSeq = message.seq;
      provisionalOf(draft).delete(message.alarm.id);
      announce(draft, message.alarm);
      put(draft, message.alarm);
      return;
    case "provisional":
      provisionalOf(draft).add(message.alarm.id);
      announce(draft, message.alarm);
      put(draft, message.alarm);
      return;
    case "beat":
      draft.clockOffset = Date.parse(message.at) - at;
      return;
    case "bye":
      return;
  }
}

function takeSnapshot(draft: Draft, message: Extract<ServerMessage, { type: "snapshot" }>): void {
  const gathered = message.part <= 1 ? message.alarms : [...draft.gathering, ...message.alarms];
  if (message.part < message.parts) {
    draft.gathering = gathered;
    return;
  }
  draft.gathering = [];
  draft.lastSeq = message.at;
  draft.provisional = new Set();
  draft.alarms = new Map(gathered.filter(isShown).map((alarm) => [alarm.id, alarm]));
}

/** The canary reaches every screen and is in no list (contract §4). */
const isShown = (alarm: AlarmJson) => alarm.class !== "test" && alarm.state !== "normal";

function put(draft: Draft, alarm: AlarmJson): void {
  const alarms = alarmsOf(draft);
  if (isShown(alarm)) alarms.set(alarm.id, alarm);
  else alarms.delete(alarm.id);
}

/** Red now, and was not red and waiting before: read out once, also when it was first told unrecorded. */
function announce(draft: Draft, alarm: AlarmJson): void {
  const known = alarmsOf(draft).get(alarm.id);
  const wasRinging = known !== undefined && known.level === "red" && isRinging(known);
  if (alarm.level !== "red" || alarm.class === "test" || !isRinging(alarm) || wasRinging) return;
  draft.announcement = { n: (draft.announcement?.n ?? 0) + 1, alarm };
}

function alarmsOf(draft: Draft): Map<string, AlarmJson> {
  draft.alarms ??= new Map(draft.base.alarms ?? []);
  return draft.alarms;
}

function provisionalOf(draft: Draft): Set<string> {
  draft.provisional ??= new Set(draft.base.provisional);
  return draft.provisional;
}
