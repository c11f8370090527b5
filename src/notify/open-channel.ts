import type { ChannelSettings } from "../wire/config/channels.ts";
import type { Channel } from "./channel.ts";
import { openDingTalk } from "./dingtalk.ts";
import { openEmail } from "./email.ts";
import { openFeishu } from "./feishu.ts";
import { openTemplate } from "./http-template.ts";
import { openWebPush, type Subscriptions } from "./web-push.ts";
import { openWebhook } from "./webhook.ts";
import { openWeCom } from "./wecom.ts";

/** The channel of these settings. Throws when a file it names (a certificate) cannot be read. */
export function openChannel(settings: ChannelSettings, subscriptions: Subscriptions): Channel {
  switch (settings.kind) {
    case "email":
      return openEmail(settings);
    case "webhook":
      return openWebhook(settings);
    case "dingtalk":
      return openDingTalk(settings);
    case "wecom":
      return openWeCom(settings);
    case "feishu":
      return openFeishu(settings);
    case "sms":
    case "voice":
      return openTemplate(settings);
    case "webpush":
      return openWebPush(settings, subscriptions);
  }
}
