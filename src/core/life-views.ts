import type { Service } from "../model/alarm.ts";
import type { RequestView, ShelfView } from "../model/view.ts";
import type { Life } from "./life.ts";

/** What people decided, as screens list it. Never used to decide. */

export const viewShelves = ({ shelves }: Life): ShelfView[] =>
  [...shelves.values()].map(({ seq: _, ...shelf }) => shelf);

export const viewServices = ({ services }: Life): Service[] => [...services.values()];

export const viewRequests = ({ requests }: Life): RequestView[] =>
  [...requests.values()].map(({ request, mine, of }) => ({
    ...request,
    mine,
    case: of.what === "shelve" ? of.case : null,
    service: of.what === "shelve" ? null : of.service,
  }));
