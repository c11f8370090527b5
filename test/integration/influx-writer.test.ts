import { afterEach, describe, expect, it } from "vitest";
import { type FakeInflux, startFake, type Version } from "../support/influx-fake.ts";
import { aWriter } from "../support/influx-writer.ts";

const T0 = Date.UTC(2026, 10, 21);
let fakes: FakeInflux[] = [];
afterEach(async () => {
  await Promise.all(fakes.map((fake) => fake.close()));
  fakes = [];
});

async function fakeOf(...args: Parameters<typeof startFake>): Promise<FakeInflux> {
  const fake = await startFake(...args);
  fakes.push(fake);
  return fake;
}

const good = (point: number, at: number): string =>
  `safety,mine=m,point=P${point} v=0.5,s=0i ${T0 + at}000000`;
const batch = (n: number, at = 0): string[] => Array.from({ length: n }, (_, i) => good(i % 500, at + i));

describe("one bad line in 5,000, a hundred batches", () => {
  const versions: Version[] = ["1.x", "2.0", "2.x", "3.x", "3-201"];
  it.each(versions)(
    "of version %s: no good line is missing, no bad one is not put aside",
    async (version) => {
      const fake = await fakeOf(version);
      const batches = Array.from({ length: 100 }, (_, b) => {
        const lines = batch(5_000, b * 5_000);
        lines[(b * 977) % 5_000] = `safety,mine=m,point=BAD v=${b},s=0i ${T0 + b}000000`;
        return lines;
      });
      const writer = aWriter({ url: fake.url, batches });
      await writer.run();
      expect(fake.rows.size).toBe(100 * 4_999);
      expect(writer.refused.map(({ line }) => line).sort()).toEqual(
        batches.flatMap((lines) => lines.filter((line) => line.includes("BAD"))).sort(),
      );
      expect(writer.refused.every(({ reason, status }) => reason.length > 3 && status >= 201)).toBe(true);
      expect(writer.reached).toHaveLength(100);
      expect(writer.stats()).toMatchObject({ written: 100 * 4_999, refused: 100 });
    },
    120_000,
  );
});

describe("lines older than the database keeps", () => {
  it("are put aside by few questions, however many they are, and the others are written", async () => {
    const oldest = T0 + 3_000;
    const fake = await fakeOf("1.x-retention", (line) => timeOf(line) < oldest);
    const writer = aWriter({ url: fake.url, batches: [batch(5_000)] });
    await writer.run();
    expect(fake.rows.size).toBe(2_000);
    expect(writer.refused).toHaveLength(3_000);
    expect(fake.requests.length).toBeLessThan(100);
  });
  const timeOf = (line: string): number => Number(line.slice(line.lastIndexOf(" ") + 1, -6));
});

describe("a server that refuses any line", () => {
  it("is waited for, and nothing is put aside: the fault is no line's", async () => {
    const fake = await fakeOf("2.x");
    const no = { status: 400, body: '{"message":"the bucket has an explicit schema"}' };
    // 1,024 lines are halved ten times; then the probe is refused as well.
    fake.script.push(...Array.from({ length: 12 }, () => no));
    const writer = aWriter({ url: fake.url, batches: [batch(1_024)] });
    await writer.run();
    expect(writer.refused).toEqual([]);
    expect(writer.troubles[0]).toMatchObject({ kind: "held" });
    expect(writer.troubles[0]?.detail).toContain("any line: 400 the bucket has an explicit schema");
    expect(fake.rows.size).toBe(1_024);
  });
});

describe("a server that is not well", () => {
  it.each([
    ["is over-run", { status: 429 }],
    ["has a fault", { status: 500, body: '{"error":"engine"}' }],
    ["is starting", { status: 503 }],
    ["times out within", { status: 408 }],
    ["cuts the line before it took anything", "cut-before"],
    ["cuts the line after it took all", "cut-after"],
    ["hangs", "hang"],
  ] as const)("%s: it is tried again, little at first, and every line is there once", async (_, turn) => {
    const fake = await fakeOf("2.x");
    fake.script.push(turn, turn);
    const waits: number[] = [];
    const writer = aWriter({
      url: fake.url,
      batches: [batch(5_000), batch(5_000, 5_000)],
      timeout: turn === "hang" ? 1_500 : 30_000,
      waits: (ms) => void waits.push(ms),
    });
    await writer.run();
    expect(fake.rows.size).toBe(10_000);
    expect(writer.refused).toEqual([]);
    expect(writer.reached.map(({ spool }) => spool)).toEqual([1, 2]);
    expect(waits).toEqual([375, 750]);
    expect(fake.requests.slice(0, 3).map(({ lines }) => lines)).toEqual([5_000, 500, 500]);
    expect(writer.troubles[0]).toMatchObject({ kind: "away" });
    expect(writer.troubles.at(-1)).toBeNull();
  });

  it("is left alone for as long as it asks, in seconds or by a date", async () => {
    const fake = await fakeOf("2.x");
    const inTwoMinutes = new Date(Date.now() + 120_000).toUTCString();
    fake.script.push({ status: 429, headers: { "retry-after": "7" } });
    fake.script.push({ status: 503, headers: { "retry-after": inTwoMinutes } });
    const waits: number[] = [];
    const writer = aWriter({ url: fake.url, batches: [batch(100)], waits: (ms) => void waits.push(ms) });
    await writer.run();
    expect(waits[0]).toBeCloseTo(7_700, 6);
    expect(waits[1]).toBeGreaterThan(110_000);
    expect(waits[1]).toBeLessThan(133_000);
  });

  it("is not taken for written to when it answers anything but 204", async () => {
    const fake = await fakeOf("2.x");
    fake.script.push(
      { status: 200, body: "<html>a page</html>" },
      { status: 302, headers: { location: "/x" } },
    );
    const writer = aWriter({ url: fake.url, batches: [batch(10)] });
    await writer.run();
    expect(writer.troubles.slice(0, 2)).toMatchObject([
      { kind: "held", detail: "200 a page" },
      { kind: "held", detail: "302 Found" },
    ]);
    expect(fake.rows.size).toBe(10);
  });
});

describe("a server that does not let us in", () => {
  it.each([401, 403, 404])(
    "by %i: lines are held, not put aside, and the secret is read again",
    async (status) => {
      const fake = await fakeOf("2.x");
      fake.script.push({ status, body: '{"message":"no"}' });
      fake.token = "rotated";
      let asked = 0;
      const writer = aWriter({
        url: fake.url,
        batches: [batch(5_000)],
        token: "old",
        secret: () => (++asked > 2 ? "rotated" : "old"),
      });
      await writer.run();
      expect(fake.rows.size).toBe(5_000);
      expect(writer.refused).toEqual([]);
      expect(asked).toBe(3);
      expect(writer.troubles[0]).toEqual({ kind: "held", detail: `${status} no` });
      expect(writer.troubles.at(-1)).toBeNull();
    },
  );
});
