import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createFeed } from "../../src/cli/rules/feed.ts";
import { journalLine } from "../../src/influx/journal-lines.ts";
import { escapedTag, pointLine, rowFields, seriesKey, timestamp } from "../../src/influx/line.ts";
import { bytesOf, createLineWriter, lineOf } from "../../src/influx/line-bytes.ts";
import { VERDICT } from "../../src/model/reading.ts";
import { aConfig, aMine, anEngine, aPoint } from "../support/builders-core.ts";

const T = 1_795_219_200_000;
const label = { mine: "520523017311", system: "safety", code: "T1", type: "0001", loc: null };
const timeOf = (fields: string): string => fields.slice(fields.lastIndexOf(" ") + 1);

describe("a row", () => {
  it("has the tags and fields of the contract, tags that are not known left out", () => {
    const { prefix } = pointLine({ ...label, place: "1101采煤工作面 T1,回风", twoValued: false });
    expect(Buffer.from(prefix).toString() + rowFields(false, T, 0.62, 0, VERDICT.plain)).toBe(
      `safety,mine=520523017311,place=1101采煤工作面\\ T1\\,回风,point=T1,type=0001 v=0.62,s=0i ${T}000000`,
    );
  });

  it("of a switch of two values is also true or false; without a value it has its state alone", () => {
    expect(rowFields(true, T, 1, 0, VERDICT.plain)).toBe(`b=true,v=1,s=0i ${T}000000`);
    expect(rowFields(true, T, 2, 0, VERDICT.plain)).toBe(`v=2,s=0i ${T}000000`);
    expect(rowFields(false, T, Number.NaN, 128, VERDICT.plain)).toBe(`s=128i ${T}000000`);
  });

  it("that is late says so, and has a time of its own that depends on nothing but what it is", () => {
    const late = rowFields(false, T, 1.2, 0, VERDICT.late);
    expect(late).toMatch(/^v=1.2,flags=4i,late=true,s=0i /);
    expect(timeOf(late).slice(0, 13)).toBe(String(T));
    expect(timeOf(late)).not.toBe(`${T}000000`);
    expect(rowFields(false, T, 1.2, 0, VERDICT.late)).toBe(late);
    expect(rowFields(false, T, 1.2, 0, VERDICT.suspect).split(" ")[1]).toBe(timeOf(late));
  });

  it("sent later never has the time of one that was in order, whatever it says", () => {
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.nat(),
        fc.constantFrom(VERDICT.late, VERDICT.outOfOrder, VERDICT.suspect, VERDICT.notNewer),
        (v, s, verdict) => timeOf(rowFields(false, T, v, s, verdict)) !== `${T}000000`,
      ),
    );
  });

  it("with another value or state at a used time is another row", () => {
    const times = Array.from({ length: 300 }, (_, i) =>
      timeOf(rowFields(false, T, i / 100, i % 3, VERDICT.notNewer)),
    );
    expect(new Set(times).size).toBe(300);
  });

  it("with a part of a millisecond keeps it", () => {
    expect(rowFields(false, T + 0.25, 1, 0, VERDICT.plain)).toMatch(/^v=1,t=1795219200000.25,s=0i \d{19}$/);
  });

  it("has a time of whole nanoseconds, also before 1973", () => {
    expect(timestamp(T, 7)).toBe(`${T}000007`);
    expect(timestamp(0, 7)).toBe("7");
    expect(timestamp(1, 0)).toBe("1000000");
  });
});

describe("a tag", () => {
  it("can hold no sign that ends it, its line or the next one", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
        const tag = escapedTag(text);
        expect(tag).not.toMatch(/\p{Cc}|\p{Cs}/u);
        expect(tag.replaceAll(/\\[,= ]/g, "")).not.toMatch(/[,= \\]/);
      }),
    );
    expect(seriesKey("safety", { place: "\n", point: "a" })).toBe("safety,point=a");
  });
});

describe("lines in memory that is used again", () => {
  it("are the lines that were put there, one by one and together, however many", () => {
    const lines = createLineWriter();
    for (let round = 0; round < 2; round++) {
      lines.clear();
      const texts = Array.from(
        { length: 20_000 },
        (_, i) => `m,place=采${i} v=${i * round} ${"x".repeat(i % 90)}`,
      );
      for (const text of texts) lines.text(text);
      expect(lines.n).toBe(20_000);
      expect(lineOf(lines, 0)).toBe(texts[0]);
      expect(lineOf(lines, 19_999)).toBe(texts[19_999]);
      const some = Buffer.from(bytesOf(lines, { from: 7, to: 10 })).toString();
      expect(some).toBe(`${texts.slice(7, 10).join("\n")}\n`);
    }
  });
});

describe("the journal", () => {
  const engine = anEngine();
  const feed = createFeed(engine);
  feed.step({ type: "start", now: T, version: "test", epoch: "test" });
  feed.config(
    T,
    aConfig({
      mines: [aMine({ systems: ["safety"], points: { "safety:A": { loc: "CF_CORNER", cycle: 0 } } })],
    }),
  );
  feed.points(T, [aPoint({ code: "A" })]);

  it("brings each step of an alarm, with a time of its own", () => {
    const { entries } = feed.readings(T + 1_000, [{ p: "A", v: 1.62 }]);
    const entry = entries.find(({ type }) => type === "transition");
    if (entry?.type !== "transition") throw new Error("1.62 raises");
    const line = journalLine({ ...entry, seq: 41 }) ?? "";
    expect(line).toMatch(/^alarm,class=over-limit,level=orange,/);
    expect(line).toContain(",what=raise ");
    expect(line).toContain(`id="${entry.alarm.id}"`);
    expect(line).toContain("value=1.62,limit=1.5,");
    expect(line.endsWith(` ${T + 1_000}000041`)).toBe(true);
    expect(journalLine({ ...entry, alarm: { ...entry.alarm, class: "test" }, seq: 41 })).toBeNull();
  });

  it("says of records that went before the series held them, and so does InfluxDB", () => {
    const gap = { from: 7, to: 19 };
    const { entries } = feed.step({
      type: "self",
      now: T + 2_000,
      point: "spool-gap",
      value: 1,
      detail: 'a "hole"',
      gap,
    });
    const entry = entries.find(({ type }) => type === "gap");
    expect(entry).toEqual({ type: "gap", t: T + 2_000, ...gap, detail: 'a "hole"' });
    if (entry?.type !== "gap") throw new Error("a gap is written down");
    expect(journalLine({ ...entry, seq: 42 })).toBe(
      `gap,of=spool from=7i,to=19i,detail="a \\"hole\\"" ${T + 2_000}000042`,
    );
  });
});
