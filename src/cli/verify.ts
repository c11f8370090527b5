import { existsSync } from "node:fs";
import { join } from "node:path";
import { EXIT, Refusal } from "../lib/refusal.ts";
import { nodeDisk } from "../log/disk.ts";
import { verifyLog } from "../log/segment-log.ts";

/** The journal names records of the spool, so it comes first where both are copied. */
export const LOGS = [
  { name: "journal", extension: "jnl", chained: true },
  { name: "spool", extension: "spl", chained: false },
  { name: "audit", extension: "adt", chained: true },
  { name: "quarantine", extension: "qtn", chained: false },
] as const;

/** `davylamp verify`: frames, sequence and hash chain of every log; exit 1 and the place of the first fault. */
export async function verify(options: { data: string; json: boolean }): Promise<number> {
  if (!existsSync(options.data))
    throw new Refusal(EXIT.usage, `there is no data directory ${options.data}; name it with --data`);
  const results = [];
  for (const { name, extension, chained } of LOGS) {
    const dir = join(options.data, name);
    if (!existsSync(dir)) continue;
    results.push({ log: name, ...(await verifyLog({ dir, extension, disk: nodeDisk, chained })) });
  }
  if (results.length === 0)
    throw new Refusal(EXIT.usage, `${options.data} holds no logs; name a data directory with --data`);
  if (options.json) console.log(JSON.stringify(results));
  else for (const result of results) console.log(describe(result));
  return results.every((result) => result.ok) ? EXIT.well : EXIT.faults;
}

function describe(result: { log: string } & Awaited<ReturnType<typeof verifyLog>>): string {
  return result.ok
    ? `${result.log}: ${result.records} records in ${result.segments} segments, all whole`
    : `${result.log}: FAULT in ${result.file} at byte ${result.offset} (record ${result.seq}): ${result.why}`;
}
