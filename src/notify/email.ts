import { readFileSync } from "node:fs";
import { createTransport } from "nodemailer";
import type { ChannelOf } from "../wire/config/channels.ts";
import { type Channel, type Message, refused, retry, type Sent, sent } from "./channel.ts";
import { html, plain } from "./words.ts";

const TEXT_BYTES = 20_000;
const ADDRESS = /^[^\s@,;<>"]{1,64}@[^\s@,;<>"]{1,255}$/;

/** E-mail by a server of the county, over TLS; a connection each time, as with everything that is sent. */
export function openEmail(settings: ChannelOf<"email">): Channel {
  const { host, port, tls, user, password, caFile, timeout } = settings;
  const transport = createTransport({
    host,
    port,
    secure: tls === "implicit",
    requireTLS: tls === "starttls",
    ignoreTLS: tls === "none",
    ...(caFile === undefined ? {} : { tls: { ca: readFileSync(caFile) } }),
    ...(user === undefined ? {} : { auth: { user, pass: password ?? "" } }),
    connectionTimeout: timeout,
    greetingTimeout: timeout,
    socketTimeout: timeout,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    kind: "email",
    async send(message) {
      const to = message.receiver?.to ?? "";
      if (!ADDRESS.test(to)) return refused("not an e-mail address");
      try {
        const { messageId, response } = await transport.sendMail({
          from: settings.from,
          to: { name: message.receiver?.name ?? "", address: to },
          ...contentOf(message),
        });
        return sent(messageId, response.slice(0, 200));
      } catch (error) {
        return judged(error as MailFault);
      }
    },
    close: () => transport.close(),
  };
}

function contentOf(message: Message) {
  const { title, text } = message.words({ safe: plain, mostBytes: TEXT_BYTES });
  const marked = message.words({ safe: html, mostBytes: TEXT_BYTES });
  const { link } = message;
  const lines = marked.text
    .split("\n")
    .map((line) => (line === link ? `<a href="${html(line)}">${html(line)}</a>` : line));
  return {
    subject: title,
    text,
    html: `<p>${lines.join("<br>\n")}</p>`,
    headers: { "X-Davylamp-Step": message.steps.map((step) => encodeURIComponent(step)).join(" ") },
    // Told anew it is the same letter: a mail program that knows the first shows no second.
    messageId: `<${encodeURIComponent(message.key)}@davylamp>`,
  };
}

interface MailFault extends Error {
  readonly code?: string;
  readonly responseCode?: number;
  readonly command?: string;
}

/** These fail before the letter is on its way. */
const BEFORE = /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EDNS|ETLS|EAUTH|CERT|certificate|self.signed|Greeting/i;

function judged(fault: MailFault): Sent {
  const { code = "", responseCode, command = "", message } = fault;
  const why = `${code} ${command} ${message}`.slice(0, 200);
  if (responseCode === undefined)
    return retry("channel", why, { unsure: !BEFORE.test(`${code} ${message}`) });
  // 5xx at the receiver's name or the letter itself stays so; at the door it is the door's fault.
  if (responseCode >= 500 && /RCPT|DATA/.test(command)) return refused(why);
  return retry(/RCPT|DATA/.test(command) ? "message" : "channel", why);
}
