import { noInfluxToKill } from "../support/influx-real.ts";
import { influxRun } from "../support/influx-run.ts";
import { killRun } from "../support/kill-run.ts";
import { reconnectRun } from "../support/reconnect-run.ts";

/*
 * `npm run proof [kills] [seed]`: two hundred kills in four lanes, each with a gateway that is killed, one that is
 * left alone and a load of its own, and everything that was lost or invented. Then a thousand reconnects of ten
 * screens in a flood of alarms, with twenty ends of the gateway under them, and everything missed or taken twice. Then
 * a hundred kills of a gateway and a real InfluxDB, and every row that is missing or too much.
 */
const LANES = 4;
const kills = Number(process.argv[2] ?? 200);
const seed = Number(process.argv[3] ?? Date.now() % 1_000_000);
console.log(`${kills} kills in ${LANES} lanes, seed ${seed}`);
const reports = await Promise.all(
  Array.from({ length: LANES }, (_, lane) =>
    killRun({
      kills: Math.floor((kills + lane) / LANES),
      seed: seed + lane,
      print: (line) => console.log(`lane ${lane + 1}: ${line}`),
    }),
  ),
);
for (const [lane, { faults, ...figures }] of reports.entries()) {
  console.log(`lane ${lane + 1}: ${JSON.stringify(figures)}`);
  for (const fault of faults) console.log(`  FAULT ${fault}`);
}
const sum = (of: "kills" | "atSyscalls" | "acknowledged" | "transitions" | "compared") =>
  reports.reduce((total, report) => total + report[of], 0);
const faults = reports.flatMap((report) => report.faults);
console.log(
  `${sum("kills")} kills, ${sum("atSyscalls")} of them at a sync call; ${sum("acknowledged")} messages acknowledged, ` +
    `${sum("transitions")} transitions, ${sum("compared")} compared with the runs left alone`,
);
console.log(faults.length === 0 ? "nothing lost, nothing invented" : `${faults.length} FAULTS`);

const stream = await reconnectRun({
  reconnects: 1_000,
  ends: 20,
  screens: 10,
  seed,
  print: (line) => console.log(`screens: ${line}`),
});
for (const fault of stream.faults) console.log(`  FAULT ${fault}`);
console.log(
  `${stream.reconnects} reconnects of 10 screens, ${stream.ends} ends of the gateway (${stream.kills} kills), ` +
    `${stream.transitions} transitions, ${stream.taken} events taken`,
);
console.log(stream.faults.length === 0 ? "0 missed, 0 twice" : `${stream.faults.length} FAULTS`);

let history: readonly string[] = [];
if (noInfluxToKill === null) {
  const run = await influxRun({ kills: 100, seed, print: (line) => console.log(`InfluxDB: ${line}`) });
  history = run.faults;
  for (const fault of history) console.log(`  FAULT ${fault}`);
  console.log(
    `${run.kills} kills of the gateway and its InfluxDB, ${run.acknowledged} messages acknowledged, ${run.rows} rows of ` +
      `${run.points} points and ${run.steps} steps of alarms compared`,
  );
  console.log(history.length === 0 ? "0 missing, 0 too much" : `${history.length} FAULTS`);
}
process.exitCode = faults.length + stream.faults.length + history.length === 0 ? 0 : 1;
