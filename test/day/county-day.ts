import { createRandom } from "../../src/cli/simulate/random.ts";
import type { Incident } from "../../src/cli/simulate/scenarios.ts";
import { HOUR } from "../../src/model/time.ts";
import { createAlarms } from "./alarms.ts";
import { type CountyMine, countyConfig, countyMines } from "./county.ts";
import { belongsTo, createWatch, incidentsOf } from "./danger.ts";
import { DANGERS } from "./dangers.ts";
import { runDay } from "./day.ts";
import { blasting } from "./everyday/blasting.ts";
import { calibrations } from "./everyday/calibration.ts";
import { faults } from "./everyday/faults.ts";
import { lineTroubles } from "./everyday/lines.ts";
import { fanTests } from "./everyday/ventilation.ts";
import type { DayResult } from "./report.ts";

const SEED = "a normal day";
const START = Date.parse("2026-03-02T00:00:00+08:00");

/** The normal day with its planted dangers, of all mines or of these; `hour` is called as it passes. */
export function liveDay(only?: readonly number[], hour: (passed: number) => void = () => {}): DayResult {
  const here = (number: number) => only === undefined || only.includes(number);
  const mines = countyMines(SEED).filter(({ number }) => here(number));
  const dangers = DANGERS.filter(({ mine }) => here(mine));
  const loaded = countyConfig(mines, START);
  if (!loaded.ok) throw new Error(`the county's configuration: ${JSON.stringify(loaded.faults.slice(0, 5))}`);
  const watch = createWatch(dangers, mines, START);
  const alarms = createAlarms();
  let passed = -1;
  const counts = runDay({
    seed: SEED,
    mines,
    config: loaded.config,
    incidents: [...mines.flatMap(everyday), ...incidentsOf(dangers, mines)],
    start: START,
    seen(run, at) {
      watch.seen(run, at);
      const now = Math.floor((at - START) / HOUR);
      if (now > passed) {
        passed = now;
        hour(now);
      }
    },
    told: alarms.take,
  });
  const ofDanger = belongsTo(dangers, mines, START);
  return {
    alarms: alarms.all(),
    everyday: alarms.all().filter((one) => !ofDanger(one)),
    outcomes: watch.outcomes(alarms.all()),
    counts,
  };
}

function everyday(mine: CountyMine): Incident[] {
  const chance = (what: string) => createRandom(SEED).fork(`${what}/${mine.number}`);
  return [
    ...blasting(mine, chance("blasting")),
    ...calibrations(mine, chance("calibration")),
    ...fanTests(mine, chance("fans")),
    ...faults(mine, chance("faults")),
    ...lineTroubles(mine, chance("lines")),
  ];
}
