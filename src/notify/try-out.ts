import { randomBytes } from "node:crypto";
import type { ChannelKind } from "../model/notification.ts";
import type { ChannelSettings } from "../wire/config/channels.ts";
import type { Receiver, Sent } from "./channel.ts";
import { testMessage, type Wording } from "./message.ts";
import { openChannel } from "./open-channel.ts";

export interface TryOut {
  readonly id: string;
  readonly kind: ChannelKind;
  readonly ok: boolean;
  readonly detail: string;
}

/** Needs somebody to be sent to; a group and a program need nobody. */
const TO_ONE: readonly ChannelKind[] = ["email", "sms", "voice", "webpush"];

/** Sends one message, marked as a trial, through a channel, and says what became of it. */
export async function tryOut(
  settings: ChannelSettings,
  to: string | null,
  { now, wording }: { readonly now: () => number; readonly wording: Wording },
): Promise<TryOut> {
  const { id, kind } = settings;
  const answer = (ok: boolean, detail: string): TryOut => ({ id, kind, ok, detail });
  const address = to ?? ("testTo" in settings ? settings.testTo : undefined);
  if (TO_ONE.includes(kind) && address === undefined)
    return answer(false, `nobody to try it on: testTo in gateway.yaml, or --to ${id}=ADDRESS`);
  const receiver: Receiver | null =
    address === undefined ? null : { person: "test", device: "test", name: "", to: address };
  try {
    const channel = openChannel(settings, { get: async () => null, put: async () => {} });
    const parts = { id: randomBytes(16).toString("hex"), at: now(), channel: id, receiver };
    const sent = await channel.send(testMessage({ ...parts, language: settings.language }, wording));
    channel.close();
    return answer(sent.kind === "sent", words(sent));
  } catch (error) {
    return answer(false, (error as Error).message);
  }
}

function words(result: Sent): string {
  switch (result.kind) {
    case "sent":
      return ["taken", result.detail, result.providerId].filter((part) => part !== null).join(", ");
    case "retry":
      return `not taken: ${result.why}`;
    case "muted":
      return `takes nothing for ${Math.round(result.forMs / 1_000)} s: ${result.why}`;
    case "refused":
      return `refused: ${result.why}`;
  }
}
