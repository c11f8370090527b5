import type { ChannelKind } from "../model/notification.ts";
import type { Escape } from "./words.ts";

/** Where a message goes: a person's device, or nobody in particular (a group, a program). */
export interface Receiver {
  readonly person: string;
  readonly device: string;
  readonly name: string;
  /** In the words of the channel: a telephone number, an e-mail address. */
  readonly to: string;
}

/** One message as a channel gets it: each words it within its own limit and escapes for its own reader. */
export interface Message {
  /** Unique to this try; what a push service's click answers with. */
  readonly id: string;
  /** The same at every try: what a receiver drops repeats by. */
  readonly key: string;
  readonly steps: readonly string[];
  /** 重发: an earlier try may have arrived. */
  readonly repeated: boolean;
  readonly at: number;
  readonly receiver: Receiver | null;
  words(how: {
    readonly safe: Escape;
    readonly mostBytes: number;
    /** Steps named in the text, the most urgent first; absent = all. The send log knows the rest. */
    readonly mostSteps?: number;
  }): { readonly title: string; readonly text: string };
  /** Single fields, for templates that a provider holds. */
  field(name: string, most: number): string;
  readonly link: string | null;
  /** The journal's event as JSON, of a message that tells of one. */
  readonly event: string | null;
}

/**
 * What became of a send. `sent` is the provider's word, never the receiver's. `muted`: it takes nothing before
 * then. `retry` and `refused` say whether the message or the whole channel is at fault; `unsure`: it may have
 * arrived all the same.
 */
export type Sent =
  | { readonly kind: "sent"; readonly providerId: string | null; readonly detail: string | null }
  | {
      readonly kind: "retry";
      readonly of: "message" | "channel";
      readonly why: string;
      readonly afterMs: number | null;
      readonly unsure: boolean;
    }
  | { readonly kind: "muted"; readonly forMs: number; readonly why: string }
  | { readonly kind: "refused"; readonly why: string };

export interface Channel {
  readonly kind: ChannelKind;
  /** Never rejects: what goes wrong outside is a result. */
  send(message: Message): Promise<Sent>;
  close(): void;
}

export const sent = (providerId: string | null = null, detail: string | null = null): Sent => ({
  kind: "sent",
  providerId,
  detail,
});

export const retry = (
  of: "message" | "channel",
  why: string,
  more: { readonly afterMs?: number | null; readonly unsure?: boolean } = {},
): Sent => ({ kind: "retry", of, why, afterMs: more.afterMs ?? null, unsure: more.unsure ?? false });

export const muted = (forMs: number, why: string): Sent => ({ kind: "muted", forMs, why });
export const refused = (why: string): Sent => ({ kind: "refused", why });
