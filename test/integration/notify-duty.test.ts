import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { type App, createApp } from "../../src/app.ts";
import { readConfigFiles } from "../../src/cli/config-files.ts";
import { createHandMine, HAND_MINE } from "../support/hand-mine.ts";
import { type Provider, startProvider, stepsIn } from "../support/notify-provider.ts";
import { pointListed, signIn } from "../support/screen.ts";

const PHONE = "13900000001";
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
        },
      ];
    else if (path === "duty.yaml")
      (value["people"] as Record<string, { devices: object[] }>)["duty"]!.devices.unshift({
        id: "phone",
        channel: "sms",
        to: PHONE,
      });
    else return { path, text };
    return { path, text: stringify(value) };
  });
}

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "davylamp-notify-duty-"));
  box = await startProvider(() => ({}));
  app = createApp({
    files: await files(),
    secrets: () => undefined,
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
});
