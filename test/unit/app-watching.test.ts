import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, describe, expect, it } from "vitest";
import { createLifeSign } from "../../src/app/alive.ts";
import { createCanary, type Flight } from "../../src/app/canary.ts";
import { createDelays, type Pushed } from "../../src/app/delays.ts";
import { health } from "../../src/app/health.ts";
import { createHeartbeat } from "../../src/app/heartbeat.ts";
import { officerLooks, unreachable } from "../../src/app/presence.ts";
import { supervisorOf } from "../../src/cli/supervisor.ts";
import type { JournalRecord } from "../../src/model/alarm.ts";
import type { Arrival } from "../../src/model/input.ts";
import { anAlarm } from "../support/any-alarm.ts";

const log = pino({ level: "silent" });
const ring = (seq: number, over = {}): JournalRecord => ({
  type: "transition",
  seq,
  t: 0,
  transition: { from: "normal", to: "unacknowledged", n: 1, what: "raise" },
  alarm: anAlarm({ id: `A${seq}`, seq, ...over }),
  inputs: [1],
  evidence: null,
});

describe("the promise about delays", () => {
  function measured() {
    const clock = { at: 0, waiting: 0 };
    const kept: Pushed[] = [];
    const seen: [string, number][] = [];
    const delays = createDelays({
      mono: () => clock.at,
      now: () => 1_000_000 + clock.at,
      waiting: () => clock.waiting,
      observe: (rung, seconds) => seen.push([rung, seconds]),
      keep: (rows) => kept.push(...rows),
    });
    let seq = 0;
    /** So many transitions that took so long from received to pushed. */
    const pass = (n: number, ms: number) => {
      for (let i = 0; i < n; i++) {
        seq += 1;
        const heard = clock.at;
        clock.at += ms / 2;
        delays.told([ring(seq)], [heard]);
        clock.at += ms / 2;
        delays.pushed(seq, 3);
      }
    };
    return { clock, delays, kept, seen, pass };
  }

  it("is kept while 99 of 100 transitions take 300 ms at most", () => {
    const { delays, pass } = measured();
    pass(100, 290);
    expect(delays.look()).toBeNull();
  });

  it("is broken when they take longer, and kept again a minute after they do not", () => {
    const { delays, pass, clock } = measured();
    pass(30, 400);
    expect(delays.look()).toContain("400 ms");
    clock.at += 60_000;
    expect(delays.look()).toBeNull();
  });

  it("is broken by one transition that took more than two seconds, for ten seconds", () => {
    const { delays, pass, clock } = measured();
    pass(1, 2_400);
    expect(delays.look()).toContain("2.4 s");
    clock.at += 10_001;
    expect(delays.look()).toBeNull();
  });

  it("holds a flood to two seconds, not to what is usual", () => {
    const { delays, clock } = measured();
    const records = Array.from({ length: 2_000 }, (_, i) => ring(i + 1));
    delays.told(
      records,
      records.map(() => 0),
    );
    clock.at = 1_900;
    delays.pushed(2_000, 3);
    expect(delays.look()).toBeNull();
  });

  it("is broken while what was received waits for the core or the disk, though nothing comes out to be measured", () => {
    const { delays, clock } = measured();
    clock.waiting = 2_100;
    expect(delays.look()).toContain("2.1 s");
  });

  it("keeps of each ring when it was on disk and on the screens, and of a canary nothing", () => {
    const { delays, clock, kept, seen } = measured();
    clock.at = 50;
    delays.told([ring(1), ring(2, { class: "test" })], [20, 20]);
    clock.at = 80;
    delays.pushed(2, 0);
    delays.look();
    expect(kept).toEqual([{ alarm: "A1", n: 1, stored: 1_000_050, pushed: null }]);
    expect(seen).toEqual([
      ["stored", 0.03],
      ["stored", 0.03],
    ]);
  });
});

describe("the canary", () => {
  function flown() {
    const clock = { at: 0 };
    const taken: Arrival[] = [];
    const said: string[] = [];
    const canary = createCanary({
      every: 1,
      mono: () => clock.at,
      take: (arrival) => taken.push(arrival),
      report: (point, what, detail) => said.push(`${point} ${what} ${detail}`),
    });
    const until = async (n: number) => {
      while (taken.length < n) await new Promise((resolve) => setTimeout(resolve, 1));
    };
    return { clock, taken, said, canary, until };
  }

  it("is a reading of the gateway's own that crosses its limit, and back once it came through", async () => {
    const { canary, taken, until } = flown();
    canary.start();
    await until(1);
    canary.stop();
    expect(taken[0]).toMatchObject({ type: "self", point: "canary", value: 1 });
    canary.told([ring(1, { class: "test" })]);
    expect(taken.at(-1)).toMatchObject({ type: "self", point: "canary", value: 0 });
    expect(canary.trouble()).toBeNull();
  });

  it("that does not come through within ten seconds is a trouble until one does", async () => {
    const { canary, clock, said, until } = flown();
    canary.start();
    await until(1);
    canary.stop();
    clock.at = 10_001;
    canary.look();
    expect(said.at(-1)).toContain("canary-lost on");
    canary.told([ring(1, { class: "test" })]);
    canary.look();
    expect(said.at(-1)).toContain("canary-lost off");
  });

  it("that a screen does not acknowledge names the screen", () => {
    const { canary, said } = flown();
    const flight: Flight = { screens: 3, deaf: ["duty/wall"] };
    canary.landed(flight);
    expect(said.at(-1)).toContain("screen-deaf on 1 of 3 do not answer: duty/wall");
    canary.landed({ screens: 3, deaf: [] });
    expect(said.at(-1)).toContain("screen-deaf off");
  });
});

describe("who looks on", () => {
  const config = {
    people: [
      {
        id: "p1",
        user: "duty",
        name: "值班员",
        role: "duty",
        mines: ["*"],
        devices: [{ id: "d", channel: "sms", to: "1" }],
      },
      {
        id: "p2",
        user: null,
        name: "带班",
        role: "lead",
        mines: ["*"],
        devices: [{ id: "s", channel: "screen", to: "" }],
      },
    ],
  } as never;
  const now = { shifts: [], parts: { officer: ["p1", "p2"], lead: [] } };
  const duty = { config, now };

  it("is an officer only where one may act", () => {
    expect(officerLooks([])).toBe(true);
    expect(officerLooks([{ user: "wall", role: "viewer" }])).toBe(false);
    expect(
      officerLooks([
        { user: "wall", role: "viewer" },
        { user: "x", role: "lead" },
      ]),
    ).toBe(true);
  });

  it("can be reached by a screen of their own or a channel that works, and by nothing else", () => {
    expect(unreachable(null, [], () => false)).toBeNull();
    expect(unreachable(duty, [], () => true)).toBeNull();
    expect(unreachable(duty, [{ user: "duty", role: "duty" }], () => false)).toBeNull();
    expect(unreachable(duty, [{ user: "lead", role: "lead" }], () => false)).toContain("值班员, 带班");
    expect(
      unreachable({ config, now: { shifts: [], parts: { officer: [], lead: [] } } }, [], () => false),
    ).toBeNull();
  });
});

describe("readiness", () => {
  const well = { pendingBytes: 0, synced: 1 } as never;
  const of = (over: { age?: number; troubles?: [string, string][]; pressed?: boolean } = {}) =>
    health({
      gateway: { pressed: () => over.pressed ?? false, stats: () => ({ packets: 0 }) } as never,
      spool: well,
      journal: well,
      tickAge: () => over.age ?? 100,
      troubles: () => new Map(over.troubles ?? []),
    });

  it("is there while every promise can be kept", () => {
    expect(of()).toMatchObject({ live: true, ready: true });
    expect(
      of({
        troubles: [
          ["no-screen", "x"],
          ["config-bad", "x"],
        ],
      }).ready,
    ).toBe(true);
  });

  it("is gone with each trouble that breaks one", () => {
    for (const point of [
      "disk-full",
      "log-io",
      "journal-slow",
      "delay-broken",
      "inbox-pressed",
      "clock-off",
      "canary-lost",
      "screen-deaf",
    ])
      expect(of({ troubles: [[point, "why"]] }).ready, point).toBe(false);
    expect(of({ pressed: true }).ready).toBe(false);
    expect(of({ age: 6_000 })).toMatchObject({ ready: false, live: true });
    expect(of({ age: 61_000 })).toMatchObject({ ready: false, live: false });
  });
});

describe("the heartbeat", () => {
  let server: Server | null = null;
  afterEach(() => server?.close());

  it("asks its watcher while promises are kept, stops when they are not, and goes on", async () => {
    let beats = 0;
    let begun = 0;
    let heard = () => {};
    server = createServer((_request, response) => {
      beats += 1;
      response.end("ok");
      heard();
    });
    await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    let broken: string | null = null;
    let asked = () => {};
    const heartbeat = createHeartbeat({
      url: `http://127.0.0.1:${port}/ping`,
      every: 5,
      broken: () => {
        asked();
        if (broken === null) begun += 1;
        return broken;
      },
      log,
    });
    const next = (set: (then: () => void) => void) => new Promise<void>((resolve) => set(resolve));
    const beat = next((then) => (heard = then));
    heartbeat.start();
    await beat;
    broken = "disk full";
    await next((then) => (asked = then));
    // Those that were on their way come, and no more.
    await expect.poll(() => beats).toBe(begun);
    const before = beats;
    await next((then) => (asked = then));
    await next((then) => (asked = then));
    expect([beats, begun]).toEqual([before, before]);
    expect(heartbeat.well()).toBe(false);
    broken = null;
    await next((then) => (heard = then));
    heartbeat.stop();
    expect(beats).toBeGreaterThan(before);
  });
});

describe("the supervisor", () => {
  it("is systemd where it started us, told by its own program", async () => {
    expect(supervisorOf({})).toBeNull();
    expect(supervisorOf({ NOTIFY_SOCKET: "/run/x" })).toMatchObject({ every: null });
    const dir = await mkdtemp(join(tmpdir(), "davylamp-notify-"));
    const path = process.env.PATH;
    await writeFile(join(dir, "systemd-notify"), `#!/bin/sh\necho "$@" > ${join(dir, "said")}\n`, {
      mode: 0o755,
    });
    process.env.PATH = `${dir}:${path}`;
    const supervisor = supervisorOf({ NOTIFY_SOCKET: "/run/x", WATCHDOG_USEC: "90000000" });
    expect(supervisor?.every).toBe(30_000);
    expect(await supervisor?.say("WATCHDOG=1")).toBe(true);
    expect(await readFile(join(dir, "said"), "utf8")).toBe(`--pid=${process.pid} WATCHDOG=1\n`);
    await rm(join(dir, "systemd-notify"));
    process.env.PATH = dir;
    expect(await supervisor?.say("WATCHDOG=1")).toBe(false);
    process.env.PATH = path;
    await rm(dir, { recursive: true });
  });

  it("hears that the gateway is ready and lives, and nothing while it does not", async () => {
    const said: string[] = [];
    let live = true;
    let looked = () => {};
    const sign = createLifeSign(
      { every: 2, say: async (state) => said.push(state) > 0 },
      () => {
        looked();
        return live;
      },
      log,
    );
    const look = () => new Promise<void>((resolve) => (looked = resolve));
    sign.start();
    await look();
    await look();
    expect(said.slice(0, 2)).toEqual(["READY=1", "WATCHDOG=1"]);
    live = false;
    await look();
    const before = said.length;
    await look();
    await look();
    expect(said.length).toBe(before);
    sign.stop();
    expect(said.at(-1)).toBe("STOPPING=1");
  });
});
