import { parseArgs } from "node:util";
import { liveDay } from "./county-day.ts";
import { DESK_MOST, occurrences, RED_MOST, report, summary } from "./report.ts";

/*
 * `npm run day`: the simulated normal day of a county, printed by rule; exit 1 when a bound is broken.
 * `npm run day -- --mines 3,17` lives it for these mines only, to look closer; `--rule CUT-01` lists
 * each alarm of a rule.
 */
const began = performance.now();
const { values } = parseArgs({ options: { mines: { type: "string" }, rule: { type: "string" } } });
const only = values.mines?.split(",").map(Number);
const result = liveDay(only, (hour) => process.stderr.write(`${String(hour).padStart(2, "0")}:00 `));
process.stderr.write("\n");
console.log(report(result));
for (const line of occurrences(result, values.rule ?? "")) console.log(line);
console.log(`24 h of the county in ${((performance.now() - began) / 1000).toFixed(0)} s`);
const { desk, red, missed } = summary(result);
process.exitCode = desk > DESK_MOST || red > RED_MOST || missed.length > 0 ? 1 : 0;
