import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { startGateway } from "../support/gateway-process.ts";
import { fileText, nameOf, said } from "../support/text-files.ts";

const MINES = 20;
const POINTS = 100;
const CYCLE = 30_000;

/** A backlog of text files of many mines, drained by a gateway that starts on it; then every mine's next file, as it comes. */
export async function benchFiles(config: string, files: number) {
  const root = await mkdtemp(join(tmpdir(), "davylamp-bench-files-"));
  const codes = Array.from({ length: MINES }, (_, i) => `5205230180${String(i).padStart(2, "0")}`);
  await addMines(config, root, codes);
  const now = Math.floor(Date.now() / 1000) * 1000;
  const each = files / MINES;
  for (const code of codes) {
    await mkdir(join(root, "in", code, "safety"), { recursive: true });
    for (let i = 0; i < each; i++) await put(root, code, now - (each - i) * CYCLE);
  }
  const gateway = await startGateway({ data: join(root, "data"), config });
  try {
    const began = performance.now();
    const cpuBefore = await cpuOf(gateway.child.pid);
    await takenBy(gateway.http, files);
    const seconds = (performance.now() - began) / 1000;
    const cpu = (await cpuOf(gateway.child.pid)) - cpuBefore;
    return { perSecond: files / seconds, readings: (files * POINTS) / seconds, cpu, seconds };
  } finally {
    await gateway.kill("SIGTERM");
    await rm(root, { recursive: true, force: true });
  }
}

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
      systems: ["safety"],
      files: { safety: {} },
    };
    await writeFile(join(config, "mines", `${code}.yaml`), stringify(mine));
  }
}

async function put(root: string, code: string, at: number): Promise<void> {
  const records = Array.from({ length: POINTS }, (_, i) => [
    `${code}01MN0001${String(i).padStart(3, "0")}A01`,
    "甲烷",
    "1101采煤工作面T1",
    `0.${(i % 50) + 10}`,
    "%CH4",
    "0",
    said(at),
  ]);
  await writeFile(join(root, "in", code, "safety", nameOf("CDSS", at, code)), fileText(at, records, code));
}

async function takenBy(http: string, files: number): Promise<void> {
  for (;;) {
    const text = await (await fetch(`${http}/metrics`)).text();
    const taken = [...text.matchAll(/davylamp_files_taken_total\{[^}]*\} (\d+)/g)];
    if (taken.reduce((sum, [, n]) => sum + Number(n), 0) >= files) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Seconds of processor time, of all threads. */
async function cpuOf(pid: number | undefined): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, "utf8")).split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
