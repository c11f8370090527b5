import type { Alarm, CallOut } from "../../model/alarm.ts";
import {
  type CallTarget,
  type ChainStep,
  contactId,
  type DutyConfig,
  type OnDuty,
  type Person,
} from "../../model/duty.ts";
import { GATEWAY_MINE } from "../../model/mine.ts";
import type { Instant } from "../../model/time.ts";
import type { AlarmRecord, World } from "../world.ts";
import type { Chain } from "./memory.ts";
import { onDutyAt, type Roster } from "./roster.ts";

/** Rungs of the receipt ladder that prove that a person's device has it. */
const REACHED = ["delivered", "rendered", "seen"] as const;

export function rosterOf(world: World, duty: DutyConfig): Roster {
  const { swaps, handovers } = world.duty;
  return { offsets: world.config?.offsets ?? [], duty, swaps, handovers };
}

/** Those on duty now. In a flood many ask at the same moment. */
function onDutyNow(world: World, duty: DutyConfig): OnDuty {
  const { swaps, handovers } = world.duty;
  const known = asked.get(world);
  const same = known?.duty === duty && known.swaps === swaps && known.handovers === handovers;
  if (known !== undefined && same && known.at === world.now) return known.onDuty;
  const onDuty = onDutyAt(rosterOf(world, duty), world.now);
  asked.set(world, { at: world.now, duty, swaps, handovers, onDuty });
  return onDuty;
}

const asked = new WeakMap<
  World,
  Pick<Roster, "duty" | "swaps" | "handovers"> & { readonly at: Instant; readonly onDuty: OnDuty }
>();

/** Whom a step calls on which device; empty = nobody, or the screens only. */
export function callsFor(
  world: World,
  duty: DutyConfig,
  { record, chain, step }: { record: AlarmRecord; chain: Chain; step: ChainStep },
): readonly CallOut[] {
  const calls = step.to.flatMap((target) => callsTo(world, duty, target, { record, chain, step }));
  const names = calls.map(({ person, device }) => `${person} ${device}`);
  return calls.filter((_, i) => names.indexOf(names[i] ?? "") === i);
}

function callsTo(
  world: World,
  duty: DutyConfig,
  target: CallTarget,
  { record, chain, step }: { record: AlarmRecord; chain: Chain; step: ChainStep },
): CallOut[] {
  const { alarm } = record;
  const named = (ids: readonly string[]) =>
    ids
      .flatMap((id) => duty.people.find((person) => person.id === id) ?? [])
      .filter((person) => isCalledFor(person, alarm))
      .flatMap((person) => devicesOf(person, step.via));
  switch (target.kind) {
    case "desk":
      return [];
    case "on-duty":
      return named(onDutyNow(world, duty).parts[target.part]);
    case "person":
      return named([target.person]);
    case "role":
      return named(duty.people.filter(({ role }) => role === target.role).map(({ id }) => id));
    case "contact":
      return contactsOf(world, alarm, target.role, step.via ?? []);
    case "next-device":
      return chain.group.flatMap(({ person }) => nextDevice(duty, person, chain.called));
  }
}

const isCalledFor = ({ mines }: Person, { mine }: Alarm): boolean =>
  mines.includes("*") || mines.includes(mine) || mine === GATEWAY_MINE;

/** Those of the channels that are asked for; a person who has none of them is called on what there is. */
function devicesOf({ id, devices }: Person, via: readonly string[] | null): CallOut[] {
  const asked = via === null ? [] : devices.filter(({ channel }) => via.includes(channel));
  const used = asked.length > 0 ? asked : devices.slice(0, 1);
  return used.map(({ id: device, channel }) => ({ person: id, device, channel }));
}

/** The mine's own people, as its file names them. */
function contactsOf(world: World, { mine }: Alarm, role: string | null, via: readonly string[]): CallOut[] {
  const contacts = world.mines.get(mine)?.config?.contacts ?? [];
  return contacts.flatMap((contact, at) =>
    role !== null && contact.role !== role
      ? []
      : via.map((channel) => ({ person: contactId(mine, at), device: "phone", channel })),
  );
}

/** The first of a person's devices that was not tried. */
function nextDevice(duty: DutyConfig, id: string, called: readonly CallOut[]): CallOut[] {
  const person = duty.people.find((each) => each.id === id);
  const tried = called.filter((each) => each.person === id).map(({ device }) => device);
  const next = person?.devices.find(({ id: device }) => !tried.includes(device));
  return next === undefined ? [] : [{ person: id, device: next.id, channel: next.channel }];
}

/** Whether any of those who were called has the alarm on a device, by the device's own word. */
export function isReached(world: World, { receipts }: AlarmRecord, group: readonly CallOut[]): boolean {
  if (receipts.size === 0) return false;
  const people = world.config?.duty?.people ?? [];
  return group.some(({ person }) => {
    const user = people.find(({ id }) => id === person)?.user ?? null;
    return REACHED.some(
      (rung) => receipts.has(`${rung} ${person}`) || (user !== null && receipts.has(`${rung} ${user}`)),
    );
  });
}
