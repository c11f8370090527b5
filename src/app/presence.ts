import type { Role } from "../model/act.ts";
import { type DutyConfig, type OnDuty, SCREEN_CHANNEL } from "../model/duty.ts";

/** An alarm screen that is connected, and whose it is. */
export interface Seat {
  readonly user: string;
  readonly role: Role;
}

/** Those who can act on an alarm. A wall that nobody may act on is a screen, and not an officer's. */
const OFFICERS: ReadonlySet<Role> = new Set<Role>(["duty", "lead"]);

/** Whether an officer looks on: no screen at all is another trouble (`no-screen`), this is about who sits there. */
export const officerLooks = (seats: readonly Seat[]): boolean =>
  seats.length === 0 || seats.some(({ role }) => OFFICERS.has(role));

/**
 * Who of those on duty can be reached by nothing: no screen of theirs is connected, and no channel of theirs takes
 * messages. Null = somebody can, or there is no roster to ask.
 */
export function unreachable(
  duty: { readonly config: DutyConfig; readonly now: OnDuty } | null,
  seats: readonly Seat[],
  works: (channel: string) => boolean,
): string | null {
  if (duty === null) return null;
  const ids = [...new Set(Object.values(duty.now.parts).flat())];
  const people = duty.config.people.filter(({ id }) => ids.includes(id));
  const reached = people.some(
    ({ user, devices }) =>
      seats.some((seat) => seat.user === user) ||
      devices.some(({ channel }) => channel !== SCREEN_CHANNEL && works(channel)),
  );
  // That nobody is on duty at all is another trouble.
  if (reached || people.length === 0) return null;
  return `no screen and no working channel of ${people.map(({ name }) => name).join(", ")}`;
}
