import { describe, expect, it } from "vitest";
import { createMineCheck } from "../../src/app/mine-check/check.ts";
import type { Body, FileTold } from "../../src/model/input.ts";
import { HOUR } from "../../src/model/time.ts";
import { decode } from "../../src/wire/decode.ts";
import { fileRejectWords } from "../../src/wire/file-reject-words.ts";
import { filesPayload } from "../../src/wire/files-told.ts";
import { FILE_WRONGS, FOLDER_WRONGS, RECORD_WRONGS } from "../../src/wire/national/reasons.ts";
import { aConfig, aMine, anEngine, aPoint, createFeed, MINE } from "../support/builders-core.ts";
import { AT, aFolder, CH4, cdss, fileText, nameOf, said } from "../support/text-files.ts";

const NOW = 1_700_000_000_000 - (1_700_000_000_000 % HOUR);
const bytes = (message: unknown) => new TextEncoder().encode(JSON.stringify(message));
const read = (message: unknown) => decode("files", "safety", bytes(message));

type Files = Extract<Body, { kind: "files" }>;
function files(body: Body): Files {
  if (body.kind !== "files") throw new Error(JSON.stringify(body));
  return body;
}

const aFile = (file: Partial<FileTold> = {}): FileTold => ({
  name: "520523017311_CDSS_20260302081530.txt",
  outcome: "partly",
  digest: 4_711,
  records: 100,
  refused: { "time-in-seconds": 2, number: 1 },
  samples: [
    {
      what: "520523017311_CDSS_20260302081530.txt: a;b",
      reason: "第2行: 时间像是秒",
      code: "time-in-seconds",
    },
  ],
  ...file,
});
const carried = (...told: FileTold[]): readonly FileTold[] => {
  const { files: list, rejected } = files(decode("files", "safety", filesPayload(NOW, told)));
  expect(rejected).toEqual([]);
  return list;
};

describe("what an uplink says of files it has read", () => {
  it("is what a reader of the gateway says of the same files, whatever company they come in", () => {
    const room = aFolder();
    try {
      room.put(nameOf("CDSS", AT), cdss(AT, 0.5));
      const second = `${Math.floor(AT / 1_000)}`;
      room.put(
        nameOf("CDSS", AT + 30_000),
        fileText(AT + 30_000, [
          [CH4, "甲烷", "x", "0.5", "%CH4", "0", said(AT)],
          [CH4.replace("A01", "A02"), "甲烷", "x", "0.6", "%CH4", "0", second],
        ]),
      );
      room.put(nameOf("CDSS", AT + 60_000, "520523017399"), cdss(AT, 0.5));
      const told = room.drain().flatMap((batch) => batch.told);
      expect(told.map(({ outcome, records, refused }) => [outcome, records, refused])).toEqual([
        ["taken", 1, {}],
        ["partly", 2, { "time-in-seconds": 1 }],
        ["bad", 0, { "header-mine": 1 }],
      ]);
      const got = carried(...told);
      const plain = (list: readonly FileTold[]) => list.map(({ digest: _, ...file }) => file);
      expect(plain(got)).toEqual(plain(told));
      expect(new Set(got.map(({ digest }) => digest)).size).toBe(3);
      expect([...told].reverse().flatMap((one) => carried(one))).toEqual([...got].reverse());
    } finally {
      room.remove();
    }
  });

  it("is small however much was refused, and exact in its counts", () => {
    const long = "煤".repeat(2_000);
    const refused = Object.fromEntries(RECORD_WRONGS.map((code) => [code, 1_000]));
    const samples = RECORD_WRONGS.map((code) => ({ what: `x: ${long}`, reason: long, code }));
    const told = Array.from({ length: 64 }, (_, i) => aFile({ name: "x", digest: i, refused, samples }));
    expect(filesPayload(NOW, told).length).toBeLessThan(256 * 1024);
    expect(carried(...told)).toHaveLength(64);
    for (const file of carried(...told)) {
      expect(file.refused).toEqual(refused);
      expect(file.samples).toHaveLength(1);
    }
    expect(carried(aFile({ samples }))[0]?.samples).toHaveLength(5);
  });

  it("counts under names that are the gateway's own: what it does not know is another reason", () => {
    const one = { name: "x", id: "1", outcome: "partly", records: 9 };
    const samples = [{ reason: "moon", text: "第2行" }];
    const [file] = files(
      read({ ts: NOW, files: [{ ...one, refused: { moon: 1, sun: 2, number: 3 }, samples }] }),
    ).files;
    expect(file).toMatchObject({ refused: { other: 3, number: 3 }, samples: [{ code: "other" }] });
  });

  it("is refused file by file, and as a whole where nothing can be read", () => {
    const well = { name: "x", id: "1", outcome: "taken" };
    const list = [well, { ...well, outcome: "eaten" }, { ...well, records: -1 }, 7, { ...well, id: 5 }];
    const { files: kept, rejected } = files(read({ ts: NOW, files: list }));
    expect([kept.length, rejected.length]).toEqual([1, 4]);
    expect(files(read({ ts: 946_684_800, files: [well] })).files).toHaveLength(1);
    for (const wrong of [{ ts: NOW }, [well], { ts: NOW, files: Array.from({ length: 257 }, () => well) }])
      expect(read(wrong)).toMatchObject({ kind: "unusable" });
  });

  it("has words and a remedy in Chinese for every reason there is", () => {
    for (const code of [...RECORD_WRONGS, ...FILE_WRONGS, ...FOLDER_WRONGS, "other"])
      expect(fileRejectWords(code)?.remedy.zh).toMatch(/[一-龥]/);
    expect(fileRejectWords("toString")).toBeNull();
  });
});

function aGateway() {
  const engine = anEngine();
  const feed = createFeed(engine);
  feed.step({ type: "start", now: NOW, version: "test", epoch: "test" });
  feed.config(NOW, aConfig({ mines: [aMine({})] }), "one");
  return { engine, feed };
}

const STORY = [
  aFile(),
  aFile({ digest: 2, outcome: "bad", records: 0, refused: { mine: 1 }, samples: [] }),
  aFile({ digest: 3, outcome: "duplicate", refused: {}, samples: [] }),
  aFile({ digest: 4, refused: { number: 4 } }),
];

describe("a gateway that is told of files", () => {
  const packet = (told: readonly FileTold[]): Files => ({
    kind: "files",
    ts: NOW,
    files: told,
    rejected: [],
  });
  const countersOf = ({ engine }: ReturnType<typeof aGateway>) => {
    const { messages: _, "files:told": __, ...counters } = engine.mine(MINE)?.counters ?? {};
    return counters;
  };

  it("counts and shows them as if it had read them itself", () => {
    const [own, told] = [aGateway(), aGateway()];
    for (const file of STORY)
      own.feed.step({ type: "file", now: NOW + 1, mine: MINE, system: "safety", ...file });
    told.feed.packet(NOW + 1, packet(STORY));
    expect(countersOf(told)).toEqual(countersOf(own));
    expect(countersOf(told)).toMatchObject({
      rejected: 8,
      "rejected:number": 5,
      "rejected:mine": 1,
      "files:partly": 2,
      "files:bad": 1,
      "files:duplicate": 1,
    });
    expect(told.engine.mine(MINE)?.rejects).toEqual(own.engine.mine(MINE)?.rejects);
    expect(told.engine.check(MINE, NOW)?.counts).toMatchObject({ "rejected:number": 5, items: 8 });
  });

  it("counts each file once, told again in another message, after a restart too", () => {
    const { engine, feed } = aGateway();
    feed.packet(NOW + 1, packet(STORY.slice(0, 3)));
    const other = anEngine();
    other.restore(structuredClone(engine.image()));
    const again = feed.with(other);
    again.packet(NOW + 2, packet(STORY));
    again.packet(NOW + 3, packet([...STORY].reverse()));
    expect(other.mine(MINE)?.counters).toMatchObject({
      "rejected:number": 5,
      "files:partly": 2,
      "files:bad": 1,
      "files:duplicate": 1,
    });
  });

  it("does not forget the mine's last packets for files told of", () => {
    const { engine, feed } = aGateway();
    feed.points(NOW, [aPoint({ code: "A" })]);
    const first = feed.packet(NOW + 1, packet([aFile({ digest: 9_999 })]), { digest: 777 });
    expect(first).toBeDefined();
    for (let i = 0; i < 20; i++)
      feed.packet(
        NOW + 2 + i,
        packet(Array.from({ length: 64 }, (_, n) => aFile({ digest: 64 * i + n, refused: {}, samples: [] }))),
      );
    feed.packet(NOW + 30, packet([aFile({ digest: 9_999 })]), { digest: 777 });
    expect(engine.mine(MINE)?.counters).toMatchObject({ repeated: 1, "rejected:number": 1 });
  });
});

describe("the acceptance record of a mine that comes by files", () => {
  const CLIENT = {
    mine: MINE,
    address: "10.20.3.7",
    clientId: `${MINE}-uplink-13a108c1`,
    transport: "tls" as const,
    plain: false,
    credential: { kind: "password" as const, name: MINE },
    system: null,
    since: NOW,
  };
  async function rejectsOf(told: readonly FileTold[], readings: number) {
    const { engine, feed } = aGateway();
    const codes = Array.from({ length: readings }, (_, i) => `P${i}`);
    feed.points(NOW, []);
    feed.readings(
      NOW + 1,
      codes.map((p) => ({ p, v: 0.1 })),
    );
    if (told.length > 0) feed.packet(NOW + 2, { kind: "files", ts: NOW, files: told, rejected: [] });
    const check = await createMineCheck({
      engine,
      clients: () => [CLIENT],
      folders: () => [],
      brokers: () => [],
      twice: () => [],
      refused: () => [],
      series: async () => ({ step: "5m", rows: [], next: null }),
      refusedFrom: () => NOW - 48 * HOUR,
      now: () => NOW + 3,
      version: "test",
    })(MINE, 24);
    const found = check?.items.find(({ check: id }) => id === "rejects");
    if (found === undefined) throw new Error("no such item");
    return { ...found, text: found.samples.map(({ zh }) => zh).join("\n") };
  }

  it("says of an uplink's files what was refused: reason, how many, what share, a sample, what to do", async () => {
    const file = aFile({ refused: { "time-in-seconds": 3, fields: 1 } });
    const { state, figure, text, remedy } = await rejectsOf([file], 196);
    expect([state, figure.zh]).toEqual(["bad", "4 / 200 项，2.0 %"]);
    expect(text).toContain("部分采用 1 个，整个未采用 0 个");
    expect(text).toMatch(/时间像是秒，应为毫秒 × 3，占 1\.5 %：safety\/files 第2行: 时间像是秒 “5205.*a;b”/);
    expect(text).toMatch(/记录的字段数不对 × 1，占 0\.5 %。按该类型的字段表/);
    expect(remedy?.zh).toContain("乘以 1000");
    expect(text).not.toContain("没有报告");
  });

  it("gives the share of all records that were read, few as they may be", async () => {
    const half = await rejectsOf([aFile({ records: 20, refused: { number: 10 } })], 10);
    expect(half.figure.zh).toBe("10 / 20 项，50.0 %");
    const few = await rejectsOf([aFile({ refused: { number: 1 }, samples: [] })], 1_999);
    expect([few.state, few.figure.zh]).toEqual(["warn", "1 / 2000 项，< 0.1 %"]);
    expect(few.text).toContain("数值不是数字 × 1");
  });

  it("signs that nothing was refused only where the uplink has told of what it read", async () => {
    const taken = aFile({ outcome: "taken", refused: {}, samples: [] });
    const { state, text } = await rejectsOf([taken], 10);
    expect([state, text]).toEqual(["ok", expect.stringContaining("全部采用 1 个")]);
    expect((await rejectsOf([], 10)).state).toBe("unknown");
  });
});
