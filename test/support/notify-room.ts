import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { outboxOptions } from "../../src/app/notifying.ts";
import { createLogger } from "../../src/lib/logger.ts";
import type { Alarm, CallOut, Transition } from "../../src/model/alarm.ts";
import { createNotifier, type NotifierOptions } from "../../src/notify/notifier.ts";
import { openStore } from "../../src/store/store.ts";
import { ChannelFile, type ChannelSettings } from "../../src/wire/config/channels.ts";
import { MessagesFile } from "../../src/wire/config/messages-file.ts";
import { anAlarm } from "./any-alarm.ts";
import { EPOCH, journalEntry, openLogs, transitionOf } from "./store-logs.ts";

export const channel = (settings: object): ChannelSettings => ChannelFile.parse(settings);

/** What a person's device answers to, in tests: the device's name is its address. */
const addressOf: NotifierOptions["addressOf"] = ({ person, device }) =>
  person === "gone" ? null : { name: person, to: device };

/**
 * Journal, store and notify room as the gateway joins them; the journal is written by hand. `speed` runs the
 * room's clock faster than the world's.
 */
export async function openRoom(
  channels: readonly ChannelSettings[],
  more: Partial<NotifierOptions> & {
    readonly speed?: number;
    readonly dir?: string;
    readonly onTrouble?: (code: string) => void;
  } = {},
) {
  const { speed = 1, dir: given, onTrouble, ...options } = more;
  const dir = given ?? (await mkdtemp(join(tmpdir(), "davylamp-notify-")));
  const began = Date.now();
  const mono = performance.now();
  const now = () => Math.floor(began + (performance.now() - mono) * speed);
  const { spool, journal } = await openLogs(dir);
  let wake = () => {};
  const store = await openStore({
    dir: join(dir, "store"),
    spool: { dir: join(dir, "spool") },
    journal: { dir: join(dir, "journal") },
    epoch: EPOCH,
    clock: { wall: now },
    onTrouble: (code, detail) => {
      if (onTrouble === undefined) throw new Error(`${code}: ${detail}`);
      onTrouble(code);
    },
    outbox: outboxOptions(channels),
    onOutbox: () => wake(),
  });
  const repeated = await store.outbox.open(journal.synced);
  store.journalAt(journal.synced);
  const receipts: unknown[] = [];
  const notifier = createNotifier({
    channels,
    texts: MessagesFile.parse({}),
    publicUrl: "https://county.example",
    outbox: store.outbox,
    subscriptions: store.outbox.subscriptions,
    now,
    offsetMinutes: () => 480,
    phoneOf: () => "0000-0000311",
    addressOf,
    receipt: (receipt) => receipts.push(receipt),
    later: (ms, call) => {
      const timer = setTimeout(call, ms / speed);
      return () => clearTimeout(timer);
    },
    log: createLogger("silent"),
    ...options,
  });
  wake = notifier.wake;
  notifier.start();

  async function tell(alarms: readonly { alarm: Partial<Alarm>; transition?: Partial<Transition> }[]) {
    for (const { alarm, transition } of alarms) {
      const at = now();
      const entry = transitionOf(
        anAlarm({ raisedAt: at, detectedAt: at, seq: journal.head + 1, ...alarm }),
        transition,
      );
      journalEntry(journal, { ...entry, t: at });
    }
    await journal.sync();
    store.journalAt(journal.synced);
  }

  return {
    dir,
    now,
    store,
    notifier,
    receipts,
    repeated,
    tell,
    /** A step of a chain that calls these. */
    call: (id: string, calls: readonly CallOut[], alarm: Partial<Alarm> = {}) =>
      tell([{ alarm: { id, n: 2, ...alarm }, transition: { what: "escalate", why: "raise", calls } }]),
    /** Resolves when there are so many rows, and none waits or is on its way. */
    async settled(count: number) {
      for (;;) {
        const rows = await store.outbox.list(ALL).catch(() => []);
        const busy = rows.some(({ state }) => state === "waiting" || state === "sending");
        if (rows.length >= count && !busy) return rows;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    async close() {
      await notifier.stop();
      await store.close();
      await Promise.all([spool.close(), journal.close()]);
      if (given === undefined) await rm(dir, { recursive: true });
    },
  };
}

export const ALL = {
  alarm: null,
  mines: null,
  channels: null,
  person: null,
  states: null,
  from: null,
  to: null,
  limit: 100_000,
  before: null,
} as const;

export type Room = Awaited<ReturnType<typeof openRoom>>;
