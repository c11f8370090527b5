import type { Engine } from "../core/engine.ts";
import { isAllowed } from "../notify/web-push.ts";
import type { Store } from "../store/api.ts";
import type { WebPorts } from "../web/ports.ts";
import type { ChannelOf, ChannelSettings } from "../wire/config/channels.ts";

/** Browsers as devices of the roster: which there are, and what each gave to be pushed to. */
export function createPushDevices(options: {
  readonly engine: Engine;
  readonly channels: readonly ChannelSettings[];
  readonly subscriptions: Store["outbox"]["subscriptions"];
}): Pick<WebPorts, "pushDevices" | "subscribe"> {
  const { engine, channels, subscriptions } = options;

  /** Devices of the account's person whose channel is a browser's. */
  function devicesOf(user: string) {
    const person = engine.config()?.duty?.people.find((one) => one.user === user);
    return (person?.devices ?? []).flatMap(({ id, channel }) => {
      const settings = channels.find(
        (one): one is ChannelOf<"webpush"> => one.id === channel && one.kind === "webpush",
      );
      return person === undefined || settings === undefined
        ? []
        : [{ person: person.id, device: id, settings }];
    });
  }

  return {
    pushDevices: (user) =>
      Promise.all(
        devicesOf(user).map(async ({ person, device, settings }) => ({
          device,
          channel: settings.id,
          publicKey: settings.publicKey,
          subscribed: (await subscriptions.get(person, device)) !== null,
        })),
      ),
    async subscribe(user, device, subscription) {
      const found = devicesOf(user).find((one) => one.device === device);
      if (found === undefined) return { why: "unknown-device" };
      if (subscription !== null) {
        const { endpoint } = JSON.parse(subscription) as { endpoint: string };
        const detail = isAllowed(endpoint, found.settings.hosts);
        if (detail !== null) return { why: "not-allowed", detail };
      }
      await subscriptions.put(found.person, device, subscription);
      return null;
    },
  };
}
