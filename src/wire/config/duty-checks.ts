import { clockWords, DAY_MINUTES } from "../../model/calendar.ts";
import { SCREEN_CHANNEL } from "../../model/duty.ts";
import { GATEWAY_MINE } from "../../model/mine.ts";
import type { Loaded } from "./build.ts";
import type { DutyFile } from "./duty-file.ts";
import { meant } from "./schema-faults.ts";
import type { Fault, Path, YamlSource } from "./yaml-source.ts";

interface Duty {
  readonly source: YamlSource;
  readonly value: DutyFile;
}

/** What is wrong in `duty.yaml` although each of its values is right by itself: somebody would not be called. */
export function dutyFaults({ duty, gateway, mines }: Loaded): Fault[] {
  if (duty === null) return [];
  const { channels: settings } = gateway.value;
  const channels = [SCREEN_CHANNEL, ...settings.map(({ id }) => id)];
  const addressed = settings.filter(({ kind }) => /^(email|sms|voice)$/.test(kind)).map(({ id }) => id);
  const codes = [...mines.map(({ value }) => value.code), "*", GATEWAY_MINE];
  return [
    ...peopleFaults(duty, { channels, addressed }, codes),
    ...crewFaults(duty),
    ...coverFaults(duty),
    ...rotationFaults(duty),
    ...chainFaults(duty, channels, codes),
  ];
}

/** A name that nothing has. */
function stranger(
  { source }: Duty,
  path: Path,
  { kind, word }: { kind: string; word: string },
  known: readonly string[],
): Fault[] {
  if (known.includes(word)) return [];
  return [meant(source.at(path, `no ${kind} is called ${word}`, known.join(", ")), word, known)];
}

function peopleFaults(
  duty: Duty,
  { channels, addressed }: { channels: readonly string[]; addressed: readonly string[] },
  codes: readonly string[],
): Fault[] {
  const owners = new Map<string, string>();
  return Object.entries(duty.value.people).flatMap(([id, { user, mines, devices }]) => {
    const path = ["people", id];
    const names = [id, ...(user === null || user === id ? [] : [user])];
    const taken = names.filter((name) => owners.has(name));
    for (const name of names) owners.set(name, owners.get(name) ?? id);
    const ids = devices.map((device) => device.id);
    return [
      ...taken.map((name) => duty.source.at(path, `${name} is the name or account of ${owners.get(name)}`)),
      ...mines.flatMap((mine, i) =>
        stranger(duty, [...path, "mines", i], { kind: "mine", word: mine }, codes),
      ),
      ...devices.flatMap(({ id: device, channel, to }, i) => [
        ...stranger(duty, [...path, "devices", i, "channel"], { kind: "channel", word: channel }, channels),
        ...(ids.indexOf(device) === i
          ? []
          : [duty.source.at([...path, "devices", i, "id"], `${device} is another device already`)]),
        ...(channel === SCREEN_CHANNEL && user === null
          ? [
              duty.source.at(
                [...path, "devices", i, "channel"],
                "a screen is reached by an account",
                "user: …",
              ),
            ]
          : []),
        ...(addressed.includes(channel) && to === ""
          ? [duty.source.at([...path, "devices", i], `no address for ${channel}`, "to: …")]
          : []),
      ]),
    ];
  });
}

function crewFaults(duty: Duty): Fault[] {
  const people = Object.keys(duty.value.people);
  return Object.entries(duty.value.crews).flatMap(([id, crew]) =>
    (["officer", "lead"] as const).flatMap((part) =>
      crew[part].flatMap((person, i) =>
        stranger(duty, ["crews", id, part, i], { kind: "person", word: person }, people),
      ),
    ),
  );
}

/** Every minute of the day belongs to a shift. */
function coverFaults({ source, value }: Duty): Fault[] {
  const shifts = Object.values(value.shifts).map(({ from, to }) => ({ from, length: lengthOf(from, to) }));
  const starts = shifts.map(({ from, length }) => (from + length) % DAY_MINUTES);
  const isOn = (minute: number) =>
    shifts.some(({ from, length }) => (minute - from + DAY_MINUTES) % DAY_MINUTES < length);
  // Nobody stops being on duty but at the end of a shift.
  const gaps = [...new Set(shifts.length === 0 ? [0] : starts)].filter((minute) => !isOn(minute));
  return gaps
    .sort((a, b) => a - b)
    .map((minute) => {
      const ends = shifts.map(({ from }) => from).sort((a, b) => ahead(a, minute) - ahead(b, minute));
      const until = ends[0] ?? 0;
      return source.atKey(
        ["shifts"],
        `no shift from ${clockWords(minute)} to ${clockWords(until)}`,
        "24 hours",
      );
    });
}

const lengthOf = (from: number, to: number): number => (to > from ? to - from : to - from + DAY_MINUTES);
const ahead = (minute: number, of: number): number => (minute - of + DAY_MINUTES) % DAY_MINUTES;

/** Every shift of every day has a crew that exists. */
function rotationFaults(duty: Duty): Fault[] {
  const { shifts, crews, rotation } = duty.value;
  const names = Object.keys(shifts);
  const begins = rotation.map(({ from }) => from);
  return rotation.flatMap(({ from, cycle }, r) => [
    ...(begins.indexOf(from) === r
      ? []
      : [duty.source.at(["rotation", r, "from"], "another rotation begins on this day")]),
    ...cycle.flatMap((day, i) => {
      const path = ["rotation", r, "cycle", i];
      const open = names.filter((shift) => !(shift in day));
      return [
        ...open.map((shift) =>
          duty.source.at(path, `nobody has the shift ${shift}`, Object.keys(crews).join(", ")),
        ),
        ...Object.entries(day).flatMap(([shift, crew]) => [
          ...stranger(duty, [...path, shift], { kind: "shift", word: shift }, names),
          ...stranger(duty, [...path, shift], { kind: "crew", word: crew }, Object.keys(crews)),
        ]),
      ];
    }),
  ]);
}

type Chain = DutyFile["chains"][number];
type Step = Chain["steps"][number];

function chainFaults(duty: Duty, channels: readonly string[], codes: readonly string[]): Fault[] {
  const { source, value } = duty;
  const claimed = new Map<string, number>();
  const faults = value.chains.flatMap((chain, c) => {
    const path = ["chains", c];
    const claims = chain.levels.flatMap((level) => chain.mines.map((mine) => `${level} of ${mine}`));
    const twice = claims.filter((claim) => claimed.has(claim));
    for (const claim of claims) claimed.set(claim, claimed.get(claim) ?? c);
    return [
      ...twice.map((claim) => source.at(path, `${claim} has a chain already (chains.${claimed.get(claim)})`)),
      ...chain.mines.flatMap((mine, i) =>
        stranger(duty, [...path, "mines", i], { kind: "mine", word: mine }, codes),
      ),
      ...chain.steps.flatMap((step, i) => stepFaults(duty, [...path, "steps", i], step, channels)),
      ...silentFaults(source, path, chain),
    ];
  });
  const uncalled = (["red", "orange"] as const).filter((level) => !claimed.has(`${level} of *`));
  return [
    ...faults,
    ...uncalled.map((level) => source.atKey(["chains"], `no chain for ${level}: nobody would be called`)),
  ];
}

/** A red alarm is called out at once and again. */
function silentFaults(source: YamlSource, path: Path, { levels, steps }: Chain): Fault[] {
  if (!levels.includes("red")) return [];
  const has = (when: Step["when"]) =>
    steps.some((step) => step.when === when && step.to.some((to) => to !== "desk"));
  return (["raise", "not-acknowledged"] as const)
    .filter((when) => !has(when))
    .map((when) => source.at([...path, "steps"], `a red alarm calls nobody when: ${when}`));
}

function stepFaults(duty: Duty, path: Path, step: Step, channels: readonly string[]): Fault[] {
  const { source, value } = duty;
  const { when, after, to, via } = step;
  const roles = [...new Set(Object.values(value.people).map(({ role }) => role))];
  const at = (key: string) => [...path, key];
  return [
    ...(after === undefined && when !== "raise"
      ? [source.at(path, `${when} after how long?`, "after: 60s")]
      : []),
    ...(via ?? []).flatMap((channel) =>
      stranger(duty, at("via"), { kind: "channel", word: channel }, channels),
    ),
    ...to.flatMap((target) => {
      if (target === "desk") return [];
      if (target === "next-device")
        return when === "not-delivered"
          ? []
          : [source.at(at("to"), "next-device goes with when: not-delivered")];
      if ("person" in target)
        return stranger(duty, at("to"), { kind: "person", word: target.person }, Object.keys(value.people));
      if ("role" in target) return stranger(duty, at("to"), { kind: "role", word: target.role }, roles);
      const lacks = "contact" in target && via === undefined;
      return lacks ? [source.at(at("to"), "a contact of a mine is reached by a channel", "via: …")] : [];
    }),
  ];
}
