import { z } from "zod";

export const ReportParams = z.object({
  channel: z.string().min(1).max(64),
  secret: z.string().min(1).max(128),
});

/** What providers take for "heard"; each reads its own field. */
export const HeardJson = z.looseObject({});

export const OpenedBody = z.strictObject({
  token: z.string().min(1).max(128).meta({ description: "The `token` of the pushed message" }),
  rung: z.enum(["delivered", "seen"]).meta({ description: "Shown, or opened" }),
});

export const PushDeviceParams = z.object({ device: z.string().min(1).max(64) });

export const PushDevicesJson = z.object({
  items: z.array(
    z.object({
      device: z.string(),
      channel: z.string(),
      publicKey: z.string().meta({ description: "The application server key, for `pushManager.subscribe`" }),
      subscribed: z.boolean(),
    }),
  ),
});

/** What `PushSubscription.toJSON()` of a browser gives. */
export const SubscriptionBody = z
  .object({
    endpoint: z.url().max(1_024),
    keys: z.object({ p256dh: z.string().min(1).max(256), auth: z.string().min(1).max(128) }),
  })
  .meta({
    example: { endpoint: "https://push.example/send/abc", keys: { p256dh: "BNcRd…", auth: "tBHI…" } },
  });
