import type { Alarm, AlarmRequest, Service, SubjectKind } from "../model/alarm.ts";
import { BOUNDS } from "../model/bounds.ts";
import type { MineCode } from "../model/mine.ts";
import type { Level } from "../model/rule.ts";
import type { Instant } from "../model/time.ts";
import type { ShelfView } from "../model/view.ts";

/** What people decided about alarms that outlives one occurrence, and how alarms follow upon each other. */
export interface Life {
  /** By case. */
  readonly shelves: Map<string, Shelf>;
  /** By `serviceName`. */
  readonly services: Map<string, Service>;
  /** What waits for a second person, by its id; and how the last of them were answered, oldest first. */
  readonly requests: Map<string, Pending>;
  readonly answered: Map<string, Answer>;
  /** Ids of alarms that ended a day ago and are not archived yet, in that order. */
  readonly unfinished: string[];
  /** Ids of forgotten alarms that acts brought back. */
  readonly recalled: string[];
  /** Alarms that were announced lately, by mine; `COUNTY` = all of them. */
  readonly paces: Map<MineCode, Pace>;
  /** The present run of alarms of a mine. */
  readonly runs: Map<MineCode, Run>;
  /** How often a subject raised, by `serviceName`, the one that was silent longest first. */
  readonly unrest: Map<string, Unrest>;
}

/** A case is shelved up to a level: what rises above it rings. */
export interface Shelf extends ShelfView {
  /** Journal seq at which it began. */
  readonly seq: number;
}

/** A request as it waits. */
export interface Pending {
  readonly request: AlarmRequest;
  readonly mine: MineCode;
  readonly of:
    | { readonly what: "shelve"; readonly case: string; readonly level: Level }
    | { readonly what: "out-of-service"; readonly service: Service };
}

interface Answer {
  readonly how: "approved" | "refused" | "lapsed";
  readonly by: string | null;
  readonly at: Instant;
}

export interface Pace {
  /** Seconds in which alarms were announced, and how many: ascending, of the last ten minutes. */
  seconds: { readonly at: Instant; n: number }[];
  /** Since when it is a flood, and how many came in it; null = it is none. */
  flood: { readonly since: Instant; readonly alarms: number } | null;
}

interface Run {
  readonly of: string;
  readonly n: number;
  readonly last: Instant;
}

interface Unrest {
  readonly mine: MineCode;
  readonly kind: SubjectKind;
  readonly id: string;
  readonly key: string;
  readonly raised: number;
  readonly chattering: number;
  readonly fleeting: number;
  readonly last: Instant;
}

export const COUNTY: MineCode = "*";

export function createLife(): Life {
  return {
    shelves: new Map(),
    services: new Map(),
    requests: new Map(),
    answered: new Map(),
    unfinished: [],
    recalled: [],
    paces: new Map(),
    runs: new Map(),
    unrest: new Map(),
  };
}

/** What is taken out of service as one: all alarms of a subject by one ladder, or rule without one. */
export const serviceName = (kind: string, id: string, key: string): string => `${kind}|${id}|${key}`;

export const serviceNameOf = ({ subject, ladder, rule }: Alarm): string =>
  serviceName(subject.kind, subject.id, ladder ?? rule);

/** Forgets the oldest beyond a bound. */
export function keepNewest<T>(map: Map<string, T>, most: number): void {
  for (const key of map.keys()) {
    if (map.size <= most) return;
    map.delete(key);
  }
}

export function noteAnswer(life: Life, id: string, answer: Answer): void {
  life.answered.set(id, answer);
  keepNewest(life.answered, BOUNDS.answeredRequests);
}

export const lifeImage = (life: Life) => ({
  shelves: [...life.shelves],
  services: [...life.services],
  requests: [...life.requests],
  answered: [...life.answered],
  unfinished: [...life.unfinished],
  recalled: [...life.recalled],
  paces: [...life.paces].map(([mine, pace]) => [mine, copyOf(pace)] as const),
  runs: [...life.runs],
  unrest: [...life.unrest],
});

const copyOf = ({ seconds, flood }: Pace): Pace => ({
  seconds: seconds.map((second) => ({ ...second })),
  flood,
});

export function restoreLife(life: Life, image: ReturnType<typeof lifeImage>): void {
  for (const [name, shelf] of image.shelves) life.shelves.set(name, shelf);
  for (const [name, service] of image.services) life.services.set(name, service);
  for (const [id, request] of image.requests) life.requests.set(id, request);
  for (const [id, answer] of image.answered) life.answered.set(id, answer);
  life.unfinished.push(...image.unfinished);
  // An image from before acts could bring alarms back has none.
  life.recalled.push(...(image.recalled ?? []));
  for (const [mine, pace] of image.paces) life.paces.set(mine, copyOf(pace));
  for (const [mine, run] of image.runs) life.runs.set(mine, run);
  for (const [name, unrest] of image.unrest) life.unrest.set(name, unrest);
}
