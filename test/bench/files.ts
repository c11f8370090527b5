import { access, link, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { parse, stringify } from "yaml";
import { startGateway } from "../support/gateway-process.ts";
import { processorTimeOf } from "../support/process-figures.ts";
import { fileText, nameOf, said } from "../support/text-files.ts";
import { median } from "./median.ts";

const MINES = 20;
const POINTS = 100;
const CYCLE = 30_000;

/** A backlog of text files of many mines, drained by a gateway that starts on it. */
export async function benchFiles(config: string, files: number) {
  return onFolders(config, MINES, async (codes, root, start) => {
    const now = wholeSecond();
    const each = files / MINES;
    for (const code of codes)
      for (let i = 0; i < each; i++) await putReadings(root, code, now - (each - i) * CYCLE, POINTS);
    const gateway = await start();
    const began = performance.now();
    const cpuBefore = await processorTimeOf(gateway.child.pid);
    while ((await takenBy(gateway.http)) < files) await wait(100);
    const seconds = (performance.now() - began) / 1000;
    const cores = ((await processorTimeOf(gateway.child.pid)) - cpuBefore) / seconds;
    return { perSecond: files / seconds, readings: (files * POINTS) / seconds, cores };
  });
}

/** So many mines at their cycles: 200 points and 200 people each, every 30 s, for so long. */
export async function benchCycles(config: string, mines: number, seconds: number) {
  return onFolders(config, mines, async (codes, root, start) => {
    const gateway = await start();
    for (const code of codes) await putReadings(root, code, wholeSecond() - CYCLE, 200);
    while ((await takenBy(gateway.http)) < mines) await wait(100);
    const put: number[] = [];
    const delays: number[] = [];
    const began = performance.now();
    const cpuBefore = await processorTimeOf(gateway.child.pid);
    const pause = CYCLE / codes.length;
    for (let turn = 0; performance.now() - began < seconds * 1000; turn++) {
      const code = codes[turn % codes.length] as string;
      await putReadings(root, code, wholeSecond(), 200);
      await putPeople(root, code, wholeSecond(), 200);
      put.push(performance.now(), performance.now());
      if (turn % 4 === 0) {
        const taken = (await takenBy(gateway.http)) - mines;
        // They are taken about as they came: the last one taken waited for so long at most.
        if (taken > 0) delays.push(performance.now() - (put[taken - 1] as number));
      }
      await wait(Math.max(0, began + (turn + 1) * pause - performance.now()));
    }
    const lasted = (performance.now() - began) / 1000;
    const cores = ((await processorTimeOf(gateway.child.pid)) - cpuBefore) / lasted;
    return { perSecond: put.length / lasted, cores, delay: median(delays), greatest: Math.max(...delays) };
  });
}

/** A folder with so many old names, of which one more is written every second: how soon each is taken, from the start on. */
export async function benchOldNames(config: string, names: number) {
  return onFolders(config, 1, async ([code = ""], root, start) => {
    const before = wholeSecond() - 400 * 86_400_000;
    let first = "";
    for (let i = 0; i < names; i++) {
      const at = before + i * 1_000;
      // Another name of a file costs no room; a file system allows some ten thousand of them.
      if (i % 30_000 === 0) first = await putReadings(root, code, at, 1);
      else await link(first, pathOf(root, code, "safety", "CDSS", at));
    }
    const began = performance.now();
    await start();
    const ready = performance.now() - began;
    const waits: number[] = [];
    for (let i = 0; i < 20; i++) {
      const path = await putReadings(root, code, wholeSecond(), POINTS);
      const at = performance.now();
      while (await exists(path)) await wait(20);
      waits.push(performance.now() - at);
      await wait(1_000);
    }
    return { ready, first: waits[0] as number, usual: median(waits), greatest: Math.max(...waits) };
  });
}

type Started = Awaited<ReturnType<typeof startGateway>>;

/** Folders of so many mines, and a gateway over them once it is started. */
async function onFolders<T>(
  config: string,
  mines: number,
  work: (codes: readonly string[], root: string, start: () => Promise<Started>) => Promise<T>,
): Promise<T> {
  const root = await mkdtemp(join(tmpdir(), "davylamp-bench-files-"));
  const codes = Array.from({ length: mines }, (_, i) => `520523018${String(i).padStart(3, "0")}`);
  await addMines(config, root, codes);
  let gateway: Started | null = null;
  const start = async () => {
    gateway = await startGateway({ data: join(root, "data"), config });
    return gateway;
  };
  try {
    return await work(codes, root, start);
  } finally {
    await (gateway as Started | null)?.kill("SIGTERM");
    await rm(root, { recursive: true, force: true });
  }
}

const wholeSecond = (): number => Math.floor(Date.now() / 1000) * 1000;
const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
const pathOf = (root: string, code: string, system: string, type: string, at: number): string =>
  join(root, "in", code, system, nameOf(type, at, code));

async function addMines(config: string, root: string, codes: readonly string[]): Promise<void> {
  const path = join(config, "gateway.yaml");
  const gateway = parse(await readFile(path, "utf8")) as object;
  await writeFile(path, stringify({ ...gateway, files: { root: join(root, "in") } }));
  for (const code of codes) {
    const mine = {
      code,
      name: code,
      kind: "coal",
      status: "producing",
      systems: ["safety", "person"],
      files: { safety: {}, person: {} },
    };
    for (const system of mine.systems) await mkdir(join(root, "in", code, system), { recursive: true });
    await writeFile(join(config, "mines", `${code}.yaml`), stringify(mine));
  }
}

async function putReadings(root: string, code: string, at: number, points: number): Promise<string> {
  const records = Array.from({ length: points }, (_, i) => [
    `${code}01MN0001${String(i).padStart(3, "0")}A01`,
    "甲烷",
    "1101采煤工作面T1",
    `0.${(i % 50) + 10}`,
    "%CH4",
    "0",
    said(at),
  ]);
  const path = pathOf(root, code, "safety", "CDSS", at);
  await writeFile(path, fileText(at, records, code));
  return path;
}

async function putPeople(root: string, code: string, at: number, people: number): Promise<void> {
  const records = Array.from({ length: people }, (_, i) => [
    `${code}${String(i).padStart(5, "0")}`,
    `矿工${i}`,
    "1",
    said(at - 3_600_000),
    "xxxx-xx-xx xx:xx:xx",
    `${code}0008`,
    said(at - 1_800_000),
    `${code}000012`,
    said(at - 60_000),
    "三八制",
    "16.21",
    "正常",
    "0",
    "0",
    "",
  ]);
  await writeFile(pathOf(root, code, "person", "RYSS", at), fileText(at, records, code));
}

/** How many files it has taken since its start. */
async function takenBy(http: string): Promise<number> {
  const text = await (await fetch(`${http}/metrics`)).text();
  const taken = [...text.matchAll(/davylamp_files_taken_total\{[^}]*\} (\d+)/g)];
  return taken.reduce((sum, [, n]) => sum + Number(n), 0);
}
