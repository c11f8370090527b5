import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import webPush from "web-push";
import { parse, stringify } from "yaml";
import { type App, createApp } from "../../src/app.ts";
import { readConfigFiles } from "../../src/cli/config-files.ts";
import { createHandMine, HAND_MINE } from "../support/hand-mine.ts";
import { type Provider, startProvider, stepsIn } from "../support/notify-provider.ts";
import { pointListed, signIn } from "../support/screen.ts";

const PHONE = "13900000001";
const VAPID = webPush.generateVAPIDKeys();
const SECRETS: Record<string, string> = {
  SMS_REPORTS: "reports-of-the-box",
  VAPID: VAPID.privateKey,
};
let dir: string;
let app: App;
let box: Provider;
let http: string;
let mqttPort: number;

/** The county's files, with a telephone for the officer on duty and the county's own box for short messages. */
async function files() {
  return (await readConfigFiles("config")).map(({ path, text }) => {
    const value = parse(text) as Record<string, unknown>;
    if (path === "gateway.yaml")
      value["channels"] = [
        {
          id: "sms",
          kind: "sms",
          url: `${box.url}/send`,
          form: { to: "{to}", text: "{text}" },
          digest: "0ms",
          sentId: "id",
          // biome-ignore lint/suspicious/noTemplateCurlyInString: a secret by reference, as files have it.
          callback: { secret: "${env:SMS_REPORTS}", id: "id", ok: { path: "state", equals: "reached" } },
        },
        {
          id: "browser",
          kind: "webpush",
          publicKey: VAPID.publicKey,
          // biome-ignore lint/suspicious/noTemplateCurlyInString: a secret by reference, as files have it.
          privateKey: "${env:VAPID}",
          subject: "https://county.example",
          hosts: ["*.push.example"],
        },
      ];
    else if (path === "duty.yaml")
      (value["people"] as Record<string, { devices: object[] }>)["duty"]!.devices.unshift(
        { id: "phone", channel: "sms", to: PHONE },
        { id: "laptop", channel: "browser", to: "" },
      );
    else return { path, text };
    return { path, text: stringify(value) };
  });
}

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "davylamp-notify-duty-"));
  box = await startProvider(() => ({ json: { id: "M-1" } }));
  app = createApp({
    files: await files(),
    secrets: (reference) => SECRETS[reference.replace(/^env:/, "")],
    data: dir,
    httpPort: 0,
    mqttPort: 0,
    dev: true,
    version: "test",
    log: pino({ level: "silent" }),
  });
  const addresses = await app.start();
  http = addresses.http;
  mqttPort = Number(new URL(addresses.mqtt[0] ?? "").port);
});
afterEach(async () => {
  await app.stop();
  await box.close();
  await rm(dir, { recursive: true });
});

describe("an alarm in the night", () => {
  it("calls the officer of the roster on the device the roster names, and the send log says so", async () => {
    const seat = await signIn(http, "lead");
    const mine = await createHandMine(() => mqttPort);
    await pointListed(http, seat, `${HAND_MINE}:safety:HAND-CH4`);
    await mine.methane(1.62);
    await box.got(1);
    const form = new URLSearchParams(box.received[0]?.text);
    expect(form.get("to")).toBe(PHONE);
    expect(form.get("text")).toContain("【橙】");
    const [step] = stepsIn(form.get("text") ?? "");
    const ask = async () => {
      const response = await fetch(`${http}/api/v1/notifications`, { headers: { cookie: seat.cookie } });
      return ((await response.json()) as { items: { state: string }[] }).items;
    };
    let items = await ask();
    while (items[0]?.state !== "sent") items = await ask();
    expect(items).toMatchObject([
      { step, person: "duty", device: "phone", channel: "sms", state: "sent", address: "139****001" },
    ]);
    mine.close();
  });

  it("is delivered when the provider says so, by the address that only the provider knows", async () => {
    const seat = await signIn(http, "lead");
    const mine = await createHandMine(() => mqttPort);
    await pointListed(http, seat, `${HAND_MINE}:safety:HAND-CH4`);
    await mine.methane(1.62);
    await box.got(1);
    const report = (secret: string, body: string) =>
      fetch(`${http}/api/v1/notifications/reports/sms/${secret}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
      });
    const reached = JSON.stringify([{ id: "M-1", state: "reached" }]);
    expect((await report("guessed", reached)).status).toBe(404);
    const sent = async () => {
      const answer = await fetch(`${http}/api/v1/notifications`, { headers: { cookie: seat.cookie } });
      return (
        (await answer.json()) as { items: { state: string; deliveredAt: string | null; alarm: string }[] }
      ).items[0];
    };
    while ((await sent())?.state !== "sent");
    expect((await sent())?.deliveredAt).toBeNull();
    expect((await report("reports-of-the-box", reached)).status).toBe(200);
    expect((await sent())?.deliveredAt).not.toBeNull();
    const { alarm = "" } = (await sent()) ?? {};
    const steps = async () => {
      const answer = await fetch(`${http}/api/v1/alarms/${alarm}`, { headers: { cookie: seat.cookie } });
      const { transitions } = (await answer.json()) as { transitions: { transition: { note?: string } }[] };
      return transitions.map(({ transition }) => transition.note);
    };
    while (!(await steps()).includes("delivered phone"));
    mine.close();
  });

  it("can be pushed to the browser that is a device of the roster, and to no other machine", async () => {
    const duty = await signIn(http, "duty");
    const ask = async (seat: typeof duty) =>
      (await (await fetch(`${http}/api/v1/push-devices`, { headers: { cookie: seat.cookie } })).json()) as {
        items: { device: string; subscribed: boolean }[];
      };
    expect((await ask(duty)).items).toMatchObject([{ device: "laptop", subscribed: false }]);
    expect((await ask(await signIn(http, "lead"))).items).toEqual([]);
    const put = (device: string, endpoint: string) =>
      fetch(`${http}/api/v1/push-devices/${device}`, {
        method: "PUT",
        headers: { "content-type": "application/json", cookie: duty.cookie, "x-csrf-token": duty.csrf },
        body: JSON.stringify({ endpoint, keys: { p256dh: "x", auth: "y" } }),
      });
    expect((await put("laptop", "https://127.0.0.1/admin")).status).toBe(400);
    expect((await put("laptop", "https://elsewhere.example/1")).status).toBe(400);
    expect((await put("phone", "https://a.push.example/1")).status).toBe(404);
    expect((await put("laptop", "https://a.push.example/1")).status).toBe(204);
    expect((await ask(duty)).items).toMatchObject([{ device: "laptop", subscribed: true }]);
  });
});
