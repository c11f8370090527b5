import { describe, expect, it } from "vitest";
import { loadConfig } from "../../src/wire/config/load.ts";
import { decode } from "../../src/wire/decode.ts";
import { type Known, NOTHING_KNOWN } from "../../src/wire/national/file.ts";
import { iso } from "../../src/wire/time.ts";
import { anEngine, createFeed } from "../support/builders-core.ts";
import { good, readText } from "../support/national-files.ts";
import { MINE } from "../support/national-samples.ts";
import { shippedConfig } from "../support/shipped-config.ts";

const BEGIN = Date.UTC(2026, 2, 2, 0, 0, 0);
const local = (t: number) => iso(t).slice(0, 19).replace("T", " ");
const CH4 = `${MINE}01MN0001001A01`;
const STATION = `${MINE}00001`;

/** A mine that has nothing but files: each is read, decoded as a packet would be and judged by the shipped rules. */
function mineOfFiles() {
  const loaded = loadConfig(shippedConfig(), () => undefined, BEGIN);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
  const feed = createFeed(anEngine());
  feed.step({ type: "start", now: BEGIN, version: "test", epoch: "test" });
  feed.config(BEGIN, { ...loaded.config, duty: null });

  let known: Known = NOTHING_KNOWN;
  return (after: number, type: string, ...records: string[][]): string[] => {
    const now = BEGIN + after * 1000;
    const text = [[MINE, "矿", local(now)], ...records].map((fields) => `${fields.join(";")}~`).join("");
    const read = good(readText(type, `${text}||`, known));
    expect(read.refused).toEqual([]);
    known = read.known;
    const { system } = read.envelope;
    return read.messages.flatMap(({ kind, payload }) => {
      const { entries } = feed.packet(now, decode(kind, system, payload), { system, topicKind: kind });
      return entries.flatMap((entry) => {
        if (entry.type !== "transition") return [];
        const { alarm, transition } = entry;
        return [`${alarm.subject.id.split(":").at(-1)} ${transition.what} ${alarm.level} ${alarm.rule}`];
      });
    });
  };
}

describe("a mine that has nothing but files", () => {
  const cddy = [
    ...[CH4, "01", STATION, "0001", "MN", "%CH4", "4", "0", "1.00", "0.99", "", "", "1.50", "0.99"],
    ...["", "", "", "", "1101回风隅角", "", "", "", "", local(BEGIN)],
  ];
  const cdss = (after: number, value: string, state = "0") => [
    ...[CH4, "甲烷", "1101回风隅角", value, "%CH4", state, local(BEGIN + after * 1000)],
  ];

  it("is judged like one that publishes", () => {
    const file = mineOfFiles();
    expect(file(1, "CDDY", cddy)).toEqual([`${MINE} raise blue SEN-06b`]);
    expect(file(2, "FZDY", [STATION, "回风巷口", "", "", ""])).toEqual([]);
    expect(file(10, "FZSS", [STATION, "0", "2", local(BEGIN + 10_000)])).toEqual([]);
    expect(file(30, "CDSS", cdss(30, "0.32"))).toEqual([]);
    expect(file(60, "CDSS", cdss(60, "1.62", "3"))).toEqual([
      `${CH4} raise orange CH4-92`,
      `${CH4} raise yellow CUT-01`,
    ]);
    // The substation answers no more: what stands behind it is not known, and ends nothing.
    expect(file(70, "FZSS", [STATION, "1", "1", local(BEGIN + 70_000)])).toContain(
      `${CH4} quality orange CH4-92`,
    );
    expect(file(140, "FZSS", [STATION, "1", "1", local(BEGIN + 140_000)])).toEqual([
      `${STATION}#3007 raise yellow STA-02`,
      `${STATION} raise orange STA-01`,
    ]);
    expect(file(150, "CDSS", cdss(150, "0.10"))).toEqual([]);
    const call = [`${MINE}00017`, "甲", local(BEGIN + 160_000), "", "", "", "", "", ""];
    expect(file(160, "RYQJ", call)).toEqual([`${MINE}00017 raise red PER-01`]);
  });
});
