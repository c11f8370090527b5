import { describe, expect, it } from "vitest";
import { createMineCheck } from "../../src/app/mine-check/check.ts";
import type { CheckItem, CheckName, ClientView } from "../../src/model/mine-check.ts";
import type { PointDef } from "../../src/model/point.ts";
import { BUCKET_MS, type SeriesQuery } from "../../src/model/series.ts";
import { HOUR, MINUTE, SECOND } from "../../src/model/time.ts";
import type { RefusedConnection } from "../../src/web/ports.ts";
import { rejectWords } from "../../src/wire/reject-words.ts";
import { aConfig, aMine, anEngine, aPoint, createFeed, MINE } from "../support/builders-core.ts";

const NOW = 1_700_000_400_000;
const POINTS = [
  aPoint({
    code: "T0",
    unit: "%CH4",
    place: "1101采煤工作面回风隅角T0",
    cutHigh: 1.5,
    alarmHigh: 1,
    cuts: ["C"],
  }),
  aPoint({ code: "C", type: "1009", kind: "switch", states: { "0": "powered", "1": "unpowered" }, cycle: 0 }),
  aPoint({
    code: "F",
    type: "1015",
    kind: "switch",
    states: { "0": "off", "1": "on" },
    feeds: "C",
    cycle: 0,
  }),
];
const CLIENT: ClientView = {
  mine: MINE,
  address: "10.20.3.7",
  clientId: `${MINE}-upload`,
  transport: "tls",
  plain: false,
  credential: { kind: "password", name: MINE },
  system: null,
  since: NOW - 48 * HOUR,
};

/** A mine as it should be; `over` spoils one thing of it. */
async function checkOf(
  over: {
    offset?: number;
    /** Readings of five minutes, of ten that are due. */
    kept?: (bucket: number) => number;
    begun?: number;
    underground?: number;
    claimed?: number;
    leader?: boolean;
    clients?: ClientView[];
    folders?: { mine: string; system: string; path: string }[];
    refused?: RefusedConnection[];
    refusedFrom?: number;
    points?: PointDef[];
    link?: "up" | "down";
    silentFor?: number;
  } = {},
) {
  const { offset = 0, kept = () => 10, begun = 48 * HOUR, silentFor = 0, underground = 2 } = over;
  const engine = anEngine();
  const feed = createFeed(engine);
  const systems = ["safety", "person"];
  const mine = aMine({ systems, points: { "safety:T0": { loc: "CF_CORNER" } }, approvedUnderground: 10 });
  const at = NOW - 20 * MINUTE;
  feed.step({ type: "start", now: at, version: "test", epoch: "test" });
  feed.config(at, aConfig({ mines: [mine] }), "one");
  feed.step({
    type: "link",
    now: at,
    mine: MINE,
    event: "up",
    connection: 1,
    system: null,
    why: "connected",
  });
  feed.points(at, [...POINTS, ...(over.points ?? [])]);
  for (let t = at; t <= NOW - silentFor; t += 30 * SECOND)
    feed.readings(
      t,
      [
        { p: "T0", v: 0.3 },
        { p: "C", v: 0 },
        { p: "F", v: 1 },
      ],
      t - offset,
    );
  const list = Array.from({ length: underground }, (_, i) => ({
    card: `card-${i}`,
    down: NOW - HOUR,
    leader: i === 0 && over.leader !== false,
  }));
  const people = { part: 1, parts: 1, count: over.claimed ?? underground, people: list, areas: null };
  feed.packet(NOW - 1, { kind: "people", ts: NOW - 1, ...people, rejected: [] }, { system: "person" });
  if (over.link === "down")
    feed.step({
      type: "link",
      now: NOW - 1,
      mine: MINE,
      event: "down",
      connection: 1,
      system: null,
      why: "gone",
    });
  const event = { id: "1", kind: "007", p: "T0", start: NOW - HOUR };
  feed.packet(NOW, { kind: "events", ts: NOW, events: [event], rejected: [] });
  feed.tick(NOW);
  const series = async ({ from, to }: SeriesQuery) => {
    const rows = [];
    for (let t = Math.max(from, NOW - begun), i = 0; t < to; t += BUCKET_MS["5m"], i++)
      rows.push({ t, n: kept(i), min: 0, minAt: t, max: 0, maxAt: t, avg: 0, s: 0 });
    return { step: "5m" as const, rows, next: null };
  };
  const check = await createMineCheck({
    engine,
    clients: () => over.clients ?? [CLIENT],
    folders: () => over.folders ?? [],
    brokers: () => ["county mqtts://10.20.0.2:8883"],
    twice: () => [],
    refused: () => over.refused ?? [],
    series,
    refusedFrom: () => over.refusedFrom ?? NOW - 48 * HOUR,
    now: () => NOW,
    version: "test",
  })(MINE, 24);
  if (check === null) throw new Error("no such mine");
  const of = (name: CheckName) => check.items.find(({ check: id }) => id === name) as CheckItem;
  return { state: check.state, items: check.items, of };
}

describe("the check of a mine that is as it should be", () => {
  it("is well in every item", async () => {
    const { state, items } = await checkOf();
    expect(items.filter((item) => item.state !== "ok")).toEqual([]);
    expect([state, items.length]).toEqual(["ok", 15]);
  });
});

describe("the check", () => {
  it("finds that nobody is connected, or in clear by an exception", async () => {
    expect((await checkOf({ clients: [], link: "down" })).of("connected").state).toBe("bad");
    const plain = { ...CLIENT, transport: "tcp" as const, plain: true };
    expect((await checkOf({ clients: [plain] })).of("credential").state).toBe("warn");
  });

  it("takes a mine that comes by a broker of ours for connected, and says by which", async () => {
    const { state, samples } = (await checkOf({ clients: [] })).of("connected");
    expect([state, samples.map(({ en }) => en).join()]).toEqual(["ok", expect.stringContaining("10.20.0.2")]);
  });

  it("takes folders for a line of their own, and says which stays empty and what its files are called", async () => {
    const folders = [
      { mine: MINE, system: "safety", path: "/srv/ftp/safety" },
      { mine: "520523017399", system: "person", path: "/srv/ftp/other" },
    ];
    const { of } = await checkOf({ clients: [], link: "down", folders: [folders[0] as never] });
    expect(of("connected").samples.map(({ zh }) => zh)).toContain("safety：文件夹 /srv/ftp/safety");
    expect(
      of("connected")
        .samples.map(({ zh }) => zh)
        .join(),
    ).not.toContain("safety：5 分钟");
    const still = await checkOf({ clients: [], folders, silentFor: 6 * MINUTE });
    const { state, samples, remedy } = still.of("connected");
    expect(state).toBe("warn");
    expect(samples.map(({ zh }) => zh).join()).toContain("safety：5 分钟内没有新文件");
    expect(samples.map(({ zh }) => zh).join()).not.toContain("/srv/ftp/other");
    expect(remedy?.zh).toContain("煤矿编码_类型_yyyyMMddHHmmss.txt");
  });

  it("names every refusal in Chinese, each with what to do about it", async () => {
    const one = (reason: string) => ({
      at: NOW - MINUTE,
      address: "10.1.1.1",
      clientId: `${MINE}-a`,
      claimed: MINE,
      reason,
    });
    const reasons = [
      "wrong password",
      "wrong or revoked credential",
      "client id does not begin with the mine code",
      "MQTT 5 is not spoken here, use 3.1.1",
      "publish to another mine's topic",
    ];
    const { samples, remedy } = (await checkOf({ refused: reasons.map(one) as RefusedConnection[] })).of(
      "refused",
    );
    for (const word of ["口令错误或已作废", "客户端号不以煤矿编码开头", "用了 MQTT 5", "向别的矿"])
      expect(samples.map(({ zh }) => zh).join()).toContain(word);
    for (const word of ["重新领取口令", "以煤矿编码开头", "改用 MQTT 3.1.1", "只向本矿"])
      expect(remedy?.zh).toContain(word);
  });

  it("does not say that nobody was refused in hours of which it has no list", async () => {
    const { state, from } = (await checkOf({ refusedFrom: NOW - HOUR })).of("refused");
    expect([state, from.zh]).toEqual(["unknown", expect.stringContaining("以前的没有保留")]);
  });

  it("does not say that nothing was refused where an uplink refuses at the mine", async () => {
    const uplink = { ...CLIENT, clientId: `${MINE}-uplink-13a108c1` };
    const { state, samples, remedy } = (await checkOf({ clients: [uplink] })).of("rejects");
    expect([state, samples[0]?.zh, remedy?.zh]).toEqual([
      "unknown",
      expect.stringContaining("矿端 .why.txt"),
      expect.stringContaining(".why.txt"),
    ]);
    expect((await checkOf()).of("rejects").state).toBe("ok");
  });

  it("signs no limit as lawful while nobody knows the place of the point", async () => {
    const points = [
      aPoint({ code: "X", unit: "%CH4", place: "T1", alarmHigh: 1.5, cycle: 0 }),
      aPoint({ code: "Y", unit: "%CH4", place: "T2", alarmHigh: 1.0, cycle: 0 }),
    ];
    const { state, samples, remedy } = (await checkOf({ points })).of("limits");
    expect([state, samples.length, remedy?.zh]).toEqual(["warn", 1, expect.stringContaining("先确认")]);
    expect(samples[0]?.zh).toContain("safety:X T1 1.5 %CH4");
  });

  it("names what a file had wrong by its line, and what to do", () => {
    const seconds = rejectWords("第2行: 数据时间“1795365776”像是秒,应为毫秒(13位)", "");
    expect([seconds.what.zh, seconds.remedy.zh]).toEqual([
      "时间像是秒，应为毫秒",
      expect.stringContaining("乘以 1000"),
    ]);
    expect(rejectWords("文件名“a.txt”不是", "").remedy.zh).toContain("煤矿编码_类型_yyyyMMddHHmmss.txt");
    expect(rejectWords("第3行: 字段太少", "").remedy.zh).toContain(".why.txt");
  });

  it("counts what a point owes by five minutes: more in some makes up for nothing in others", async () => {
    const half = (await checkOf({ kept: (i) => (i % 2 === 0 ? 20 : 0) })).of("cycle");
    expect([half.state, half.figure.en]).toEqual(["bad", "least 59.9 %"]);
    const nearly = (await checkOf({ kept: (i) => (i % 20 === 0 ? 0 : 10) })).of("cycle");
    expect([nearly.state, nearly.figure.en]).toEqual(["warn", "least 94.7 %"]);
    // A reading that falls to the other side of the line between two buckets is none that lacks.
    const turns = (await checkOf({ kept: (i) => [9, 11, 10, 11, 9][i % 5] ?? 0 })).of("cycle");
    expect([turns.state, turns.figure.en]).toEqual(["ok", "least 100.0 %"]);
    const tenth = (await checkOf({ kept: () => 9 })).of("cycle");
    expect([tenth.state, tenth.figure.en]).toEqual(["warn", "least 90.0 %"]);
  });

  it("owes nothing for the time before the first data, and says that it is too short yet", async () => {
    const { state, figure, remedy } = (await checkOf({ begun: 2 * HOUR })).of("cycle");
    expect([state, figure.en]).toEqual(["warn", "least 100.0 %"]);
    expect(remedy?.zh).toContain("到时再验一次");
    // The five minutes in which it began are none it could keep.
    const half = (await checkOf({ begun: 2 * HOUR, kept: (i) => (i === 0 ? 3 : 10) })).of("cycle");
    expect(half.figure.en).toBe("least 100.0 %");
    expect((await checkOf({ begun: 5 * MINUTE })).of("cycle").state).toBe("unknown");
  });

  it("finds a clock that is off", async () => {
    expect((await checkOf({ offset: 90 * SECOND })).of("clock").state).toBe("warn");
    expect((await checkOf({ offset: -4 * MINUTE })).of("clock").samples[0]?.zh).toContain("快 240.0 秒");
  });

  it("doubts people that cannot be: too many, miscounted, nobody who leads", async () => {
    const words = async (over: Parameters<typeof checkOf>[0]) => {
      const { state, samples } = (await checkOf(over)).of("people");
      expect(state).toBe("warn");
      return samples.map(({ zh }) => zh).join();
    };
    expect(await words({ underground: 12 })).toContain("超过核定 10 人");
    expect(await words({ claimed: 7 })).toContain("报文称 7 人，名单 2 人");
    expect(await words({ leader: false })).toContain("没有带班领导");
    expect(await words({ underground: 0 })).toContain("0 人");
  });

  it("finds who is silent now", async () => {
    const { state, samples } = (await checkOf({ silentFor: 10 * MINUTE })).of("silence");
    expect(state).toBe("bad");
    expect(samples.map(({ en }) => en).join()).toMatch(/safety: silent as a whole.*safety:T0 /);
  });
});

describe("what was refused", () => {
  it("is said in Chinese with what to do, by reason and by the sentence of a whole message", () => {
    const zh = (reason: string, sentence = "") => rejectWords(reason, sentence).what.zh;
    expect(zh("time-in-seconds")).toBe("时间像是秒，应为毫秒");
    expect(zh("unusable", "the message is not UTF-8")).toContain("GBK");
    expect(zh("unusable", "the message is not JSON (at character 12)")).toContain("JSON");
    expect(zh("value-missing")).toBe("没有数值");
    expect(zh("unusable", "something new")).toBe("不合约定：something new");
  });
});
