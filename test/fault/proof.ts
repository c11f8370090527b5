import { killRun } from "../support/kill-run.ts";

/** `npm run proof`: two hundred kills, and everything that was lost or invented. */
const kills = Number(process.argv[2] ?? 200);
const seed = Number(process.argv[3] ?? Date.now() % 1_000_000);
console.log(`${kills} kills, seed ${seed}`);
const report = await killRun({ kills, seed, print: (line) => console.log(line) });
console.log(JSON.stringify(report, null, 2));
console.log(report.faults.length === 0 ? "nothing lost, nothing invented" : `${report.faults.length} FAULTS`);
process.exitCode = report.faults.length === 0 ? 0 : 1;
