import { describe, expect, it } from "vitest";
import { loadConfig } from "../../src/wire/config/load.ts";
import { shippedConfig } from "../support/shipped-config.ts";

const SECRETS: Record<string, string> = {
  "env:HOOK": `whsec_${Buffer.alloc(32, 7).toString("base64")}`,
  "env:SHORT": "whsec_c2hvcnQ=",
  "env:ROBOT": "https://oapi.dingtalk.com/robot/send?access_token=t",
  "env:PLAIN": "http://oapi.dingtalk.com/robot/send?access_token=t",
  "env:X": "x",
};

function faultsOf(lines: string, messages?: string): string[] {
  const files = shippedConfig().map(({ path, text }) => {
    if (path === "gateway.yaml")
      return { path, text: text.replace(/^channels: \[\]$/m, `channels:\n${lines}`) };
    return { path, text: path === "messages.yaml" && messages !== undefined ? messages : text };
  });
  const loaded = loadConfig(files, (name) => SECRETS[name], Date.UTC(2026, 2, 1));
  return loaded.ok ? [] : loaded.faults.map(({ line, what, allowed }) => `${line} ${what} | ${allowed}`);
}

const ref = (name: string) => `"\${env:${name}}"`;
const HOOK = `  - { id: hook, kind: webhook, url: "https://p.example/x", secrets: [${ref("HOOK")}], follow: {} }\n`;
const sms = (rest: string) =>
  `  - { id: sms, kind: sms, url: "https://sms.example/", sign: { kind: none }, ${rest} }\n`;

describe("the channels of gateway.yaml", () => {
  it("are taken when they are right, of every kind", () => {
    const robots = ["dingtalk", "wecom", "feishu"].map(
      (kind) =>
        `  - { id: ${kind}, kind: ${kind}, url: ${ref("ROBOT")}, quiet: { from: "22:00", to: "06:00" } }\n`,
    );
    const mail = `  - { id: mail, kind: email, host: mail.example, from: a@b.example, user: u, password: ${ref("X")} }\n`;
    const right = [HOOK, ...robots, mail, sms('form: { to: "{to}", text: "{text}" }')];
    expect(faultsOf(right.join(""))).toEqual([]);
  });

  it.each([
    [
      "a secret in the file",
      HOOK.replace(ref("HOOK"), "whsec_abc"),
      /secrets\.0: a secret may not stand in a file/,
    ],
    [
      "a robot's address in the file",
      '  - { id: r, kind: wecom, url: "https://qyapi.weixin.qq.com/x?key=1" }\n',
      /url: a secret may not stand in a file/,
    ],
    ["a secret that is not there", HOOK.replace("HOOK", "NONE"), /the environment has no NONE/],
    ["a signing secret that is too short", HOOK.replace("HOOK", "SHORT"), /not a signing secret \| whsec_/],
    ["an address without TLS", HOOK.replace("https", "http"), /read and forged on its way \| https/],
    ["a robot without TLS", `  - { id: r, kind: dingtalk, url: ${ref("PLAIN")} }\n`, /read and forged/],
    ["the same channel twice", HOOK + HOOK, /hook is already a channel/],
    ["a kind nobody knows", "  - { id: r, kind: dingding }\n", /dingtalk/],
    ["a mine nobody knows", HOOK.replace("follow: {}", "follow: { mines: [X1] }"), /no mine has the code X1/],
    [
      "a template that names nobody",
      sms('form: { text: "{text}" }'),
      /nothing says whom it goes to \| \{to\}/,
    ],
    ["a template without the step", sms('form: { to: "{to}" }'), /nothing says which step it is/],
    [
      "a name that stands for nothing",
      sms('form: { to: "{to}", x: "{phnoe} {text}" }'),
      /\{phnoe\} stands for nothing/,
    ],
    ["two bodies", sms('form: { to: "{to}" }, body: { t: "{text}" }'), /a request has one body/],
    [
      "mail in the clear beyond this machine",
      "  - { id: m, kind: email, host: mail.example, from: a@b.example, tls: none }\n",
      /mail beyond this machine can be read/,
    ],
    [
      "a follower without a receiver",
      "  - { id: m, kind: email, host: mail.example, from: a@b.example, follow: {} }\n",
      /nothing says whom it goes to \| to/,
    ],
    [
      "a quiet that never ends",
      `  - { id: r, kind: dingtalk, url: ${ref("ROBOT")}, quiet: { from: "08:00", to: "08:00" } }\n`,
      /the same time of day/,
    ],
    [
      "keys that are none",
      `  - { id: p, kind: webpush, publicKey: abc, privateKey: ${ref("X")}, subject: "mailto:a@b", hosts: [a.example] }\n`,
      /not a VAPID public key/,
    ],
  ])("are refused for %s, with the place", (_, lines, says) => {
    const faults = faultsOf(lines);
    expect(faults.join("\n")).toMatch(says);
    for (const fault of faults) expect(Number(fault.split(" ")[0])).toBeGreaterThan(20);
  });

  it("let plain HTTP out by a listed exception only", () => {
    const insecure = 'insecure: { reason: "county box", approvedBy: lead }';
    const lan = HOOK.replace("https", "http").replace("follow: {}", `follow: {}, ${insecure}`);
    expect(faultsOf(lan)).toEqual([]);
  });
});

describe("messages.yaml", () => {
  it("may say less than all, and never less than the step", () => {
    expect(faultsOf(HOOK, "zh: { words: { again: 再次 } }")).toEqual([]);
    expect(faultsOf(HOOK, 'zh: { alarm: { text: "{mine} {title}" } }').join()).toMatch(/must have \{step\}/);
    expect(faultsOf(HOOK, 'en: { digest: { text: "{count} {stpes} {steps}" } }').join()).toMatch(
      /only these names/,
    );
    expect(faultsOf(HOOK, "zh: { alrm: {} }").join()).toMatch(/did you mean alarm|unknown key/);
  });
});
