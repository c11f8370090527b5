import type { Instant } from "../model/time.ts";
import { sweepRequests } from "./requests.ts";
import { sweepServices } from "./service.ts";
import { sweepShelves } from "./shelving.ts";
import { refreshAll } from "./suppression.ts";
import type { World } from "./world.ts";

/**
 * What people decided for a time ends when that is over: every second, before anything is judged in it, so that nothing
 * rests behind a shelf whose time is over.
 */
export function sweepDecisions(world: World): void {
  const { shelves, services, requests } = world.life;
  if (shelves.size > 0) sweepShelves(world);
  if (services.size > 0) sweepServices(world);
  if (requests.size > 0) sweepRequests(world);
}

/** The gateway's clock was set: what was decided for an hour still lasts an hour, and is shown with its new end. */
export function shiftLife(world: World, by: number): void {
  const { life } = world;
  const moved = <T extends { readonly until: Instant }>(one: T): T => ({ ...one, until: one.until + by });
  for (const [name, shelf] of life.shelves) life.shelves.set(name, moved(shelf));
  for (const [name, service] of life.services) life.services.set(name, moved(service));
  for (const [id, pending] of life.requests) {
    const { request, of } = pending;
    life.requests.set(id, {
      ...pending,
      request: { ...moved(request), expires: request.expires + by },
      of: of.what === "shelve" ? of : { ...of, service: moved(of.service) },
    });
  }
  for (const pace of life.paces.values()) {
    pace.seconds = pace.seconds.map(({ at, n }) => ({ at: at + by, n }));
    if (pace.flood !== null) pace.flood = { ...pace.flood, since: pace.flood.since + by };
  }
  for (const record of world.alarms.values()) {
    const { handling } = record.alarm;
    if (handling.due === null) continue;
    const due = handling.due + by;
    record.alarm = Object.freeze({ ...record.alarm, handling: { ...handling, due } });
  }
  for (const [mine, run] of life.runs) life.runs.set(mine, { ...run, last: run.last + by });
  // What was over by then is not shown with a new end.
  sweepDecisions(world);
  if (life.shelves.size + life.services.size + life.requests.size > 0)
    refreshAll(world, [...world.alarms.values()], { note: "the clock was set" });
}
