import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generate as selfsigned } from "selfsigned";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isAcs3Signed, isRpcSigned, isTc3Signed } from "../support/cloud-signatures.ts";
import {
  type Provider,
  type Received,
  type Reply,
  startProvider,
  stepsIn,
} from "../support/notify-provider.ts";
import { channel, openRoom, type Room } from "../support/notify-room.ts";
import { createBrowser, isVapid } from "../support/push-service.ts";
import { startSmtp } from "../support/smtp-server.ts";

let dir: string;
let closing: (() => Promise<void>)[] = [];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "davylamp-people-"));
});
afterEach(async () => {
  for (const close of closing.reverse()) await close();
  closing = [];
  rmSync(dir, { recursive: true });
});

async function room(settings: object, more: Parameters<typeof openRoom>[1] = {}): Promise<Room> {
  const own = await openRoom([channel({ digest: "0ms", ...settings })], more);
  closing.push(own.close);
  return own;
}
async function provider(judge: (request: Received) => Reply): Promise<Provider> {
  const own = await startProvider(judge);
  closing.push(own.close);
  return own;
}
async function smtp(options: Parameters<typeof startSmtp>[0]) {
  const own = await startSmtp(options);
  closing.push(own.close);
  return own;
}

const PHONE = "13900000001";
const call = (device: string, channelId: string) => [{ person: "zhang", device, channel: channelId }];

describe("e-mail", () => {
  const letter = { id: "mail", kind: "email", host: "127.0.0.1", from: "davylamp@county.example" };
  const login = { user: "u", password: "p" };

  async function keys() {
    const made = await selfsigned([{ name: "commonName", value: "127.0.0.1" }], {
      keyType: "ec",
      algorithm: "sha256",
      extensions: [{ name: "subjectAltName", altNames: [{ type: 7, ip: "127.0.0.1" }] }],
    });
    const caFile = join(dir, "ca.pem");
    writeFileSync(caFile, made.cert);
    return { tls: { key: made.private, cert: made.cert }, caFile };
  }

  it.each(["implicit", "starttls"] as const)("reaches the person called, once, over %s", async (how) => {
    const { tls, caFile } = await keys();
    const server = await smtp({ tls, login, implicit: how === "implicit" });
    const own = await room({ ...letter, port: server.port, tls: how, caFile, ...login });
    await own.call("AL1", call("zhang@county.example", "mail"), { level: "red", place: "<b>1101</b>" });
    const [row] = await own.settled(1);
    expect(row).toMatchObject({ state: "sent", tries: 1, repeated: false, address: "zha****ple" });
    expect(server.letters).toHaveLength(1);
    const [{ to, user, secured, data } = { to: "", user: "", secured: false, data: "" }] = server.letters;
    expect({ to, user, secured }).toEqual({ to: "zhang@county.example", user: "u", secured: true });
    expect(data).toContain("X-Davylamp-Step: AL1%232");
    expect(decoded(data)).toContain("&#60;b&#62;1101&#60;/b&#62;");
    expect(decoded(data)).toMatch(/编号 AL1#2/);
  });

  it("is refused for good by a name that is none, and tried again when the server is busy", async () => {
    let busy = true;
    const server = await smtp({
      answer: (line) => {
        if (line.startsWith("RCPT") && line.includes("nobody")) return "550 5.1.1 no such user";
        if (line.startsWith("MAIL") && busy) {
          busy = false;
          return "421 4.3.2 try later";
        }
        return null;
      },
    });
    const own = await room({ ...letter, port: server.port, tls: "none" });
    await own.call("AL1", [
      ...call("nobody@county.example", "mail"),
      { person: "li", device: "li@county.example", channel: "mail" },
      { person: "wu", device: "not an address", channel: "mail" },
    ]);
    const rows = await own.settled(3);
    expect(Object.fromEntries(rows.map(({ person, state }) => [person, state]))).toEqual({
      zhang: "refused",
      li: "sent",
      wu: "refused",
    });
    expect(server.letters.map(({ to }) => to)).toEqual(["li@county.example"]);
  });

  it("says 重发 when the server fell silent after it had the letter", async () => {
    const server = await smtp({
      answer: (line, letters) => (line === "END" && letters === 0 ? "cut" : null),
    });
    const own = await room({ ...letter, port: server.port, tls: "none" });
    await own.call("AL1", call("zhang@county.example", "mail"));
    expect(await own.settled(1)).toMatchObject([{ state: "sent", tries: 2, repeated: true }]);
    expect(server.letters.map(({ data }) => decoded(data).includes("重发"))).toEqual([false, true]);
    // A mail program that knows the first shows no second.
    const ids = server.letters.map(({ data }) => /Message-ID: (.*)/i.exec(data)?.[1]);
    expect(ids[0]).toBe(ids[1]);
  });
});

/** Quoted-printable and base64 parts of a letter, as text. */
function decoded(data: string): string {
  const soft = data.replace(/=\n/g, "");
  const quoted = Buffer.from(
    soft.replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    "latin1",
  ).toString("utf8");
  const parts = [...data.matchAll(/base64\n\n([\s\S]*?)\n--/g)].map(([, text = ""]) =>
    Buffer.from(text, "base64").toString("utf8"),
  );
  return [quoted, ...parts].join("\n");
}

/** The two makers' clouds, each as its description has it. */
const CLOUDS = {
  "aliyun-acs3": {
    settings: {
      query: {
        PhoneNumbers: "{to}",
        SignName: "示例",
        TemplateCode: "SMS_1",
        TemplateParam: { level: "{level}", place: "{place}", step: "{step}" },
      },
      sign: { kind: "aliyun-acs3", key: "ak", secret: "sk", action: "SendSms", version: "2017-05-25" },
    },
    signed: (request: Received) => isAcs3Signed(request, "sk"),
    phone: (request: Received) => request.url.searchParams.get("PhoneNumbers"),
    ok: (n: number) => ({ json: { Code: "OK", BizId: `biz-${n}`, Message: "OK" } }),
    over: { json: { Code: "isv.BUSINESS_LIMIT_CONTROL", Message: "触发分钟级流控Permits:1" } },
    never: { json: { Code: "isv.MOBILE_NUMBER_ILLEGAL", Message: "非法手机号" } },
    report: (n: number) => [
      { phone_number: PHONE, success: true, biz_id: `biz-${n}`, err_code: "DELIVERED" },
    ],
    failed: (n: number) => [{ phone_number: PHONE, success: false, biz_id: `biz-${n}`, err_code: "X" }],
  },
  "aliyun-rpc": {
    settings: {
      form: { CalledNumber: "{to}", TtsCode: "TTS_1", TtsParam: { text: "{level} {mine}", step: "{step}" } },
      sign: { kind: "aliyun-rpc", key: "ak", secret: "sk", action: "SingleCallByTts", version: "2017-05-25" },
      sentId: "CallId",
    },
    signed: (request: Received) => isRpcSigned(request, "sk"),
    phone: (request: Received) => new URLSearchParams(request.text).get("CalledNumber"),
    ok: (n: number) => ({ json: { Code: "OK", CallId: `biz-${n}` } }),
    over: { json: { Code: "isv.BUSINESS_LIMIT_CONTROL" } },
    never: { json: { Code: "isv.MOBILE_NUMBER_ILLEGAL" } },
    report: (n: number) => [{ biz_id: `biz-${n}`, success: true }],
    failed: (n: number) => [{ biz_id: `biz-${n}`, success: false }],
  },
  "tencent-tc3": {
    settings: {
      body: {
        PhoneNumberSet: ["+86{to}"],
        SmsSdkAppId: "1",
        TemplateId: "2",
        TemplateParamSet: ["{level}", "{place}", "{step}"],
      },
      sign: {
        kind: "tencent-tc3",
        key: "ak",
        secret: "sk",
        service: "sms",
        action: "SendSms",
        version: "2021-01-11",
        region: "ap-guangzhou",
      },
    },
    signed: (request: Received) => isTc3Signed(request, "sk"),
    phone: (request: Received) =>
      (JSON.parse(request.text) as { PhoneNumberSet: string[] }).PhoneNumberSet[0]?.slice(3) ?? null,
    ok: (n: number) => ({ json: { Response: { SendStatusSet: [{ SerialNo: `biz-${n}`, Code: "Ok" }] } } }),
    over: {
      json: { Response: { SendStatusSet: [{ Code: "LimitExceeded.PhoneNumberThirtySecondLimit" }] } },
    },
    never: {
      json: { Response: { SendStatusSet: [{ Code: "InvalidParameterValue.IncorrectPhoneNumber" }] } },
    },
    report: (n: number) => [{ mobile: PHONE, report_status: "SUCCESS", errmsg: "DELIVRD", sid: `biz-${n}` }],
    failed: (n: number) => [{ mobile: PHONE, report_status: "FAIL", errmsg: "UNDELIV", sid: `biz-${n}` }],
  },
} as const;

describe.each(Object.entries(CLOUDS))("a message by %s", (name, cloud) => {
  const settings = (url: string) => ({
    id: "sms",
    kind: name === "aliyun-rpc" ? "voice" : "sms",
    url: `${url}/`,
    callback: { secret: "tell-me" },
    ...cloud.settings,
  });

  it("is one a step, signed so that the provider finds it right, and sent is not yet delivered", async () => {
    let n = 0;
    const server = await provider((request) => (cloud.signed(request) ? cloud.ok(++n) : { status: 403 }));
    const own = await room(settings(server.url));
    const places = ["1101 工作面 (T1)*", "“引号\" & 'x' ~!", "井下+水仓"];
    for (const [i, place] of places.entries()) {
      await own.call(`AL${i}`, call(PHONE, "sms"), { place });
      await own.settled(i + 1);
    }
    expect(server.received.map(cloud.phone)).toEqual([PHONE, PHONE, PHONE]);
    expect(
      server.received.flatMap((one) =>
        stepsIn(`${decodeURIComponent(one.url.search)} ${decodeURIComponent(one.text)}`),
      ),
    ).toEqual(["AL0#2", "AL1#2", "AL2#2"]);
    const rows = await own.settled(3);
    expect(rows.map(({ state, deliveredAt }) => [state, deliveredAt])).toEqual([
      ["sent", null],
      ["sent", null],
      ["sent", null],
    ]);
    expect(own.receipts).toEqual([]);
  });

  it("is delivered by the provider's report of it, by nobody else's and by no failure", async () => {
    let n = 0;
    const server = await provider(() => cloud.ok(++n));
    const own = await room(settings(server.url));
    await own.call("AL1", call(PHONE, "sms"));
    await own.settled(1);
    const { report } = own.notifier;
    expect(await report("sms", "guess", JSON.stringify(cloud.report(1)))).toEqual({
      ok: false,
      why: "unknown",
    });
    expect(await report("sms", "tell-me", "<xml>")).toEqual({ ok: false, why: "not-json" });
    expect(await report("sms", "tell-me", JSON.stringify(cloud.failed(1)))).toMatchObject({ receipts: 0 });
    expect(await report("sms", "tell-me", JSON.stringify(cloud.report(7)))).toMatchObject({ receipts: 0 });
    expect(own.receipts).toEqual([]);
    expect(await report("sms", "tell-me", JSON.stringify(cloud.report(1)))).toMatchObject({
      ok: true,
      receipts: 1,
      body: { code: 0, result: 0 },
    });
    expect(own.receipts).toEqual([{ alarm: "AL1", rung: "delivered", person: "zhang", device: PHONE }]);
    const [row] = await own.settled(1);
    expect(row?.deliveredAt).not.toBeNull();
  });

  it("waits where there were too many, and is refused for good where no number is", async () => {
    const answers: Reply[] = [cloud.over, cloud.ok(1), cloud.never];
    const server = await provider(() => answers.shift() ?? { status: 500 });
    const own = await room(settings(server.url), { speed: 300 });
    await own.call("AL1", call(PHONE, "sms"));
    const [first] = await own.settled(1);
    expect(first).toMatchObject({ state: "sent", tries: 2, repeated: false });
    await own.call("AL2", call("1", "sms"));
    expect(await own.settled(2)).toMatchObject([{ state: "refused", tries: 1 }, { state: "sent" }]);
  });
});

describe("web push", () => {
  const pair = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ format: "jwk" });
  const bytes = (text: string | undefined) => Buffer.from(text ?? "", "base64url");
  const publicKey = Buffer.concat([Buffer.from([4]), bytes(pair.x), bytes(pair.y)]).toString("base64url");
  const settings = (url: string) => ({
    id: "push",
    kind: "webpush",
    publicKey,
    privateKey: pair.d,
    subject: "mailto:duty@county.example",
    hosts: [url],
  });

  it("is read by the browser alone, delivered when it is shown there and seen when it is opened", async () => {
    const server = await provider((request) =>
      isVapid(request, publicKey) ? { status: 201, headers: { location: "/m/1" } } : { status: 403 },
    );
    const own = await room(settings(server.url));
    const browser = createBrowser();
    await own.store.outbox.subscriptions.put("zhang", "phone", browser.subscription(`${server.url}/p/1`));
    await own.call("AL1", call("phone", "push"), { level: "red" });
    await own.settled(1);
    const [request] = server.received;
    expect(request?.headers).toMatchObject({ urgency: "high", "content-encoding": "aes128gcm" });
    const shown = browser.read(request?.body ?? Buffer.alloc(0));
    expect(shown).toMatchObject({ steps: ["AL1#2"], link: "https://county.example/#/alarms/AL1" });
    expect(own.receipts).toEqual([]);
    expect(await own.notifier.opened("0".repeat(32), "delivered")).toBe(false);
    expect(await own.notifier.opened(String(shown["token"]), "delivered")).toBe(true);
    expect(await own.notifier.opened(String(shown["token"]), "seen")).toBe(true);
    expect(own.receipts).toEqual([
      { alarm: "AL1", rung: "delivered", person: "zhang", device: "phone" },
      { alarm: "AL1", rung: "seen", person: "zhang", device: "phone" },
    ]);
  });

  it("forgets a browser that is subscribed no more, and writes to no address the county did not name", async () => {
    const server = await provider(() => ({ status: 410 }));
    const own = await room(settings(server.url));
    const browser = createBrowser();
    await own.store.outbox.subscriptions.put("zhang", "phone", browser.subscription(`${server.url}/p/1`));
    await own.call("AL1", call("phone", "push"));
    expect(await own.settled(1)).toMatchObject([{ state: "refused" }]);
    expect(await own.store.outbox.subscriptions.get("zhang", "phone")).toBeNull();
    for (const [i, endpoint] of [
      "https://127.0.0.1:1/x",
      "http://push.example/x",
      "https://[::1]/x",
    ].entries()) {
      await own.store.outbox.subscriptions.put("zhang", "phone", browser.subscription(endpoint));
      await own.call(`AL${i + 2}`, call("phone", "push"));
    }
    const rows = await own.settled(4);
    expect(rows.map(({ state }) => state)).toEqual(["refused", "refused", "refused", "refused"]);
    expect(server.received).toHaveLength(1);
  });
});
