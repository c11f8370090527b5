import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import mqtt, { type MqttClient } from "mqtt";
import { pino } from "pino";
import { generate as selfsigned } from "selfsigned";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../src/lib/clock.ts";
import type { AcceptedPacket, LinkEvent, Refusal } from "../../src/mqtt/ports.ts";
import { createReceivers, type Receivers } from "../../src/mqtt/receiver/receivers.ts";
import type { Gap, ReceiverSettings, Remembered } from "../../src/mqtt/receiver/settings.ts";
import { tryOut } from "../../src/mqtt/receiver/try-out.ts";
import { readSparkplug } from "../../src/wire/sparkplug-payload.ts";
import { freePort } from "../support/free-port.ts";
import { createMosquitto, type Mosquitto, noMosquitto } from "../support/mosquitto.ts";
import { MINE, OTHER, reading, readingsTopic } from "../support/mqtt-packets.ts";
import { sparkplugBytes, type TestMetric } from "../support/sparkplug-bytes.ts";

const { skip } = { skip: noMosquitto !== null };

/** A house of the test's own behind real receivers. */
function createHouse() {
  const packets: AcceptedPacket[] = [];
  const links: LinkEvent[] = [];
  const refusals: Refusal[] = [];
  const gaps: Gap[] = [];
  const remembered = new Map<string, Remembered>();
  const house = { answers: true };
  let waiting: { holds: () => boolean; resolve: () => void }[] = [];
  const noted = () => {
    const due = waiting.filter(({ holds }) => holds());
    waiting = waiting.filter((one) => !due.includes(one));
    for (const { resolve } of due) resolve();
  };
  const timer = setInterval(noted, 20);

  const open = (...receivers: ReceiverSettings[]): Receivers => {
    const made = createReceivers({
      receivers,
      remembered: new Map(remembered),
      clock: systemClock,
      log: pino({ level: "silent" }),
      ports: {
        accept(packet, done) {
          packets.push(packet);
          if (house.answers) done(true);
        },
        link: (event) => void links.push(event),
        refused: (refusal) => void refusals.push(refusal),
        pressed: () => false,
        onRelief: () => {},
        mine: (code) => ([MINE, OTHER].includes(code) ? { mine: code, aliases: [] } : null),
        gap: async (gap) => void gaps.push(gap),
        remember: async (name, what) => void remembered.set(name, what),
      },
    });
    made.start();
    return made;
  };
  return {
    open,
    house,
    packets,
    links,
    refusals,
    gaps,
    remembered,
    until: (holds: () => boolean) =>
      new Promise<void>((resolve) => {
        waiting.push({ holds, resolve });
        noted();
      }),
    close: () => clearInterval(timer),
  };
}

const settingsOf = (url: string, more: Partial<ReceiverSettings> = {}): ReceiverSettings => ({
  name: "county",
  url,
  protocol: 5,
  clientId: "davylamp-county",
  username: null,
  password: () => null,
  caFile: null,
  certFile: null,
  keyFile: null,
  filters: ["mine/v1/#"],
  topicPrefix: "",
  mines: [MINE],
  keepAlive: 30_000,
  sessionExpiry: 3_600_000,
  sparkplug: null,
  ...more,
});

let dir: string;
let broker: Mosquitto;
let ws: number;
let house: ReturnType<typeof createHouse>;
const running: Receivers[] = [];
const clients: MqttClient[] = [];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "davylamp-receiver-"));
  if (skip) return;
  ws = await freePort();
  broker = await createMosquitto(dir, [`listener ${ws} 127.0.0.1`, "protocol websockets"]);
  await broker.start();
  house = createHouse();
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.stop()));
  for (const client of clients.splice(0)) client.end(true);
  house?.close();
  await broker?.stop("SIGKILL");
  await rm(dir, { recursive: true, force: true });
});

const open = (...settings: ReceiverSettings[]): Receivers => {
  const receivers = house.open(...settings);
  running.push(receivers);
  return receivers;
};
const isUp = (receivers: Receivers) => () => receivers.status().every(({ connected }) => connected);

async function publisher(): Promise<MqttClient> {
  const client = await mqtt.connectAsync(broker.url, { clientId: "publisher", reconnectPeriod: 50 });
  client.on("error", () => {});
  clients.push(client);
  return client;
}
const publish = (client: MqttClient, n: number, topic = readingsTopic()) =>
  client.publishAsync(topic, reading(n, 1_760_000_000_000 + n), { qos: 1 });
const values = (packets: readonly AcceptedPacket[]): number[] =>
  packets.map(
    ({ payload }) => (JSON.parse(String(payload)) as { readings: { v: number }[] }).readings[0]?.v ?? -1,
  );
const upTo = (n: number, from = 0) => Array.from({ length: n }, (_, i) => from + i);

describe.skipIf(skip)("a receiver at a real Mosquitto", () => {
  it.each([
    ["MQTT 5", { protocol: 5 as const }],
    ["MQTT 3.1.1", { protocol: 4 as const }],
  ])("gets what was published while it was away (%s)", async (_, version) => {
    const client = await publisher();
    const first = open(settingsOf(broker.url, version));
    await house.until(isUp(first));
    await publish(client, 0);
    await house.until(() => house.packets.length === 1);
    await running.pop()?.stop();

    for (const n of upTo(300, 1)) void publish(client, n);
    await publish(client, 301);
    const second = open(settingsOf(broker.url, version));
    await house.until(() => house.packets.length === 302 && isUp(second)());
    expect(values(house.packets)).toEqual(upTo(302));
    expect(house.gaps).toEqual([]);
    expect(second.status()[0]).toMatchObject({
      connected: true,
      detail: null,
      messages: 301,
      gaps: 0,
      mines: 1,
    });
    expect(house.links.map(({ mine, event }) => [mine, event])).toEqual([
      [MINE, "up"],
      [MINE, "up"],
    ]);
  });

  it("is sent again what it did not acknowledge, and then never", async () => {
    const version = { protocol: 4 as const };
    const client = await publisher();
    house.house.answers = false;
    open(settingsOf(broker.url, version));
    await house.until(() => house.remembered.size === 1);
    for (const n of upTo(50)) await publish(client, n);
    await house.until(() => house.packets.length === 50);
    // Not recorded, so not acknowledged: the process dies here, as far as the broker can tell.
    await running.pop()?.stop();
    house.packets.length = 0;
    house.house.answers = true;
    open(settingsOf(broker.url, version));
    await house.until(() => house.packets.length === 50);
    expect(values(house.packets)).toEqual(upTo(50));
    expect(house.packets.every(({ dup }) => dup)).toBe(true);
    await running.pop()?.stop();
    house.packets.length = 0;
    const third = open(settingsOf(broker.url, version));
    await house.until(isUp(third));
    await publish(client, 99);
    await house.until(() => house.packets.length > 0);
    expect(values(house.packets)).toEqual([99]);
  });

  it("tells a possible gap, with its span, when the broker lost its session, and no other time", async () => {
    const receivers = open(settingsOf(broker.url));
    await house.until(isUp(receivers));
    expect(house.gaps).toEqual([]);
    const before = Date.now();
    await broker.stop();
    await house.until(() => receivers.status()[0]?.connected === false);
    expect(receivers.status()[0]?.detail).toMatch(/ECONNREFUSED|closed|broke/);
    await broker.start();
    await house.until(isUp(receivers));
    const kept = house.gaps.length;
    await broker.stop("SIGKILL");
    await house.until(() => receivers.status()[0]?.connected === false);
    await broker.forget();
    await broker.start();
    await house.until(() => isUp(receivers)() && house.gaps.length > 0);
    expect(kept).toBe(0);
    expect(house.gaps).toHaveLength(1);
    const [gap] = house.gaps as [Gap];
    expect(gap).toMatchObject({ receiver: "county", url: broker.url });
    expect(gap.from).toBeGreaterThanOrEqual(before - 60_000);
    expect(gap.to).toBeGreaterThan(gap.from);
    expect(receivers.status()[0]).toMatchObject({ gaps: 1, lastGap: { from: gap.from, to: gap.to } });
  });

  it("tells the gap also when it was lost while the gateway was down", async () => {
    await house.until(isUp(open(settingsOf(broker.url))));
    await running.pop()?.stop();
    await broker.stop("SIGKILL");
    await broker.forget();
    await broker.start();
    await house.until(isUp(open(settingsOf(broker.url))));
    await house.until(() => house.gaps.length === 1);
    expect(house.gaps[0]?.from).toBeLessThan(house.gaps[0]?.to ?? 0);
  });

  it("loses nothing when the broker is restarted under load", async () => {
    const client = await publisher();
    const receivers = open(settingsOf(broker.url));
    await house.until(isUp(receivers));
    let sent = 0;
    let goes = true;
    const publishing = (async () => {
      while (goes) await publish(client, sent++);
    })();
    for (let round = 0; round < 3; round++) {
      const goal = house.packets.length + 100;
      await house.until(() => house.packets.length > goal);
      await broker.stop();
      await broker.start();
    }
    goes = false;
    await publishing;
    await house.until(() => new Set(values(house.packets)).size === sent);
    expect(house.gaps).toEqual([]);
    expect(house.links.filter(({ event }) => event === "down").length).toBeGreaterThanOrEqual(3);
  });

  it("refuses, acknowledges and lists another mine's messages; several brokers do not mix", async () => {
    const other = { ...settingsOf(broker.url), name: "other", clientId: "davylamp-other", mines: [OTHER] };
    const receivers = open(settingsOf(broker.url), other);
    await house.until(isUp(receivers));
    const client = await publisher();
    await publish(client, 1);
    await publish(client, 2, readingsTopic(OTHER));
    await client.publishAsync("mine/v1/a/weather", "x", { qos: 1 });
    await house.until(() => receivers.status().every(({ unknown, messages }) => unknown + messages === 2));
    expect(house.packets.map(({ mine }) => mine).sort()).toEqual([MINE, OTHER]);
    expect(receivers.status().map(({ refused, waiting }) => [refused, waiting])).toEqual([
      [1, 0],
      [1, 0],
    ]);
    expect(house.refusals.map(({ claimed }) => claimed).sort()).toEqual(["", "", MINE, OTHER]);
    // What was refused was acknowledged: it does not come again.
    await Promise.all(running.splice(0).map((one) => one.stop()));
    await house.until(isUp(open(settingsOf(broker.url))));
    await publish(client, 3);
    await house.until(() => values(house.packets).includes(3));
    expect(house.packets).toHaveLength(3);
  });

  it("speaks by WebSocket", async () => {
    const receivers = open(settingsOf(`ws://127.0.0.1:${ws}/mqtt`));
    await house.until(isUp(receivers));
    const client = await publisher();
    for (const n of upTo(20)) await publish(client, n);
    await house.until(() => house.packets.length === 20);
    expect(values(house.packets)).toEqual(upTo(20));
  });

  it("speaks TLS with a certificate of its own and a password that is read anew, and believes no stranger", async () => {
    const file = (name: string) => join(dir, name);
    const authority = () =>
      selfsigned([{ name: "commonName", value: "test CA" }], {
        keyType: "ec",
        algorithm: "sha256",
        extensions: [{ name: "basicConstraints", cA: true }],
      });
    const [ca, stranger] = await Promise.all([authority(), authority()]);
    const signed = (name: string) =>
      selfsigned([{ name: "commonName", value: name }], {
        keyType: "ec",
        algorithm: "sha256",
        ca: { key: ca.private, cert: ca.cert },
      });
    const [server, client] = await Promise.all([signed("localhost"), signed("davylamp")]);
    await Promise.all([
      writeFile(file("ca.crt"), ca.cert),
      writeFile(file("stranger.crt"), stranger.cert),
      writeFile(file("server.crt"), server.cert),
      writeFile(file("server.key"), server.private),
      writeFile(file("client.crt"), client.cert),
      writeFile(file("client.key"), client.private),
    ]);
    const port = await freePort();
    const tls = await createMosquitto(join(dir, "tls"), [
      `listener ${port} 127.0.0.1`,
      `cafile ${file("ca.crt")}`,
      `certfile ${file("server.crt")}`,
      `keyfile ${file("server.key")}`,
      "require_certificate true",
    ]);
    await tls.start();
    try {
      const own = { certFile: file("client.crt"), keyFile: file("client.key") };
      const url = `mqtts://localhost:${port}`;
      const strange = await tryOut(settingsOf(url, { ...own, caFile: file("stranger.crt") }));
      expect(strange).toMatchObject({
        ok: false,
        detail: expect.stringMatching(/certificate|signature|issuer/i),
      });
      const bare = await tryOut(settingsOf(url, { caFile: file("ca.crt") }));
      expect(bare.ok).toBe(false);
      const receivers = open(
        settingsOf(url, { ...own, caFile: file("ca.crt"), username: "a", password: () => "b" }),
      );
      await house.until(isUp(receivers));
      const publishing = await mqtt.connectAsync(tls.url, { clientId: "publisher" });
      clients.push(publishing);
      await publish(publishing, 1);
      await house.until(() => house.packets.length === 1);
    } finally {
      await tls.stop("SIGKILL");
    }
  });

  it("is named when another client takes its id", async () => {
    const receivers = open(settingsOf(broker.url));
    await house.until(isUp(receivers));
    clients.push(await mqtt.connectAsync(broker.url, { clientId: "davylamp-county", reconnectPeriod: 0 }));
    await house.until(() => receivers.status()[0]?.connected === false);
    expect(receivers.status()[0]?.detail).toContain("client id");
  });
});

describe.skipIf(skip)("a host of Sparkplug B at a real Mosquitto", () => {
  const T = 1_800_000_000_000;
  const settings = (): ReceiverSettings => {
    const node = { mine: MINE, system: "safety", prefix: "", points: {} };
    const sparkplug = { host: "us", rebirthEvery: 60_000, nodes: { "county/edge1": node } };
    return settingsOf(broker.url, { filters: ["spBv1.0/county/#"], sparkplug });
  };

  it("says that it is online, hears births, data and deaths, asks for a birth, and says that it went", async () => {
    const node = await publisher();
    const heard: string[] = [];
    let changed = () => {};
    node.on("message", (topic, payload) => {
      const command = topic.includes("/NCMD/") && readSparkplug(payload)?.metrics[0]?.name;
      heard.push(`${topic} ${command || (JSON.parse(String(payload)) as { online: boolean }).online}`);
      changed();
    });
    const told = (what: string) =>
      new Promise<void>((resolve) => {
        changed = () => heard.includes(what) && resolve();
        changed();
      });
    await node.subscribeAsync(["spBv1.0/STATE/us", "spBv1.0/county/NCMD/edge1"], { qos: 1 });
    const receivers = open(settings());
    await told("spBv1.0/STATE/us true");
    await told("spBv1.0/county/NCMD/edge1 Node Control/Rebirth");
    const send = (type: string, seq: number, metrics: TestMetric[]) =>
      node.publishAsync(`spBv1.0/county/${type}/edge1`, sparkplugBytes({ at: T + seq, seq, metrics }), {
        qos: 1,
      });
    await send("NDATA", 5, [{ alias: 1, float: 1 }]);
    expect(house.packets).toEqual([]);
    await send("NBIRTH", 0, [{ name: "CH4", alias: 1, datatype: 9, float: 0.5 }]);
    await send("NDATA", 1, [{ alias: 1, float: 1.62 }]);
    await send("NDEATH", 0, []);
    await house.until(() => house.packets.length === 4 && receivers.status()[0]?.waiting === 0);
    const status = readingsTopic().replace("readings", "status");
    expect(house.packets.map(({ topic }) => topic)).toEqual([
      ...[1, 2, 3].map(() => readingsTopic()),
      status,
    ]);
    expect(
      house.packets.map(({ payload }) => (JSON.parse(String(payload)) as { readings: unknown }).readings),
    ).toEqual([[{ p: "CH4", v: 0.5 }], [{ p: "CH4", v: 1.62 }], [{ p: "CH4", v: null, s: 32 }], undefined]);
    expect(house.links).toMatchObject([{ mine: MINE, event: "up" }]);
    await running.pop()?.stop();
    await told("spBv1.0/STATE/us false");
  });
});

describe.skipIf(skip)("trying a broker out", () => {
  it("says that it lets us in, beside the gateway that is connected", async () => {
    const receivers = open(settingsOf(broker.url));
    await house.until(isUp(receivers));
    expect(await tryOut(settingsOf(broker.url))).toEqual({
      ok: true,
      detail: "lets us in with MQTT 5; granted: mine/v1/#",
    });
    expect(receivers.status()[0]?.connected).toBe(true);
  });

  it("says what is wrong", async () => {
    await broker.stop("SIGKILL");
    expect(await tryOut(settingsOf(broker.url))).toMatchObject({
      ok: false,
      detail: "nobody listens there (ECONNREFUSED)",
    });
    const absent = await tryOut(settingsOf("mqtts://127.0.0.1:1", { caFile: join(dir, "none.pem") }));
    expect(absent).toMatchObject({ ok: false, detail: expect.stringContaining("none.pem") });
  });
});
