import type { Alarm } from "../model/alarm.ts";
import { BOUNDS } from "../model/bounds.ts";
import { type Instant, SECOND } from "../model/time.ts";
import type { UnrestView } from "../model/view.ts";
import { keepNewest, type Life, serviceNameOf } from "./life.ts";
import type { Watch, World } from "./world.ts";

/**
 * Alarms that come and go too fast to be worked with (ISA-18.2): chattering = three or more of one subject within a
 * minute of its samples; fleeting = over within seconds, before anybody could act, seen from the county's desk.
 */
const CHATTER = { raises: 3, within: 60 * SECOND };
const FLEETING = 5 * SECOND;

/** Whether the occurrence that begins now, the newest of the episodes, is one too many. */
export function isChattering({ episodes }: Watch, raised: Instant): boolean {
  let near = 0;
  for (const episode of episodes)
    if (episode.raised <= raised && raised - episode.raised <= CHATTER.within) near++;
  return near >= CHATTER.raises;
}

export const isFleeting = (now: Instant, alarm: Alarm): boolean =>
  now - alarm.detectedAt <= FLEETING && alarm.acknowledged === null;

export function noteRaised(world: World, alarm: Alarm): void {
  const name = serviceNameOf(alarm);
  const { unrest } = world.life;
  const known = unrest.get(name);
  unrest.delete(name);
  unrest.set(name, {
    mine: alarm.mine,
    kind: alarm.subject.kind,
    id: alarm.subject.id,
    key: alarm.ladder ?? alarm.rule,
    raised: (known?.raised ?? 0) + 1,
    chattering: (known?.chattering ?? 0) + Number(alarm.chattering),
    fleeting: known?.fleeting ?? 0,
    last: world.now,
  });
  keepNewest(unrest, BOUNDS.unrestSubjects);
}

export function noteFleeting(world: World, alarm: Alarm): void {
  const name = serviceNameOf(alarm);
  const known = world.life.unrest.get(name);
  if (known !== undefined) world.life.unrest.set(name, { ...known, fleeting: known.fleeting + 1 });
}

/** Those that were ever restless, the worst first. */
export const viewUnrest = ({ unrest }: Life): UnrestView[] =>
  [...unrest]
    .filter(([, { chattering, fleeting }]) => chattering + fleeting > 0)
    .sort(([a, x], [b, y]) => y.chattering + y.fleeting - (x.chattering + x.fleeting) || (a < b ? -1 : 1))
    .map(([, counts]) => counts);
