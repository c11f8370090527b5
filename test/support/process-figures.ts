import { readFile } from "node:fs/promises";

/** MiB of another process, as Linux counts them: `VmRSS` resident now, `VmHWM` the most there was. */
export async function memoryOf(pid: number | undefined, which: "VmRSS" | "VmHWM" = "VmRSS"): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(new RegExp(`^${which}:\\s+(\\d+)`, "m").exec(status)?.[1]) / 1024;
}

/** Seconds of processor time a process has had since its start, of all its threads or of the first alone. */
export async function processorTimeOf(
  pid: number | undefined,
  threads: "all" | "main" = "all",
): Promise<number> {
  const path = threads === "all" ? `/proc/${pid}/stat` : `/proc/${pid}/task/${pid}/stat`;
  const stat = await readFile(path, "utf8");
  // The name of the process may hold anything; what follows its bracket is numbers.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
