import { describe, expect, it } from "vitest";
import type { PointDef } from "../../src/model/point.ts";
import { guessPlace } from "../../src/wire/suggest/places.ts";
import { suggestPoints } from "../../src/wire/suggest/points.ts";

const OUTBURST = { gasGrade: "outburst", rockBurst: false } as const;
const LOW = { gasGrade: "low", rockBurst: false } as const;
const gas = (place: string, more: Partial<PointDef> = {}): PointDef => ({
  code: "X",
  type: "0001",
  kind: "analog",
  place,
  ...more,
});
const guess = (place: string, mine: Parameters<typeof guessPlace>[1] = LOW) => {
  const { value, confidence } = guessPlace(gas(place), mine) ?? { value: null, confidence: null };
  return [value, confidence];
};

describe("a location class suggested by the text of a place", () => {
  it.each([
    ["1101采煤工作面回风隅角T0", "CF_CORNER", "high"],
    ["2103综采工作面上隅角", "CF_CORNER", "high"],
    ["1101采煤工作面T1", "CF_FACE", "high"],
    ["1101采煤工作面回风巷T2", "CF_RETURN", "high"],
    ["1101综放工作面回风巷中部", "CF_RETURN_MID", "medium"],
    ["1101采煤工作面进风巷", "CF_INTAKE", "high"],
    ["1105掘进工作面T1", "DF_FACE", "high"],
    ["1105运输巷综掘工作面回风流T2", "DF_RETURN", "high"],
    ["1105掘进工作面被串联局扇前T3", "DF_FAN_SERIES", "high"],
    ["总回风巷甲烷", "MAIN_RETURN", "high"],
    ["二采区回风巷", "DIST_RETURN", "high"],
    ["掘进机机载甲烷", "ROADHEADER", "high"],
    ["采煤机", "SHEARER", "high"],
    ["井下1号煤仓上口", "BUNKER", "high"],
    ["蓄电池充电硐室", "CHARGE", "high"],
    ["抽采主管道", "PIPE", "high"],
    ["主斜井皮带机头", "BELT_DRUM", "medium"],
  ])("%s is %s", (place, value, confidence) => {
    expect(guess(place)).toEqual([value, confidence]);
  });

  it("depends on the mine's gas: the same words name another class in an outburst mine", () => {
    expect(guess("1101采煤工作面T1", OUTBURST)).toEqual(["CF_FACE_OB", "high"]);
    expect(guess("1101采煤工作面进风巷T3", OUTBURST)).toEqual(["CF_INTAKE_OB", "high"]);
    expect(guess("1105掘进工作面T4", OUTBURST)[0]).toBe("DF_INTAKE_OB");
  });

  it("is only a hint where words and T-number contradict each other, and none where nothing is said", () => {
    expect(guess("1101采煤工作面回风巷T1")).toEqual(["CF_RETURN", "low"]);
    expect(guess("1101采煤工作面")).toEqual(["CF_FACE", "low"]);
    // A heading and a face differ: what does not say which is likely at most.
    expect(guess("1101工作面T1")).toEqual(["CF_FACE", "medium"]);
    expect(guess("采掘工作面回风")[1]).toBe("low");
    expect(guess("T1")).toEqual([null, null]);
    expect(guess("")).toEqual([null, null]);
  });
});

describe("what is suggested of a table", () => {
  const TABLE: PointDef[] = [
    gas("1101采煤工作面T1", { code: "A", cutHigh: 1.5, relation: "D-K1" }),
    gas("1101采煤工作面回风巷T2", { code: "B", cutHigh: 1.0 }),
    gas("1203采煤工作面T1", { code: "C", cutHigh: 1.5, loc: "CF_CORNER" }),
    { code: "K1", type: "1009", kind: "switch", place: "1101采煤工作面断电器" },
    { code: "F1", type: "1015", kind: "switch", place: "1101采煤工作面馈电" },
    { code: "L", type: "1001", kind: "switch", place: "1105掘进工作面2#局部通风机" },
    { code: "K2", type: "1009", kind: "switch", place: "1203断电器甲" },
    { code: "K3", type: "1009", kind: "switch", place: "1203断电器乙" },
  ];
  const found = suggestPoints(LOW, "safety", TABLE);

  it("links cuts and feeds by relation, by equal places and by the number of the working", () => {
    expect(found.get("A")?.cuts).toMatchObject({ value: "K1", confidence: "high" });
    expect(found.get("B")?.cuts).toMatchObject({ value: "K1", confidence: "medium" });
    expect(found.get("F1")?.feeds).toMatchObject({ value: "K1", confidence: "high" });
    expect(found.get("L")).toMatchObject({ set: { value: "LFAN-1105" }, machine: { value: "2#" } });
  });

  it("doubts what could be several, and where the mine says otherwise", () => {
    expect(found.get("C")?.cuts).toMatchObject({ value: "K2,K3", confidence: "low" });
    expect(found.get("C")?.loc).toMatchObject({ value: "CF_FACE", confidence: "low" });
    expect(found.get("C")?.loc?.why).toContain("矿方申报为 CF_CORNER");
  });

  it("names stations and machines of main fans, and gives every suggestion a why", () => {
    const fans = suggestPoints(LOW, "fan", [
      { code: "R", type: "1010", kind: "switch", place: "东风井1#主要通风机" },
      { code: "T", type: "0026", kind: "analog", place: "西风井二号风机前轴承温度" },
    ]);
    expect(fans.get("R")).toMatchObject({ set: { value: "东风井" }, machine: { value: "1#" } });
    expect(fans.get("T")).toMatchObject({ set: { value: "西风井" }, machine: { value: "2#" } });
    const all = [...found.values(), ...fans.values()].flatMap((of) => Object.values(of));
    expect(all.length).toBeGreaterThan(10);
    expect(all.filter(({ why }) => why === "")).toEqual([]);
  });
});
