import type { Engine } from "../core/engine.ts";
import type { Logger } from "../lib/logger.ts";
import { addressOf } from "../model/duty.ts";
import type { Arrival } from "../model/input.ts";
import type { Instant } from "../model/time.ts";
import { createNotifier, type Notifier } from "../notify/notifier.ts";
import type { OutboxOptions, Store } from "../store/api.ts";
import type { ChannelSettings } from "../wire/config/channels.ts";
import type { GatewaySettings } from "../wire/config/load.ts";

/** What the store is to make outbox rows of; null = nobody beyond the screens is told of anything. */
export function outboxOptions(channels: readonly ChannelSettings[]): OutboxOptions | null {
  if (channels.length === 0) return null;
  return {
    channels: channels.map(({ id }) => id),
    subscriptions: channels.flatMap(({ id, kind, follow }) => {
      if (follow === undefined) return [];
      const forPrograms = kind === "webhook";
      return [
        {
          channel: id,
          levels: follow.levels ?? null,
          mines: follow.mines ?? null,
          what: follow.what ?? (forPrograms ? null : ["raise", "step-up"]),
          ringing: !forPrograms,
        },
      ];
    }),
  };
}

/** Joins the notify room with the outbox, the roster and the core. */
export function createNotifying(options: {
  readonly settings: Pick<GatewaySettings, "channels" | "publicUrl" | "messages">;
  readonly store: Pick<Store, "outbox">;
  readonly engine: Engine;
  readonly take: (arrival: Arrival) => void;
  readonly now: () => Instant;
  readonly log: Logger;
}): Notifier | null {
  const { settings, store, engine } = options;
  if (settings.channels.length === 0) return null;
  const { outbox } = store;
  const called = (call: { person: string; device: string; channel: string }) => {
    const config = engine.config();
    return config === null ? null : addressOf(config, call);
  };
  return createNotifier({
    channels: settings.channels,
    texts: settings.messages,
    publicUrl: settings.publicUrl ?? null,
    outbox,
    subscriptions: outbox.subscriptions,
    now: options.now,
    offsetMinutes: (at) => {
      const offsets = engine.config()?.offsets ?? [];
      return offsets.findLast(({ from }) => from <= at)?.minutes ?? CHINA_MINUTES;
    },
    phoneOf: (mine) => engine.config()?.mines.find(({ code }) => code === mine)?.contacts[0]?.phone ?? null,
    addressOf: called,
    receipt({ alarm, rung, person, device }) {
      // The core knows people by the account they sign in with, as it does from a screen.
      const by = called({ person, device, channel: "" })?.user ?? person;
      options.take({ type: "receipt", alarm, rung, by, device });
    },
    log: options.log,
  });
}

const CHINA_MINUTES = 480;
