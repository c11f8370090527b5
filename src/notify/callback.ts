import { sameText } from "../lib/same-text.ts";
import type { Notification } from "../model/notification.ts";
import type { Instant } from "../model/time.ts";
import type { ChannelSettings, TemplateChannel } from "../wire/config/channels.ts";
import { at } from "./http-template.ts";
import type { Outbox } from "./outbox.ts";
import { jsonOf } from "./request.ts";

/** The receiver's own word about an alarm, for the core: who, on which device. */
export interface Receipt {
  readonly alarm: string;
  readonly rung: "delivered" | "seen";
  readonly person: string;
  readonly device: string;
}

export type CallbackAnswer =
  /** The body is what both great providers take for "heard". */
  | { readonly ok: true; readonly body: object; readonly receipts: number }
  | { readonly ok: false; readonly why: "unknown" | "not-json" };

/** One report may speak of many messages. */
const MOST_REPORTS = 1_000;
const HEARD = { code: 0, msg: "OK", result: 0, errmsg: "OK" };

/** Where providers and browsers say what reached its receiver. */
export function createCallbacks(options: {
  readonly channels: readonly ChannelSettings[];
  readonly outbox: Outbox;
  readonly now: () => Instant;
  readonly receipt: (receipt: Receipt) => void;
}) {
  const { outbox, now } = options;

  async function told(
    channel: string,
    about: { readonly providerId: string } | { readonly message: string },
    rung: "delivered" | "seen",
  ): Promise<number> {
    const rows = await outbox.receipt({ channel, ...about, rung, at: now() });
    for (const row of rows) {
      const receipt = receiptOf(row, rung);
      if (receipt !== null) options.receipt(receipt);
    }
    return rows.length;
  }

  return {
    /** A provider's status report, by the channel's id and the secret of its address. */
    async report(id: string, secret: string, body: string): Promise<CallbackAnswer> {
      const channel = options.channels.find(
        (one): one is TemplateChannel => one.id === id && (one.kind === "sms" || one.kind === "voice"),
      );
      const wanted = channel?.callback?.secret;
      if (channel === undefined || wanted === undefined || !sameText(secret, wanted))
        return { ok: false, why: "unknown" };
      const parsed = jsonOf(body);
      if (parsed === null) return { ok: false, why: "not-json" };
      const reports = (Array.isArray(parsed) ? parsed : [parsed]).slice(0, MOST_REPORTS);
      let receipts = 0;
      for (const report of reports) {
        const providerId = reachedId(channel, report);
        if (providerId !== null) receipts += await told(id, { providerId }, "delivered");
      }
      return { ok: true, body: HEARD, receipts };
    },
    /** A browser's service worker: shown, or opened by its person. False = no such message. */
    async opened(token: string, rung: "delivered" | "seen"): Promise<boolean> {
      let receipts = 0;
      for (const { id, kind } of options.channels)
        if (kind === "webpush") receipts += await told(id, { message: token }, rung);
      return receipts > 0;
    },
  };
}

function receiptOf({ alarm, person, device }: Notification, rung: Receipt["rung"]): Receipt | null {
  return person === null || device === null ? null : { alarm, rung, person, device };
}

/**
 * What of a report says that a message reached its receiver. Unless configured: Alibaba Cloud's `biz_id` with
 * `success: true`, Tencent Cloud's `sid` with `report_status: "SUCCESS"`.
 */
function reachedId({ callback, sign }: TemplateChannel, report: unknown): string | null {
  const tencent = sign.kind === "tencent-tc3";
  const path = callback?.id ?? (tencent ? "sid" : "biz_id");
  const ok =
    callback?.ok ??
    (tencent ? { path: "report_status", equals: "SUCCESS" } : { path: "success", equals: true });
  const id = at(report, path);
  if (at(report, ok.path) !== ok.equals) return null;
  return typeof id === "string" || typeof id === "number" ? String(id) : null;
}
