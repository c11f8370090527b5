import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { explain } from "../../src/cli/explain.ts";
import type { JournalEntry } from "../../src/model/alarm.ts";
import { aConfig, aMine } from "../support/builders-core.ts";
import { openTimedGateway } from "../support/timed-gateway.ts";

const T0 = Date.UTC(2026, 2, 1);
const CONFIG = aConfig({
  mines: [aMine({ points: { "safety:A": { loc: "CF_CORNER" }, "safety:CO": { loc: "CF_CORNER" } } })],
});
const SAFETY = [
  { code: "A", type: "0001", kind: "analog", unit: "%CH4", place: "回风隅角", cycle: 30 },
  { code: "B", type: "0001", kind: "analog", unit: "%CH4", place: "工作面", cycle: 30 },
  { code: "CO", type: "0004", kind: "analog", unit: "ppm", place: "回风巷", cycle: 0 },
];
const FAN = ["1#", "2#"].map((machine) => ({
  code: `F${machine[0]}`,
  type: "1010",
  kind: "switch",
  place: "主井风机房",
  set: "W",
  machine,
  cycle: 0,
}));

let data: string;
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), "davylamp-explain-"));
});
afterEach(() => rm(data, { recursive: true }));

async function begun(options = {}) {
  const gateway = await openTimedGateway(data, T0, options);
  await gateway.config(CONFIG);
  await gateway.points("safety", SAFETY);
  await gateway.points("fan", FAN);
  return gateway;
}
type Gateway = Awaited<ReturnType<typeof begun>>;

async function said(id: string, json = false): Promise<{ code: number; text: string }> {
  const lines: string[] = [];
  const code = await explain(id, { data, json }, (line) => lines.push(line));
  return { code, text: lines.join("\n") };
}

const both = (v: number) => [
  { p: "A", v },
  { p: "B", v: 0.2 },
];

/** What makes each kind of rule ring, and what is said of it. */
const STORIES: [string, string, (gateway: Gateway) => Promise<unknown>, RegExp[]][] = [
  [
    "a value",
    "CH4-02",
    async (gateway) => {
      for (const v of [0.5, 0.62, 1.62]) {
        await gateway.readings("safety", both(v));
        await gateway.pass(30);
      }
    },
    [
      /限值 Limit +1\.5 %CH4, law: 《煤矿安全规程》第536条 CF_CORNER/,
      /结论 Decision +1\.62 ≥ 1\.5 %CH4, 无延时 at once → 橙色 orange/,
      / {4}2026-03-01 08:00:30\.000 {2}0\.62 %CH4\n {2}● 2026-03-01 08:01:00\.000 {2}1\.62 %CH4/,
    ],
  ],
  [
    "a value that must last",
    "CO-01",
    async (gateway) => {
      for (const v of [5, 30, 31, 32, 33]) {
        await gateway.readings("safety", [{ p: "CO", v }]);
        await gateway.pass(25);
      }
    },
    [/延时 after 60 s → 黄色 yellow/, /● 2026-03-01 08:00:25\.000 {2}30 ppm/],
  ],
  [
    "a state",
    "GW-01",
    async (gateway) => {
      await gateway.take({ type: "self", point: "disk-low", value: 1, detail: "3 % is free" });
      await gateway.pass(12);
    },
    [/开关量 switch: fault, 延时 after 10 s/, /对象 Subject +gateway:gateway:disk-low/],
  ],
  [
    "silence",
    "SEN-08",
    async (gateway) => {
      await gateway.readings("safety", both(0.3));
      for (let i = 0; i < 5; i++) {
        await gateway.pass(30);
        await gateway.readings("safety", [{ p: "B", v: 0.2 }]);
      }
    },
    [/测点超时无数据 no sample/, /● 2026-03-01 08:00:00\.000 {2}0\.3 %CH4/],
  ],
  [
    "a set",
    "FAN-01",
    async (gateway) => {
      for (const [one, two] of [
        [1, 0],
        [0, 0],
      ]) {
        await gateway.readings("fan", [
          { p: "F1", v: one },
          { p: "F2", v: two },
        ]);
        await gateway.pass(10);
      }
    },
    [/整组均为 every machine of the set: stopped \| off/, /红色 red/, /0 {2}520523017311:fan:F2/],
  ],
];

describe.each(STORIES)("an alarm of %s", (_, rule, story, words) => {
  it("is explained by its samples, limit and clause, and comes out again when it is judged anew", async () => {
    const gateway = await begun();
    await gateway.snapshot();
    await gateway.pass(0);
    await story(gateway);
    const alarm = gateway.alarms().find((one) => one.rule === rule);
    await gateway.close();
    const { code, text } = await said(alarm?.id ?? "none");
    for (const pattern of words) expect(text).toMatch(pattern);
    expect(text).toMatch(/重演 Re-run: .*得到同一报警 the same alarm came out/);
    expect(code).toBe(0);
    const json = JSON.parse((await said(alarm?.id ?? "", true)).text);
    expect(json).toMatchObject({
      alarm: { id: alarm?.id, rule },
      rule: { id: rule },
      rerun: { differences: [] },
    });
  });
});

describe("a re-run", () => {
  const overrun = async (gateway: Gateway) => {
    await gateway.readings("safety", both(0.5));
    await gateway.pass(30);
    await gateway.snapshot();
    await gateway.pass(1);
    await gateway.readings("safety", both(1.62));
    await gateway.close();
    return gateway.alarms().find(({ rule }) => rule === "CH4-02")?.id ?? "none";
  };

  it("begins at the nearest snapshot before the onset", async () => {
    const id = await overrun(await begun());
    const { code, text } = await said(id);
    expect(text).toMatch(/自快照 from the snapshot at record \d+, 2 inputs: 得到同一报警/);
    expect(code).toBe(0);
  });

  it("says in which facts a record differs from what judging gives, and ends with 1", async () => {
    const changed = (entry: JournalEntry): JournalEntry =>
      entry.type === "transition" ? { ...entry, alarm: { ...entry.alarm, value: 9.99 } } : entry;
    const id = await overrun(await begun({ written: changed }));
    const { code, text } = await said(id);
    expect(text).toMatch(/与记录不同 differs from what was recorded\n {2}value: 9\.99 then, 1\.62 now/);
    expect(code).toBe(1);
  });

  it("says when the inputs are gone, and still explains what the record holds", async () => {
    const id = await overrun(await begun());
    for (const name of await readdir(join(data, "spool"))) await rm(join(data, "spool", name));
    const { code, text } = await said(id);
    expect(text).toMatch(/重演 Re-run: 不能 not possible: .*spool/);
    expect(text).toMatch(/1\.62 ≥ 1\.5/);
    expect(code).toBe(1);
  });

  it("is refused for an alarm nobody raised", async () => {
    await (await begun()).close();
    await expect(said("aaaabbbbccccdddd")).rejects.toThrow(/no alarm aaaabbbbccccdddd/);
  });
});
