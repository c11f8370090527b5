import type { Act, ActResult, Role } from "../../src/model/act.ts";
import type { JournalRecord } from "../../src/model/alarm.ts";
import type { EffectiveConfig } from "../../src/model/config.ts";
import { loadConfig } from "../../src/wire/config/load.ts";
import { decodeEntry } from "../../src/wire/journal-codec.ts";
import { parseTime } from "../../src/wire/time.ts";
import type { Deed } from "../support/duty.ts";
import { shippedConfig } from "../support/shipped-config.ts";
import { openTimedGateway } from "../support/timed-gateway.ts";

/**
 * One night in a county's duty room, lived by the gateway itself on real logs; time passes by the inputs' own `now`.
 * People are named by what they are.
 */
const DUTY = `
people:
  officer: { user: officer, name: 值班员, role: officer, devices: [{ id: phone, channel: voice, to: "1" }, { id: sms, channel: sms, to: "1" }] }
  standby: { user: standby, name: 备班员, role: standby, devices: [{ id: phone, channel: voice, to: "2" }] }
  lead: { user: lead, name: 带班领导, role: lead, devices: [{ id: phone, channel: voice, to: "3" }] }
  morning: { user: morning, name: 白班值班员, role: officer, devices: [{ id: phone, channel: voice, to: "4" }] }
shifts:
  day: { name: 白班, from: "08:00", to: "20:00" }
  night: { name: 夜班, from: "20:00", to: "08:00" }
crews:
  nights: { name: 夜班组, officer: [officer], lead: [lead] }
  days: { name: 白班组, officer: [morning], lead: [lead] }
rotation:
  - { from: 2026-01-01, cycle: [{ day: days, night: nights }] }
chains:
  - levels: [red]
    steps:
      - { when: raise, to: { on-duty: officer } }
      - { when: not-delivered, after: 30s, to: next-device }
      - { when: not-acknowledged, after: 60s, to: { role: standby } }
      - { when: not-acknowledged, after: 3m, to: { on-duty: lead } }
      - { when: no-call, after: 5m, to: { on-duty: lead } }
      - { when: no-feedback, after: 30m, to: { on-duty: lead } }
  - levels: [orange, yellow]
    steps:
      - { when: raise, to: { on-duty: officer } }
      - { when: not-acknowledged, after: 3m, to: { on-duty: lead } }
`;
const HTTP = 'url: "https://provider.example/", query: { to: "{to}", text: "{text}" }';
const CHANNELS = `channels: [{ id: voice, kind: voice, ${HTTP} }, { id: sms, kind: sms, ${HTTP} }]`;

/** The rules that ship, but for those about lines that would have to be kept busy all night. */
const TOLD = /^(FAN-0[12]|CH4-0[1-4]|DUTY-\d+)$/;

export function nightConfig(): EffectiveConfig {
  const files = shippedConfig().map(({ path, text }) => {
    if (path === "duty.yaml") return { path, text: DUTY };
    return { path, text: path === "gateway.yaml" ? text.replace(/^channels:.*$/m, CHANNELS) : text };
  });
  const loaded = loadConfig(files, () => "secret", at("20:00"));
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
  const { config } = loaded;
  return { ...config, rules: config.rules.filter(({ id }) => TOLD.test(id)) };
}

/** A time of the evening of 2026-02-02 or of the morning after it. */
export function at(clock: string): number {
  const day = clock >= "12" ? "2026-02-02" : "2026-02-03";
  const time = parseTime(`${day}T${clock.length === 5 ? `${clock}:00` : clock}+08:00`);
  if (!time.ok) throw new Error(clock);
  return time.t;
}

const POINTS = {
  fan: {
    code: "HAND-FAN",
    type: "1010",
    kind: "switch",
    place: "中央风井主通风机",
    set: "HAND",
    machine: "1#",
    cycle: 0,
  },
  safety: {
    code: "HAND-CH4",
    type: "0001",
    kind: "analog",
    unit: "%CH4",
    place: "1101采煤工作面上隅角",
    loc: "CF_CORNER",
    cycle: 0,
  },
};

/** Lives the night in a directory, and gives back what it left there: the journal, read anew. */
export async function liveNight(dir: string): Promise<{ records: JournalRecord[]; config: EffectiveConfig }> {
  const gateway = await openTimedGateway(dir, at("19:59"));
  const config = nightConfig();
  await gateway.config(config);
  await gateway.points("fan", [POINTS.fan]);
  await gateway.points("safety", [POINTS.safety]);
  await gateway.readings("fan", [{ p: "HAND-FAN", v: 1 }]);
  await gateway.readings("safety", [{ p: "HAND-CH4", v: 0.4 }]);
  await tell(gateway);
  await gateway.close();
  return { records: await stored(dir), config };
}

type Gateway = Awaited<ReturnType<typeof openTimedGateway>>;

async function tell(gateway: Gateway): Promise<void> {
  const act = createActs(gateway);
  const take = (who: string, role: Role) => {
    const open = [...gateway.world.engine.openAlarms()].filter(({ state }) => state !== "normal");
    return act(who, role, { do: "handover", alarms: open.map(({ id }) => id), asOf: null, note: null });
  };
  const fan = () => alarmOf(gateway, "HAND-FAN");
  const gas = () => alarmOf(gateway, "HAND-CH4");

  await gateway.until(at("20:03"));
  await take("officer", "duty");

  await gateway.until(at("03:12"));
  await gateway.readings("fan", [{ p: "HAND-FAN", v: 0 }]);
  // Neither device of the officer answers; the second officer's telephone does.
  await gateway.until(at("03:13:09"));
  await gateway.take({ type: "receipt", alarm: fan().id, rung: "delivered", by: "standby", device: "phone" });
  await gateway.until(at("03:13:31"));
  await gateway.take({ type: "receipt", alarm: fan().id, rung: "seen", by: "standby", device: "phone" });
  await gateway.until(at("03:13:46"));
  await act("standby", "duty", { do: "acknowledge", alarm: fan().id, expect: fan().seq, note: null });
  await gateway.until(at("03:15:10"));
  const called = "示例一矿(突出)调度室";
  const call = { alarm: fan().id, expect: null, at: gateway.now(), called, answered: "矿调度员" } as const;
  await act("standby", "duty", { do: "call", ...call, note: "停电, 正在倒机" });
  await act("standby", "duty", { do: "stage", alarm: fan().id, expect: null, stage: "verified", note: null });
  await gateway.until(at("03:19:40"));
  await gateway.readings("fan", [{ p: "HAND-FAN", v: 1 }]);
  await act("standby", "duty", {
    do: "stage",
    alarm: fan().id,
    expect: null,
    stage: "handled",
    note: "备用电源已投入",
  });
  // Acknowledged at 03:13:46; half an hour later nobody has said what was done.
  await gateway.until(at("03:51"));
  await act("mine", "mine", {
    do: "feedback",
    alarm: fan().id,
    expect: null,
    text: "上级变电所跳闸, 井下人员已撤至进风巷",
  });
  const cause = { code: "power-fault", text: "上级变电所跳闸", measure: "检修保护装置" } as const;
  await act("mine", "mine", { do: "cause", alarm: fan().id, expect: null, ...cause });
  await gateway.until(at("03:54"));
  await act("standby", "duty", { do: "stage", alarm: fan().id, expect: null, stage: "fed-back", note: null });
  await act("standby", "duty", { do: "stage", alarm: fan().id, expect: null, stage: "archived", note: null });

  await gateway.until(at("07:41"));
  await gateway.readings("safety", [{ p: "HAND-CH4", v: 1.12 }]);
  await gateway.until(at("07:41:50"));
  await act("officer", "duty", { do: "acknowledge", alarm: gas().id, expect: gas().seq, note: null });

  await gateway.until(at("08:00"));
  await take("morning", "duty");
  await act("officer", "duty", {
    do: "duty-note",
    text: "夜班电话 03:12 无应答, 已更换手机",
    about: null,
    corrects: null,
  });
  await gateway.until(at("08:05"));
}

function createActs(gateway: Gateway) {
  let n = 0;
  return async (user: string, role: Role, what: Deed): Promise<void> => {
    n++;
    const mines = role === "mine" ? ["520523017311"] : ["*"];
    const actor = { user, role, mines, device: role === "mine" ? "矿端" : "值班台" };
    const result: ActResult | null = await gateway.take({
      type: "act",
      act: { id: `night-${n}`, actor, ...what } as Act,
    });
    if (result?.ok !== true) throw new Error(`${what.do} by ${user}: ${JSON.stringify(result)}`);
  };
}

function alarmOf(gateway: Gateway, code: string) {
  const found = [...gateway.world.engine.openAlarms()].find(({ subject, point }) =>
    `${point ?? subject.id}`.endsWith(code === "HAND-FAN" ? ":fan:HAND" : `:${code}`),
  );
  if (found === undefined) throw new Error(`no alarm of ${code}`);
  return found;
}

/** What is on disk, judged anew from the spool on the way: a difference from the journal would be told. */
async function stored(dir: string): Promise<JournalRecord[]> {
  const again = await openTimedGateway(dir, at("08:05"));
  const { journal, recovered } = again.world;
  if (recovered.differences.length > 0) throw new Error(JSON.stringify(recovered.differences));
  const records: JournalRecord[] = [];
  for await (const batch of journal.read(1)) records.push(...batch.map(decodeEntry));
  await again.close();
  return records;
}
