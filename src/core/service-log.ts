import type { JournalEntry, Service } from "../model/alarm.ts";
import type { World } from "./world.ts";

type ServiceEntry = Extract<JournalEntry, { type: "service" }>;

/** What is out of service stands in the journal by itself: it may be so while no alarm of it is open. */
export function tellService(
  world: World,
  what: ServiceEntry["what"],
  service: Service,
  by: string | null,
  note: string | null,
): void {
  world.journalSeq++;
  const { now: t, input } = world;
  world.entries.push({ type: "service", t, what, service, by, note, inputs: [input] });
}
