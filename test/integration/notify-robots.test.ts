import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { Level } from "../../src/model/rule.ts";
import { type Provider, startProvider, stepsIn } from "../support/notify-provider.ts";
import { dingTalk, feishu, weCom } from "../support/notify-robots.ts";
import { channel, openRoom, type Room } from "../support/notify-room.ts";

let rooms: Room[] = [];
let providers: Provider[] = [];
afterEach(async () => {
  await Promise.all(rooms.map((room) => room.close()));
  await Promise.all(providers.map((provider) => provider.close()));
  rooms = [];
  providers = [];
});

async function provider(...args: Parameters<typeof startProvider>): Promise<Provider> {
  const started = await startProvider(...args);
  providers.push(started);
  return started;
}
async function room(...args: Parameters<typeof openRoom>): Promise<Room> {
  const opened = await openRoom(...args);
  rooms.push(opened);
  return opened;
}

const MINES = ["520523017311", "520523017312", "520523017313"];
const follow = { levels: ["red", "orange", "yellow"] };

/** The three makers' robots, each with what it answers to the right request. */
const ROBOTS = {
  dingtalk: {
    judge: () => dingTalk({ secret: "SEC-1", keyword: "报警" }).judge,
    settings: (url: string) => ({
      url: `${url}/robot/send?access_token=t`,
      secret: "SEC-1",
      keyword: "报警",
    }),
  },
  wecom: {
    judge: () => weCom({ key: "k-1" }),
    settings: (url: string) => ({ url: `${url}/cgi-bin/webhook/send?key=k-1` }),
  },
  feishu: {
    judge: () => feishu({ secret: "f-1" }),
    settings: (url: string) => ({ url: `${url}/open-apis/bot/v2/hook/x`, secret: "f-1" }),
  },
} as const;

describe.each(Object.entries(ROBOTS))("a robot of %s", (kind, { judge, settings }) => {
  it("gets one message a step while nothing is in its way, signed as its maker wants it", async () => {
    const robot = await provider(judge());
    const own = await room([channel({ id: "r", kind, digest: "0ms", follow, ...settings(robot.url) })]);
    for (let i = 1; i <= 5; i++) {
      await own.tell([{ alarm: { id: `AL${i}`, level: i % 2 === 0 ? "red" : "yellow" } }]);
      await own.settled(i);
    }
    expect(robot.received.map(({ text }) => stepsIn(text))).toEqual([1, 2, 3, 4, 5].map((i) => [`AL${i}#1`]));
    const rows = await own.settled(5);
    expect(rows.map(({ state, repeated, tries }) => [state, repeated, tries])).toEqual(
      Array.from({ length: 5 }, () => ["sent", false, 1]),
    );
  });

  it("tells a burst of one mine together, with how many are red, and every step by name", async () => {
    const robot = await provider(judge());
    const own = await room([channel({ id: "r", kind, digest: "300ms", follow, ...settings(robot.url) })]);
    const levels = Array.from({ length: 37 }, (_, i): Level => (i < 3 ? "orange" : "yellow"));
    await own.tell(levels.map((level, i) => ({ alarm: { id: `AL${i}`, level, mineName: "红旗煤矿" } })));
    await own.settled(37);
    expect(robot.received).toHaveLength(1);
    const [{ text } = { text: "" }] = robot.received;
    expect(text).toContain("红旗煤矿 37 条报警, 橙 3, 黄 34");
    expect(stepsIn(text)).toHaveLength(37);
  });

  it("shows a mine's words as words, whatever they would mean to it", async () => {
    const robot = await provider(judge());
    const own = await room([channel({ id: "r", kind, digest: "0ms", follow, ...settings(robot.url) })]);
    const place = '[点此](http://evil.example) **红** <at user_id="all">x</at> <font color="info">\n# 假';
    await own.tell([{ alarm: { id: "AL1", place, mineName: "<@all>`矿`" } }]);
    await own.settled(1);
    const [{ text } = { text: "" }] = robot.received;
    expect(text).not.toMatch(/\]\(|\*\*|<at|<font|<@|http:\/\/evil|# 假/);
    expect(text).toContain("［点此］（http：//evil.example）");
  });

  it("is asked again when it was away, and told that it may be a repeat only if it may have heard", async () => {
    let asked = 0;
    const right = judge();
    const robot = await provider((request) => (++asked <= 1 ? "cut" : right(request)));
    const own = await room([channel({ id: "r", kind, digest: "0ms", follow, ...settings(robot.url) })]);
    await own.tell([{ alarm: { id: "AL1", level: "red" } }]);
    const [row] = await own.settled(1);
    expect(row).toMatchObject({ state: "sent", tries: 2, repeated: true });
    expect(robot.received.map(({ text }) => text.includes("重发"))).toEqual([false, true]);
  });
});

describe("a robot that is muted at 20 messages a minute", () => {
  it("is never muted by 200 alarms a minute over many mines, and hears of red first", async () => {
    const speed = 30;
    const clock = { now: Date.now };
    const robot = dingTalk({ secret: "SEC-1", clock: () => clock.now() });
    const server = await provider(robot.judge, () => clock.now());
    const settings = channel({
      id: "r",
      kind: "dingtalk",
      follow,
      url: `${server.url}/robot/send?access_token=t`,
      secret: "SEC-1",
    });
    const own = await room([settings], { speed });
    clock.now = own.now;

    const began = own.now();
    const told = new Map<string, { red: boolean; at: number }>();
    for (let i = 0; i < 500; i++) {
      const due = began + i * 300;
      while (own.now() < due) await new Promise((resolve) => setTimeout(resolve, 2));
      const red = i % 25 === 7;
      const mine = i < 250 ? (MINES[i % 3] as string) : `5205230174${i % 40}`;
      told.set(`AL${i}#1`, { red, at: own.now() });
      await own.tell([{ alarm: { id: `AL${i}`, level: red ? "red" : "yellow", mine, mineName: mine } }]);
    }
    await own.settled(told.size);

    expect(robot.mutes()).toBe(0);
    const heard = server.received.flatMap(({ text, at }) => stepsIn(text).map((step) => [step, at] as const));
    expect(heard.map(([step]) => step).sort()).toEqual([...told.keys()].sort());
    const after = new Map(heard.map(([step, at]) => [step, at - (told.get(step)?.at ?? 0)]));
    const worst = (red: boolean) =>
      Math.max(...[...told].filter(([, one]) => one.red === red).map(([step]) => after.get(step) ?? 0));
    console.log(
      `500 alarms at 200 a minute: ${server.received.length} messages, red within ${(worst(true) / 1_000).toFixed(1)} s, all within ${(worst(false) / 1_000).toFixed(1)} s`,
    );
  });

  it("hears of every red of a burst of 200 before anything that is only yellow", async () => {
    const robot = dingTalk({});
    const server = await provider(robot.judge);
    const url = `${server.url}/robot/send?access_token=t`;
    const own = await room([channel({ id: "r", kind: "dingtalk", digest: "0ms", follow, url })], {
      speed: 30,
    });
    const isRed = (i: number) => i % 33 === 32;
    await own.tell(
      Array.from({ length: 200 }, (_, i) => ({
        alarm: { id: `AL${i}`, level: isRed(i) ? "red" : "yellow", mine: `52052301${i % 40}` },
      })),
    );
    await own.settled(200);
    const reds = server.received.map(({ text }) =>
      stepsIn(text).some((step) => isRed(Number(/\d+/.exec(step)?.[0]))),
    );
    expect(reds.lastIndexOf(true)).toBeLessThan(reds.indexOf(false) === -1 ? 1e9 : reds.indexOf(false));
    expect(server.received.flatMap(({ text }) => stepsIn(text))).toHaveLength(200);
    expect(robot.mutes()).toBe(0);
  });

  it("is not muted by a gateway that was started anew within the minute", async () => {
    const robot = dingTalk({});
    const server = await provider(robot.judge);
    const dir = mkdtempSync(join(tmpdir(), "davylamp-robot-"));
    const url = `${server.url}/robot/send?access_token=t`;
    const settings = channel({ id: "r", kind: "dingtalk", follow, url });
    const first = await openRoom([settings], { dir });
    for (let i = 0; i < 9; i++) await first.tell([{ alarm: { id: `AL${i}`, level: "red" } }]);
    await first.settled(9);
    await first.close();
    const sent = server.received.length;
    const second = await openRoom([settings], { dir });
    for (let i = 9; i < 30; i++) await second.tell([{ alarm: { id: `AL${i}`, level: "red" } }]);
    // What a run before it sent counts: the rest is spread over the minute, whoever began it.
    await server.got(sent + 1);
    const attempts = await second.store.outbox.attempts("r", second.now() - 60_000);
    expect(attempts.length).toBeLessThanOrEqual(18);
    expect(attempts.length).toBeGreaterThan(sent);
    await second.close();
    rmSync(dir, { recursive: true });
    expect(server.received.length).toBeLessThanOrEqual(18);
    expect(robot.mutes()).toBe(0);
  });

  it("waits as long as it is muted, and then tells all that waited", async () => {
    const speed = 600;
    const clock = { now: Date.now };
    let first = true;
    const robot = await provider(
      () => {
        const fast = first;
        first = false;
        return fast
          ? { json: { errcode: 130101, errmsg: "send too fast, exceed 20 times per minute" } }
          : { json: { errcode: 0, errmsg: "ok" } };
      },
      () => clock.now(),
    );
    const own = await room(
      [channel({ id: "r", kind: "dingtalk", follow, url: `${robot.url}/robot/send?access_token=t` })],
      { speed },
    );
    clock.now = own.now;
    await own.tell([{ alarm: { id: "AL1", level: "red" } }]);
    await robot.got(1);
    await own.tell([{ alarm: { id: "AL2", level: "red" } }]);
    await own.settled(2);
    const [muted, after] = robot.received;
    expect((after?.at ?? 0) - (muted?.at ?? 0)).toBeGreaterThanOrEqual(600_000);
    expect(
      robot.received
        .slice(1)
        .flatMap(({ text }) => stepsIn(text))
        .sort(),
    ).toEqual(["AL1#1", "AL2#1"]);
  });

  it("is told of nothing but red in quiet hours", async () => {
    const robot = await provider(dingTalk({}).judge);
    const hour = (minutes: number) =>
      new Date(Date.now() + (480 + minutes) * 60_000).toISOString().slice(11, 16);
    const quiet = { from: hour(-60), to: hour(60) };
    const url = `${robot.url}/robot/send?access_token=t`;
    const own = await room([channel({ id: "r", kind: "dingtalk", digest: "0ms", quiet, follow, url })]);
    await own.tell([{ alarm: { id: "AL1", level: "orange" } }, { alarm: { id: "AL2", level: "red" } }]);
    await robot.got(1);
    await own.tell([{ alarm: { id: "AL3", level: "red" } }]);
    await robot.got(2);
    expect(robot.received.flatMap(({ text }) => stepsIn(text))).toEqual(["AL2#1", "AL3#1"]);
    const waits = (await own.store.outbox.depth()).channels;
    expect(waits).toMatchObject([{ channel: "r", waiting: 1, oldestRed: null }]);
  });
});
