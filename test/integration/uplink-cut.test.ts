import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { expect, it, onTestFailed } from "vitest";
import { iso } from "../../src/wire/time.ts";
import { startGateway } from "../support/gateway-process.ts";
import { seeded } from "../support/kill-run.ts";
import { createMovedClock } from "../support/moved-clock.ts";
import { signIn } from "../support/screen.ts";
import { cddy, fileText, MINE, nameOf, said } from "../support/text-files.ts";
import { createUplink, openCutLine } from "../support/uplink.ts";
import type { Json } from "../support/web-client.ts";

const CYCLE = 30_000;
/** Files, one a cycle: the line is cut for an hour of them. */
const CUT = 11;
const BACK = CUT + 120;
const END = BACK + 11;

/** When each point's methane is over its limits: from one file to before another. */
const OVER = {
  "ends before the cut": [2, 6],
  "goes on into the cut": [8, 50],
  "begins and ends in the cut": [30, 41],
  "begins in the cut and goes on": [100, BACK + 5],
  "begins when the line is back": [BACK + 3, BACK + 8],
  never: [END, END],
} as const;
type Point = keyof typeof OVER;
const POINTS = Object.keys(OVER) as Point[];
const code = (point: Point) => `${MINE}01MN000100${POINTS.indexOf(point)}A01`;

/** No two samples that follow each other are the same. */
const valueAt = (point: Point, i: number): number => {
  const [from, to] = OVER[point];
  return ((i >= from && i < to ? 160 : 10) + ((i * 7) % 13)) / 100;
};

const samples = (at: number, i: number): string =>
  fileText(
    at,
    POINTS.map((point) => [code(point), "甲烷", "x", valueAt(point, i).toFixed(2), "%CH4", "0", said(at)]),
  );

it("an hour without its line, killed at random: the gateway has every sample once and every alarm as it was", async () => {
  const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);
  onTestFailed(() => console.error(`uplink-cut: SEED=${seed}`));
  const random = seeded(seed);
  const dir = await mkdtemp(join(tmpdir(), "davylamp-cut-"));
  const folder = join(dir, "in");
  await mkdir(folder);
  const clock = createMovedClock(join(dir, "clock"));
  const gateway = await startGateway({ data: join(dir, "gateway"), config: "config", env: clock.env });
  const line = await openCutLine();
  const args = ["--folder", folder, "--mine", MINE, "--data", join(dir, "data"), "--proxy", line.url];
  args.push("--url", `${gateway.http.replace("http", "ws")}/mqtt`);
  const uplink = createUplink(args, { ...clock.env, DAVYLAMP_PASSWORD: `demo-${MINE}` });
  const duty = await signIn(gateway.http, "duty");
  const get = async (path: string): Promise<Json> =>
    (await fetch(`${gateway.http}/api/v1/${path}`, { headers: { cookie: duty.cookie } })).json();

  const begin = Math.ceil(clock.now() / 1_000) * 1_000 + 2_000;
  const at = (i: number) => begin + i * CYCLE;
  const moments = (of: number, from: number, to: number) =>
    Array.from({ length: of }, () => from + Math.floor(random() * (to - from)));
  const kills = new Set([
    ...moments(2, 1, CUT),
    ...moments(3, CUT, BACK),
    BACK,
    ...moments(2, BACK + 1, END),
  ]);
  let killing = Promise.resolve();
  const kill = async (after: number) => {
    await wait(after);
    await uplink.end("SIGKILL");
    uplink.start();
  };
  const arrived = (i: number) =>
    expect
      .poll(async () => (await get(`points/${MINE}:safety:${code("never")}`)).at, {
        timeout: 60_000,
        interval: 30,
      })
      .toBe(iso(at(i)));
  const mended = async () => {
    const accepted = async () => (await get(`mines/${MINE}`)).counters.accepted as number;
    const before = await accepted();
    line.mend();
    await expect.poll(accepted, { timeout: 60_000, interval: 5 }).toBeGreaterThan(before);
  };

  uplink.start();
  try {
    clock.until(at(0));
    await writeFile(join(folder, nameOf("CDDY", at(0))), cddy(at(0), ...POINTS.map(code)));
    for (let i = 0; i < END; i++) {
      if (i === CUT) line.cut();
      clock.until(at(i) + 500);
      await writeFile(join(folder, nameOf("CDSS", at(i))), samples(at(i), i));
      if (kills.has(i)) killing = killing.then(() => kill(random() * 200));
      if (i === BACK) {
        await mended();
        killing = killing.then(() => kill(0));
      }
      if (i >= CUT && i < BACK) await wait(20);
      else await arrived(i);
    }
    await killing;

    const span = `from=${at(0) - CYCLE}&to=${at(END) + CYCLE}`;
    for (const point of POINTS) {
      const rows = async () =>
        (await get(`points/${MINE}:safety:${code(point)}/series?${span}&step=raw`)).rows.map(
          ({ t, v }: { t: number; v: number }) => `${iso(t)} ${v}`,
        );
      const sent = Array.from({ length: END }, (_, i) => `${iso(at(i))} ${valueAt(point, i)}`);
      await expect.poll(rows, { timeout: 30_000, message: point }).toEqual(sent);
    }
    const left = async () =>
      (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isFile());
    await expect.poll(left).toEqual([]);

    const { items } = await get(`alarms?mine=${MINE}&limit=500`);
    const seen = (items as Json[])
      .filter(({ class: one }) => one !== "link" && one !== "mine-system")
      .map(({ point, rule, level, retrospective, raisedAt, returnedAt }) => {
        const name = POINTS.find((one) => point === `${MINE}:safety:${code(one)}`);
        const [from, to] = [raisedAt, returnedAt].map((moment) => (Date.parse(moment) - begin) / CYCLE);
        return [name, rule, level, retrospective ? "补传" : "live", from, to];
      })
      .sort(([a, b], [c, d]) => (`${a} ${b}` < `${c} ${d}` ? -1 : 1));
    // What waited clears no live alarm: that ended with the first sample of the two minutes before the line was back.
    const lineBack = expect.toSatisfy((moment: number) => moment >= BACK - 5 && moment <= BACK);
    expect(seen).toEqual([
      ["begins and ends in the cut", "CH4-21", "blue", "补传", 30, 41],
      ["begins and ends in the cut", "CH4-92", "orange", "补传", 30, 41],
      ["begins in the cut and goes on", "CH4-21", "blue", "live", 100, BACK + 5],
      ["begins in the cut and goes on", "CH4-23c", "red", "live", 100, BACK + 5],
      ["begins when the line is back", "CH4-92", "orange", "live", BACK + 3, BACK + 8],
      ["ends before the cut", "CH4-92", "orange", "live", 2, 6],
      ["goes on into the cut", "CH4-21", "blue", "live", 8, lineBack],
      ["goes on into the cut", "CH4-23b", "red", "live", 8, lineBack],
    ]);
  } finally {
    await uplink.end("SIGTERM");
    line.close();
    await gateway.kill("SIGTERM");
    clock.close();
    await rm(dir, { recursive: true, force: true });
  }
});
