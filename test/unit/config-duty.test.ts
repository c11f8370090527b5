import { describe, expect, it } from "vitest";
import { faultWords } from "../../src/wire/config/fault-words.ts";
import { loadConfig } from "../../src/wire/config/load.ts";
import { shippedConfig } from "../support/shipped-config.ts";

const NOW = Date.UTC(2026, 2, 1);
const shipped = shippedConfig();
const duty = shipped.find(({ path }) => path === "duty.yaml")?.text ?? "";

/** What is said of the shipped duty.yaml with one thing changed. */
function faultsOf(find: string, put: string, gateway = ""): string[] {
  expect(duty).toContain(find);
  const text = duty.replace(find, () => put);
  const files = shipped.map((file) =>
    file.path === "duty.yaml"
      ? { ...file, text }
      : file.path === "gateway.yaml"
        ? { ...file, text: gateway === "" ? file.text : file.text.replace(/^channels:.*$/m, gateway) }
        : file,
  );
  const loaded = loadConfig(files, () => "https://robot.example/hook", NOW);
  return loaded.ok ? [] : loaded.faults.map((fault) => faultWords(fault));
}
const lineOf = (find: string) => duty.slice(0, duty.indexOf(find)).split("\n").length;

const WRONG: readonly [find: string, put: string, says: RegExp, below?: number][] = [
  [
    "    name: 值班员\n    role: officer",
    "    name: 值班员\n    roll: officer",
    /unknown key; did you mean role\?/,
    1,
  ],
  [
    "channel: screen }\n  lead",
    "channel: scren }\n  lead",
    /no channel is called scren; did you mean screen\? \(allowed: screen/,
  ],
  [
    "    devices:\n      - { id: desk, channel: screen }\n  lead",
    "    devices: []\n  lead",
    /nobody can be called without a device/,
  ],
  ["    user: duty", "    user: lead", /lead is the name or account of/, 6],
  ["    user: duty\n", "", /a screen is reached by an account/, 3],
  ['from: "08:00", to: "20:00"', 'from: "8:00", to: "20:00"', /a time of day: "08:00"/],
  ['to: "20:00" }', 'to: "19:30" }', /no shift from 19:30 to 20:00 \(allowed: 24 hours\)/, -1],
  ["officer: [duty]", "officer: [dutty]", /no person is called dutty; did you mean duty\?/],
  ["officer: [duty]", "officer: []", /a crew has an officer/],
  ["from: 2023-01-01", "from: 2026-02-30", /a day that exists/],
  [
    "night: first }",
    "nigth: first }",
    /nobody has the shift night|no shift is called nigth; did you mean night\?/,
  ],
  ["night: first }", "night: frist }", /no crew is called frist; did you mean first\?/],
  ["- { day: first, night: first }", "- { day: first }", /nobody has the shift night/],
  ["levels: [red]", "levels: [rde]", /did you mean red\? \(allowed: blue, yellow, orange, red\)/],
  ["levels: [red]", "levels: [blue]", /no chain for red: nobody would be called/, -1],
  ["levels: [orange]", "levels: [orange, red]", /red of \* has a chain already/],
  [
    "when: raise, to: { on-duty: officer }",
    "when: risen, to: { on-duty: officer }",
    /did you mean raise|not an allowed value/,
  ],
  ["when: raise, to: { on-duty: officer }", "when: raise, to: desk", /a red alarm calls nobody when: raise/],
  ["after: 60s, to: { on-duty: lead }", "after: 60, to: { on-duty: lead }", /a length of time with its unit/],
  ["when: not-acknowledged, after: 60s", "when: not-acknowledged", /not-acknowledged after how long\?/],
  [
    "after: 60s, to: { on-duty: lead }",
    "after: 60s, to: { on-duty: leed }",
    /did you mean lead\?|officer, lead/,
  ],
  [
    "after: 60s, to: { on-duty: lead }",
    "after: 60s, to: { person: leda }",
    /no person is called leda; did you mean lead\?/,
  ],
  ["{ role: lead }", "{ role: boss }", /no role is called boss \(allowed: officer, lead\)/],
  [
    "after: 60s, to: { on-duty: lead }",
    "after: 60s, to: next-device",
    /next-device goes with when: not-delivered/,
  ],
  [
    "after: 60s, to: { on-duty: lead }",
    "after: 60s, to: { contact: any }",
    /a contact of a mine is reached by a channel/,
  ],
  [
    "after: 60s, to: { on-duty: lead }",
    "after: 60s, to: { on-duty: lead }, via: [fax]",
    /no channel is called fax/,
  ],
  [
    "repeat: 3m",
    'repeat: 3m\n    mines: ["520523017399"]',
    /no mine is called 520523017399; did you mean 52052301731\d\?/,
    1,
  ],
  [
    "handoverWithin: 30m",
    'quiet: [{ from: "22:00", to: "06:00", levels: [red] }]\nhandoverWithin: 30m',
    /blue, yellow, orange/,
  ],
  ["coverDays: 7", "coverDays: 0", /./],
];

describe("duty.yaml", () => {
  it("that ships is well, and names accounts of the demo only", () => {
    expect(faultsOf("coverDays: 7", "coverDays: 7")).toEqual([]);
    const loaded = loadConfig(shipped, () => undefined, NOW);
    const people = loaded.ok ? (loaded.config.duty?.people ?? []) : [];
    expect(people.map(({ id, user }) => [id, user])).toEqual([
      ["duty", "duty"],
      ["lead", "lead"],
    ]);
    expect(people.flatMap(({ devices }) => devices.map(({ to }) => to)).join("")).toBe("");
  });

  it("may be left out: then nobody is called", () => {
    const loaded = loadConfig(
      shipped.filter(({ path }) => path !== "duty.yaml"),
      () => undefined,
      NOW,
    );
    expect(loaded.ok && loaded.config.duty).toBeUndefined();
  });

  it.each(WRONG)("with %j made %j is refused at its place", (find, put, says, below = 0) => {
    const faults = faultsOf(find, put);
    expect(faults.join("\n")).toMatch(says);
    const places = faults.map((fault) => Number(/^duty\.yaml:(\d+):\d+ /.exec(fault)?.[1]));
    expect(places).toContain(lineOf(find) + below);
  });

  it("wants an address for a channel that has one, and none for a robot that writes into a group", () => {
    const device = "- { id: desk, channel: screen }\n  lead";
    const channels = (kind: string) =>
      kind === "voice"
        ? 'channels: [{ id: call, kind: voice, url: "https://voice.example/call", query: { to: "{to}", step: "{step}" } }]'
        : 'channels: [{ id: call, kind: wecom, url: "$' + '{env:HOOK}" }]';
    const put = "- { id: desk, channel: screen }\n      - { id: phone, channel: call }\n  lead";
    expect(faultsOf(device, put, channels("voice")).join()).toMatch(/no address for call \(allowed: to: …\)/);
    expect(faultsOf(device, put, channels("wecom"))).toEqual([]);
    expect(faultsOf(device, put.replace("call }", 'call, to: "1" }'), channels("voice"))).toEqual([]);
  });
});
