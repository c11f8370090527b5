import { z } from "zod";
import { identityOf } from "./access.ts";
import { refuse } from "./problem.ts";
import type { RestApp, RestHouse } from "./rest.ts";
import {
  HeardJson,
  OpenedBody,
  PushDeviceParams,
  PushDevicesJson,
  ReportParams,
  SubscriptionBody,
} from "./schemas-receipts.ts";

/** A provider reports of up to a thousand messages at once. */
const REPORT_BYTES = 512 * 1024;
const SUBSCRIPTION_BYTES = 4 * 1024;

/** How notifications are known to have arrived: providers' reports, and browsers that may be pushed to. */
export function receiptRoutes(app: RestApp, { ports }: RestHouse): void {
  app.post(
    "/notifications/reports/:channel/:secret",
    {
      bodyLimit: REPORT_BYTES,
      // A provider has no account: the address it was given is its secret.
      config: { access: "anybody" },
      schema: {
        summary: "A provider's report of what reached its receivers (SMS, voice)",
        description:
          "The address stands in the provider's console; `callback.secret` of the channel ends it.",
        tags: ["notifications"],
        params: ReportParams,
        response: { 200: HeardJson },
      },
    },
    async (request, reply) => {
      const { channel, secret } = request.params;
      const answer = await ports.reports(channel, secret, JSON.stringify(request.body ?? null));
      if (answer.ok) return reply.send({ ...answer.body });
      return answer.why === "unknown"
        ? refuse(reply, 404, "unknown-channel", "no channel takes reports at this address")
        : refuse(reply, 400, "not-valid", "the report is not JSON");
    },
  );

  app.post(
    "/notifications/opened",
    {
      bodyLimit: SUBSCRIPTION_BYTES,
      // The service worker of a browser that is signed out must be able to say so: the token names the message.
      config: { access: "anybody" },
      schema: {
        summary: "A pushed message was shown, or opened by its person",
        tags: ["notifications"],
        body: OpenedBody,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const { token, rung } = OpenedBody.parse(request.body);
      const known = await ports.opened(token, rung);
      return known ? reply.code(204).send(null) : refuse(reply, 404, "unknown-message", "no such message");
    },
  );

  app.get(
    "/push-devices",
    {
      config: { access: "read" },
      schema: {
        summary: "Your devices of the roster that a browser can be, and the key to subscribe with",
        tags: ["notifications"],
        response: { 200: PushDevicesJson },
      },
    },
    async (request, reply) => reply.send({ items: [...(await ports.pushDevices(identityOf(request).user))] }),
  );

  app.put(
    "/push-devices/:device",
    {
      bodyLimit: SUBSCRIPTION_BYTES,
      config: { access: "read" },
      schema: {
        summary: "This browser is the device: its push subscription; null forgets it",
        tags: ["notifications"],
        params: PushDeviceParams,
        body: SubscriptionBody.nullable(),
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const { user } = identityOf(request);
      const subscription = SubscriptionBody.nullable().parse(request.body ?? null);
      const text = subscription === null ? null : JSON.stringify(subscription);
      const refused = await ports.subscribe(user, request.params.device, text);
      if (refused === null) return reply.code(204).send(null);
      return refused.why === "unknown-device"
        ? refuse(reply, 404, refused.why, "the roster has no such device of yours")
        : refuse(reply, 400, "not-valid", refused.detail, [
            { path: "body/endpoint", message: refused.detail },
          ]);
    },
  );
}
