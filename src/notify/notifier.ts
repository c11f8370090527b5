import type { Logger } from "../lib/logger.ts";
import type { MineCode } from "../model/mine.ts";
import type { ChannelKind, Notification } from "../model/notification.ts";
import type { Instant } from "../model/time.ts";
import type { ChannelSettings } from "../wire/config/channels.ts";
import type { MessageTexts } from "../wire/config/messages-file.ts";
import { createCallbacks, type Receipt } from "./callback.ts";
import type { Receiver } from "./channel.ts";
import type { Pace } from "./digest.ts";
import { createLane, type Lane, type Later } from "./lane.ts";
import { messageOf, type Wording } from "./message.ts";
import { openChannel } from "./open-channel.ts";
import type { Outbox } from "./outbox.ts";
import { quietUntil } from "./quiet.ts";
import type { Subscriptions } from "./web-push.ts";

export interface NotifierOptions {
  readonly channels: readonly ChannelSettings[];
  readonly texts: MessageTexts;
  readonly publicUrl: string | null;
  readonly outbox: Outbox;
  readonly subscriptions: Subscriptions;
  readonly now: () => Instant;
  readonly offsetMinutes: (at: Instant) => number;
  readonly phoneOf: (mine: MineCode) => string | null;
  /** Where a called person's device is; null = the roster does not know it. */
  readonly addressOf: (call: {
    readonly person: string;
    readonly device: string;
    readonly channel: string;
  }) => { readonly name: string; readonly to: string } | null;
  readonly receipt: (receipt: Receipt) => void;
  readonly later?: Later;
  readonly log: Logger;
}

const inTime: Later = (ms, call) => {
  const timer = setTimeout(call, ms);
  return () => clearTimeout(timer);
};

/** How often the depth of the outbox is asked for. */
const LOOK_MS = 2_000;
/** So long may a channel fail, red wait, or anything wait, before it is a trouble of the gateway's own. */
const FAILING_MS = 120_000;
const RED_WAITS_MS = 60_000;
const WAITS_MS = 600_000;

export type Notifier = ReturnType<typeof createNotifier>;

/** All ways out of the house: a lane for each channel, receipts on the way back, and what is wrong with them. */
export function createNotifier(options: NotifierOptions) {
  const { channels, outbox, now, log } = options;
  const wording: Wording = {
    texts: options.texts,
    publicUrl: options.publicUrl,
    offsetMinutes: options.offsetMinutes,
    phoneOf: options.phoneOf,
  };
  const lanes = channels.map((settings) => laneOf(settings, options, wording));
  const callbacks = createCallbacks({ channels, outbox, now, receipt: options.receipt });
  let depth: Awaited<ReturnType<Outbox["depth"]>> = { channels: [], dropped: 0 };
  let timer: NodeJS.Timeout | null = null;

  const quietOf = (id: string) => {
    const settings = channels.find((channel) => channel.id === id);
    return quietUntil(settings?.quiet, now(), options.offsetMinutes);
  };
  const look = () => {
    outbox.depth().then(
      (found) => {
        depth = found;
      },
      (error: unknown) => log.warn({ error: String(error) }, "the outbox cannot be counted"),
    );
  };

  return {
    start(): void {
      for (const lane of lanes) lane.wake();
      look();
      timer = setInterval(look, LOOK_MS);
    },
    /** Something waits that did not. */
    wake(): void {
      for (const lane of lanes) lane.wake();
    },
    async stop(): Promise<void> {
      if (timer !== null) clearInterval(timer);
      await Promise.all(lanes.map((lane) => lane.stop()));
    },
    report: callbacks.report,
    opened: callbacks.opened,
    /** What a person must know of: channels that fail, and what waits too long. Null = all is well. */
    troubles: () => ({
      failed: failedWords(lanes, now()),
      late: lateWords(depth, now(), quietOf),
    }),
    stats: () => ({
      ...figures(lanes),
      waiting: Object.fromEntries(depth.channels.map(({ channel, waiting }) => [channel, waiting])),
      oldestSeconds: Object.fromEntries(
        depth.channels.map(({ channel, oldest }) => [
          channel,
          oldest === null ? 0 : (now() - oldest) / 1_000,
        ]),
      ),
      dropped: depth.dropped,
    }),
  };
}

function laneOf(settings: ChannelSettings, options: NotifierOptions, wording: Wording): Lane {
  const { outbox, now, log } = options;
  const usual = USUAL[settings.kind];
  return createLane({
    id: settings.id,
    channel: openChannel(settings, options.subscriptions),
    pace: { ...usual.pace, windowMs: settings.digest ?? usual.pace.windowMs },
    perMinute: settings.perMinute ?? usual.perMinute,
    parallel: usual.parallel,
    outbox,
    now,
    log,
    later: options.later ?? inTime,
    quietUntil: (at) => quietUntil(settings.quiet, at, options.offsetMinutes),
    receiverOf: (row) => receiverOf(row, settings, options.addressOf),
    messageOf: (parts) => messageOf({ ...parts, language: settings.language }, wording),
  });
}

interface Usual {
  readonly pace: Pace;
  readonly perMinute: number;
  readonly parallel: number;
}

const group = (most: number): Usual => ({
  pace: { group: "mine", windowMs: 3_000, most },
  perMinute: 18,
  parallel: 1,
});
const each = (most: number, perMinute: number): Usual => ({
  pace: { group: "receiver", windowMs: 5_000, most },
  perMinute,
  parallel: 4,
});

/** Rows a message may carry: in a group as many steps as fit by name, to a person as many as there are. */
const USUAL: Readonly<Record<ChannelKind, Usual>> = {
  webhook: { pace: { group: "one", windowMs: 0, most: 1 }, perMinute: 6_000, parallel: 4 },
  dingtalk: group(200),
  wecom: group(60),
  feishu: group(200),
  email: each(200, 60),
  sms: each(1_000, 60),
  voice: each(1_000, 30),
  webpush: each(1_000, 600),
};

/** A group reads what is said to one of it too; a person is reached where the roster says. */
function receiverOf(
  { person, device, channel }: Notification,
  settings: ChannelSettings,
  addressOf: NotifierOptions["addressOf"],
): Receiver | "nobody" | null {
  if (person === null || device === null) {
    const to = settings.follow?.to;
    return to === undefined ? "nobody" : { person: channel, device: channel, name: "", to };
  }
  const found = addressOf({ person, device, channel });
  return found === null ? null : { person, device, ...found };
}

function failedWords(lanes: readonly Lane[], now: Instant): string | null {
  const failing = lanes.flatMap((lane) => {
    const { failingSince, lastFault } = lane.stats();
    return failingSince !== null && now - failingSince >= FAILING_MS ? [`${lane.id}: ${lastFault}`] : [];
  });
  return failing.length === 0 ? null : failing.join("; ");
}

function lateWords(
  { channels }: Awaited<ReturnType<Outbox["depth"]>>,
  now: Instant,
  quietOf: (channel: string) => Instant | null,
): string | null {
  const late = channels.flatMap(({ channel, waiting, oldest, oldestRed }) => {
    const red = oldestRed !== null && now - oldestRed >= RED_WAITS_MS;
    const any = oldest !== null && now - oldest >= WAITS_MS && quietOf(channel) === null;
    return red || any ? [`${channel}: ${waiting} wait${red ? ", red among them" : ""}`] : [];
  });
  return late.length === 0 ? null : late.join("; ");
}

function figures(lanes: readonly Lane[]) {
  const each = (what: "sent" | "retried" | "refused" | "expired" | "muted") =>
    Object.fromEntries(lanes.map((lane) => [lane.id, lane.stats()[what]]));
  return {
    sent: each("sent"),
    retried: each("retried"),
    refused: each("refused"),
    expired: each("expired"),
    muted: each("muted"),
    failing: Object.fromEntries(lanes.map((lane) => [lane.id, lane.stats().failingSince === null ? 0 : 1])),
  };
}
