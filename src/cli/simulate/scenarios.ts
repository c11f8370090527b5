import type { MineCode, System } from "../../model/mine.ts";
import { HOUR, MINUTE, type Millis, SECOND } from "../../model/time.ts";
import { DEMO_MINES } from "./plan.ts";

/** Something that happens to a mine for a while. Codes are those of its workings, points and substations. */
export type Event =
  /** The seam of a face or heading gives `factor` times its gas, coming and going slowly. */
  | { readonly kind: "gas-rise"; readonly working: string; readonly factor: number }
  | { readonly kind: "local-fan-stop"; readonly head: string }
  /** The heading is aired by its standby local fan. */
  | { readonly kind: "local-fan-standby"; readonly head: string }
  /** No main fan runs; at the end the standby machine takes over. */
  | { readonly kind: "main-fan-stop" }
  /** The standby main fan is started, then the other one stopped, so that the air never stands. */
  | { readonly kind: "main-fan-change" }
  /** Fumes at the start, in ppm of carbon monoxide in the return of a face or heading. */
  | { readonly kind: "blast"; readonly working: string; readonly ppm: number }
  /** `marks`: state bits that the system sets beside the calibration's while the gas is over the limits. */
  | { readonly kind: "calibration"; readonly point: string; readonly marks?: number }
  | { readonly kind: "sensor"; readonly point: string; readonly bits: 8 | 32 | 64 | 128 }
  /** What a point measures goes to a value, stays and comes back; `atOnce`: it jumps there and back. */
  | { readonly kind: "measures"; readonly point: string; readonly value: number; readonly atOnce?: boolean }
  /** The point shows the same all the time, whatever it measures. */
  | { readonly kind: "stuck"; readonly point: string }
  /** The point is not uploaded. */
  | { readonly kind: "mute"; readonly point: string }
  /** The mine's table gives a point this upper limit, for alarm and cut. */
  | { readonly kind: "table-loosened"; readonly point: string; readonly limit: number }
  /** The program that uploads a system has stopped while the line is well. */
  | { readonly kind: "upload-stopped"; readonly system: System }
  | { readonly kind: "substation-lost"; readonly substation: string }
  | { readonly kind: "battery"; readonly substation: string }
  /** The breaker of a working does not obey its cut device. */
  | { readonly kind: "feed-stuck"; readonly working: string }
  | { readonly kind: "ring-break" }
  | { readonly kind: "switch-down"; readonly index: number }
  | { readonly kind: "ups" }
  | { readonly kind: "sos" }
  /** So many more people come to an area (its place in the list of areas; -1 = the last one, the restricted). */
  | { readonly kind: "crowd"; readonly area: number; readonly people: number }
  | { readonly kind: "leaders-away" }
  /** The personnel system sends an empty list. */
  | { readonly kind: "people-lost" }
  | { readonly kind: "link-down" }
  | { readonly kind: "clock-fast"; readonly by: Millis }
  /** Every analog point with an upper limit stands above it. */
  | { readonly kind: "flood" };

export interface Incident {
  /** Counted from the start of the run, or of its repetition. */
  readonly at: Millis;
  readonly lasts: Millis;
  readonly mine: MineCode | "every";
  readonly event: Event;
}

export interface Scenario {
  readonly name: string;
  readonly title: string;
  /** How much faster than life shifts and cutting go; gas, incidents and sample times are never hurried. */
  readonly pace: number;
  /** Time of day in the mine at the start; null = what the clock says. */
  readonly startsAt: Millis | null;
  /** After this long the incidents begin again; null = once. */
  readonly repeats: Millis | null;
  readonly incidents: readonly Incident[];
}

const [OUTBURST, COAL, METAL] = DEMO_MINES as [MineCode, MineCode, MineCode];

const on = (mine: Incident["mine"], at: Millis, lasts: Millis, event: Event): Incident => ({
  at,
  lasts,
  mine,
  event,
});

const scenario = (
  name: string,
  title: string,
  incidents: readonly Incident[],
  rest: Partial<Pick<Scenario, "pace" | "startsAt" | "repeats">> = {},
): Scenario => ({ name, title, pace: 1, startsAt: null, repeats: null, ...rest, incidents });

const soon = 20 * SECOND;

export const SCENARIOS: readonly Scenario[] = [
  scenario(
    "normal",
    "a quiet day: faces cut and turn, the barometer drifts, shifts change; nothing exceeds a limit",
    [],
  ),
  scenario(
    "gas-rise",
    "gas inrush at face 1101 of 520523017311: T1, then T2, then T0 rise, power is cut and comes back",
    [on(OUTBURST, soon, 7 * MINUTE, { kind: "gas-rise", working: "1101", factor: 12 })],
    { repeats: 20 * MINUTE },
  ),
  scenario(
    "gas-outburst",
    "gas bursts out at face 1101 of 520523017311: sensors run over their range, the return and the main return follow",
    [on(OUTBURST, soon, 6 * MINUTE, { kind: "gas-rise", working: "1101", factor: 60 })],
    { repeats: 25 * MINUTE },
  ),
  scenario(
    "fan-stop",
    "the local fan of heading 1105 of 520523017311 stops: gas gathers, power is cut, then it is aired out",
    [on(OUTBURST, soon, 8 * MINUTE, { kind: "local-fan-stop", head: "1105" })],
    { repeats: 20 * MINUTE },
  ),
  scenario(
    "main-fan-stop",
    "the main fan of 520523017311 stops and the standby starts after 6 minutes; gas rises, people withdraw",
    [on(OUTBURST, soon, 6 * MINUTE, { kind: "main-fan-stop" })],
    { repeats: 30 * MINUTE },
  ),
  scenario(
    "fan-switch",
    "a planned change-over of the main fans of 520523017312, 20 s without either",
    [on(COAL, soon, 20 * SECOND, { kind: "main-fan-stop" })],
    { repeats: 10 * MINUTE },
  ),
  scenario(
    "blast",
    "blasting: fumes in stope S120 of 520523017313, then at face 1203 of 520523017312, clearing with the air",
    [
      on(METAL, soon, SECOND, { kind: "blast", working: "S120", ppm: 190 }),
      on(COAL, 3 * MINUTE, SECOND, { kind: "blast", working: "1203", ppm: 120 }),
    ],
    { repeats: 15 * MINUTE },
  ),
  scenario(
    "calibration",
    "test gas on 1101-T1 of 520523017311, then on 1203-T2 of 520523017312: zero, 2.0 %, zero",
    [
      on(OUTBURST, soon, 5 * MINUTE, { kind: "calibration", point: "1101-T1" }),
      on(COAL, 6 * MINUTE, 5 * MINUTE, { kind: "calibration", point: "1203-T2" }),
    ],
    { repeats: 15 * MINUTE },
  ),
  scenario(
    "sensor-fault",
    "a broken cable (128), over range (8), points not polled (32) and paused (64), a lost substation, a supply on battery",
    [
      on(OUTBURST, soon, 4 * MINUTE, { kind: "sensor", point: "1105-T1", bits: 128 }),
      on(COAL, 40 * SECOND, 2 * MINUTE, { kind: "sensor", point: "1203-T0", bits: 8 }),
      on(OUTBURST, MINUTE, 3 * MINUTE, { kind: "sensor", point: "1101-CO", bits: 32 }),
      on(OUTBURST, 80 * SECOND, 3 * MINUTE, { kind: "sensor", point: "1203-WS", bits: 64 }),
      on(COAL, 3 * MINUTE, 3 * MINUTE, { kind: "substation-lost", substation: "FZ-03" }),
      on(COAL, 2 * MINUTE, 6 * MINUTE, { kind: "battery", substation: "FZ-03" }),
    ],
    { repeats: 15 * MINUTE },
  ),
  scenario(
    "feed-anomaly",
    "gas inrush at face 1101 of 520523017311 while its breaker does not obey: cut, but still fed",
    [
      on(OUTBURST, soon, 7 * MINUTE, { kind: "gas-rise", working: "1101", factor: 12 }),
      on(OUTBURST, 0, 10 * MINUTE, { kind: "feed-stuck", working: "1101" }),
    ],
    { repeats: 20 * MINUTE },
  ),
  scenario(
    "ring-break",
    "a fibre break in the ring of 520523017311, then a switch down and its supply on battery",
    [
      on(OUTBURST, soon, 8 * MINUTE, { kind: "ring-break" }),
      on(OUTBURST, 2 * MINUTE, 4 * MINUTE, { kind: "switch-down", index: 3 }),
      on(OUTBURST, 2 * MINUTE, 5 * MINUTE, { kind: "ups" }),
    ],
    { repeats: 15 * MINUTE },
  ),
  scenario(
    "link-drop",
    "the line of 520523017312 is cut for 3 minutes with a gas inrush in between; readings come later as backfill",
    [
      on(COAL, 30 * SECOND, 3 * MINUTE, { kind: "link-down" }),
      on(COAL, soon, 2 * MINUTE, { kind: "gas-rise", working: "1101", factor: 40 }),
    ],
    { repeats: 12 * MINUTE },
  ),
  scenario(
    "clock-skew",
    "the clock of 520523017312 runs 4 minutes fast and is corrected after 4 minutes",
    [on(COAL, soon, 4 * MINUTE, { kind: "clock-fast", by: 4 * MINUTE })],
    { repeats: 15 * MINUTE },
  ),
  scenario(
    "shift-change",
    "from 07:10 in the mine, ten times faster than life: a shift goes down, another comes up",
    [],
    {
      pace: 10,
      startsAt: 7 * HOUR + 10 * MINUTE,
    },
  ),
  scenario(
    "sos",
    "one person in 520523017311 calls for help for 3 minutes",
    [on(OUTBURST, soon, 3 * MINUTE, { kind: "sos" })],
    {
      repeats: 10 * MINUTE,
    },
  ),
  scenario(
    "over-capacity",
    "45 people too many gather at face 1101 of 520523017311, then a whole shift and more at its shaft bottom",
    [
      on(OUTBURST, soon, 4 * MINUTE, { kind: "crowd", area: 2, people: 45 }),
      on(OUTBURST, 6 * MINUTE, 8 * MINUTE, { kind: "crowd", area: 0, people: 300 }),
    ],
    { repeats: 25 * MINUTE },
  ),
  scenario(
    "all-day",
    "a day in 72 minutes with one of everything",
    [
      on(OUTBURST, 2 * MINUTE, 5 * MINUTE, { kind: "calibration", point: "1101-T2" }),
      on(METAL, 5 * MINUTE, SECOND, { kind: "blast", working: "S120", ppm: 190 }),
      on(OUTBURST, 10 * MINUTE, 8 * MINUTE, { kind: "local-fan-stop", head: "1105" }),
      on(COAL, 14 * MINUTE, 3 * MINUTE, { kind: "sensor", point: "1203-CO", bits: 128 }),
      on(COAL, 20 * MINUTE, 3 * MINUTE, { kind: "link-down" }),
      on(OUTBURST, 27 * MINUTE, 7 * MINUTE, { kind: "gas-rise", working: "1101", factor: 12 }),
      on(OUTBURST, 37 * MINUTE, 6 * MINUTE, { kind: "ring-break" }),
      on(COAL, 44 * MINUTE, 20 * SECOND, { kind: "main-fan-stop" }),
      on(COAL, 48 * MINUTE, SECOND, { kind: "blast", working: "1203", ppm: 120 }),
      on(COAL, 52 * MINUTE, 5 * MINUTE, { kind: "battery", substation: "FZ-03" }),
      on(OUTBURST, 56 * MINUTE, 2 * MINUTE, { kind: "sos" }),
      on(OUTBURST, 60 * MINUTE, 5 * MINUTE, { kind: "main-fan-stop" }),
      on(METAL, 67 * MINUTE, 3 * MINUTE, { kind: "clock-fast", by: 4 * MINUTE }),
    ],
    { pace: 20, startsAt: 6 * HOUR + 30 * MINUTE, repeats: 72 * MINUTE },
  ),
  scenario(
    "flood",
    "every analog point of every mine stands above its upper limit for a minute, every four minutes",
    [on("every", soon, MINUTE, { kind: "flood" })],
    { repeats: 4 * MINUTE },
  ),
];

/** An incident that is on, and how far it is: 0 at its start, 1 at its end. */
export interface Active {
  readonly event: Event;
  readonly share: number;
  /** True in the one step in which it begins. */
  readonly begins: boolean;
}

/** What goes on in a mine in the step that ends `elapsed` after the start. */
export function activeIn(scenario: Scenario, mine: MineCode, elapsed: Millis, dt: Millis): Active[] {
  const found: Active[] = [];
  for (const { at, lasts, mine: where, event } of scenario.incidents) {
    if (where !== "every" && where !== mine) continue;
    const since = (scenario.repeats === null ? elapsed : elapsed % scenario.repeats) - at;
    if (since < 0 || since >= Math.max(lasts, dt)) continue;
    found.push({ event, share: since / lasts, begins: since < dt });
  }
  return found;
}

/** The events of one kind among those going on. */
export function ofKind<K extends Event["kind"]>(active: readonly Active[], kind: K) {
  return active.filter(
    (one): one is Active & { event: Extract<Event, { kind: K }> } => one.event.kind === kind,
  );
}
