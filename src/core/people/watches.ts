import { subjectOfPeople } from "../../model/people.ts";
import { MINUTE } from "../../model/time.ts";
import { retire } from "../alarm.ts";
import type { Plan } from "../plan.ts";
import { createWatch } from "../resting-watch.ts";
import { isBusy } from "../watch.ts";
import type { Manner } from "../wiring.ts";
import { type Mine, type Subject, streamOf, type Watch, type World, watchId } from "../world.ts";
import { areaOf, factsOf } from "./facts.ts";
import { codeOf, limitSet } from "./findings.ts";

/**
 * Cards and areas come and go, so what watches them is made when there is something to watch, and forgotten when
 * its last alarm can have no successor in the same case.
 */
const REMEMBERED = 10 * MINUTE;

/** What a rule about people watches: the kind of its subjects, and the code of one. */
export interface Whom {
  readonly kind: "card" | "area" | "mine";
  readonly code: string;
}

export const kindOf = (plan: Plan): Whom["kind"] => {
  const test = plan.steps[0]?.test;
  if (test?.kind !== "people") throw new Error("must hold: a plan about people");
  return subjectOfPeople(test.is);
};

export function findWatch(mine: Mine, plan: Plan, whom: Whom): Watch | null {
  return mine.crew.watches.get(watchId(subjectOf(mine, whom), plan)) ?? null;
}

export function makeWatch(world: World, mine: Mine, plan: Plan, whom: Whom): Watch {
  const stream = streamOf(world, mine, "person");
  const own = forMine(world, mine, plan, whom.code);
  const watch = createWatch(own, { subject: subjectOf(mine, whom), mine, stream, point: null });
  mine.crew.watches.set(watchId(watch.subject, watch.plan), watch);
  if (plan.formula !== null) world.unbound.add(mine);
  return watch;
}

/** No name of a person: a card is its number (who may see names asks for the list). */
function subjectOf(mine: Mine, { kind, code }: Whom): Subject {
  const name = mine.config?.name ?? mine.code;
  if (kind === "mine") return { kind, id: mine.code, name, place: "" };
  const id = `${mine.code}:person:${code}`;
  if (kind === "area") {
    const { name: place } = areaOf(mine, code);
    return { kind, id, name: place, place };
  }
  const area = mine.people === null ? undefined : factsOf(mine.people.list).below.get(code)?.area;
  return { kind, id, name: code, place: area === undefined ? "" : areaOf(mine, area).name };
}

/**
 * A plan as it holds for one subject. A limit that the county set for this mine is part of what its alarms are
 * named by (contract §4, `ruleHash`).
 */
function forMine(world: World, mine: Mine, bare: Plan, code: string): Plan {
  const plan = { ...bare, unit: unitOf(bare) };
  const set = plan.steps.map(({ test }) => (test.kind === "people" ? limitSet(mine, test.is, code) : null));
  return set.every((limit) => limit === null)
    ? plan
    : { ...plan, hash: world.hash(`${plan.hash}|${JSON.stringify(set)}`) };
}

const unitOf = (plan: Plan): string | null =>
  plan.steps.some(({ test }) => test.kind === "people" && test.is.what === "overtime")
    ? "h"
    : kindOf(plan) === "card"
      ? null
      : "人";

/** The limits found for a subject become those its alarm shows. */
export function showLimits(watch: Watch, limits: readonly (number | null)[]): void {
  const { steps } = watch.plan;
  if (steps.every((step, i) => step.limit === (limits[i] ?? null))) return;
  const shown = steps.map((step, i) => ({ ...step, limit: limits[i] ?? null }));
  watch.plan = { ...watch.plan, steps: shown };
}

/** The rules about people as they now hold for the mine; a watch whose rule is the same keeps its state. */
export function wirePeople(world: World, mine: Mine, manner: Manner): void {
  const { crew, config } = mine;
  const plans = config === null ? [] : (world.planner?.forSystem("people", "person", config) ?? []);
  crew.plans = plans;
  crew.due = Number.NaN;
  for (const [name, watch] of [...crew.watches]) {
    const plan = plans.find(({ key }) => key === watch.plan.key);
    const code = codeOf(watch);
    const next = plan === undefined ? null : forMine(world, mine, plan, code);
    if (next?.hash === watch.plan.hash) {
      const limits = watch.plan.steps.map(({ limit }) => limit);
      watch.plan = next;
      showLimits(watch, limits);
      continue;
    }
    if (manner === "live") retire(world, watch);
    drop(world, name, watch);
    if (plan === undefined || watch.episodes.length === 0) continue;
    const kind = watch.subject.kind as Whom["kind"];
    const made = makeWatch(world, mine, plan, { kind, code });
    made.episodes = watch.episodes;
    world.remembered.add(made);
  }
}

function drop(world: World, name: string, watch: Watch): void {
  watch.mine.crew.watches.delete(name);
  watch.stream?.waiting.delete(watch);
  world.remembered.delete(watch);
}

/** Those about which there is nothing left to remember. */
export function forgetIdle(world: World, mine: Mine): void {
  for (const [name, watch] of mine.crew.watches) {
    const isRecent = watch.episodes.some(({ returned }) => world.now - (returned ?? world.now) <= REMEMBERED);
    if (!isBusy(watch) && !isRecent) drop(world, name, watch);
  }
}

type CrewImage = ReturnType<typeof crewImage>;

/** What a snapshot of the world keeps beside the watches' own state. */
export function crewImage(mine: Mine) {
  const { watches, words, heard, trust, due, tellsLeaders } = mine.crew;
  return {
    words: [...words],
    heard,
    trust,
    due,
    tellsLeaders,
    watches: [...watches.values()].map((watch) => ({
      key: watch.plan.key,
      subject: watch.subject,
      limits: watch.plan.steps.map(({ limit }) => limit),
    })),
  };
}

/** After the rules were compiled anew: the watches there were, their state yet to come. */
export function restoreCrew(world: World, mine: Mine, image: CrewImage): void {
  const { words, heard, trust, due, tellsLeaders } = image;
  Object.assign(mine.crew, { heard, trust, due, tellsLeaders });
  mine.crew.words.push(...words);
  for (const { key, subject, limits } of image.watches) {
    const plan = mine.crew.plans.find((each) => each.key === key);
    if (plan === undefined) continue;
    const kind = subject.kind as Whom["kind"];
    const code = kind === "mine" ? "" : subject.id.slice(`${mine.code}:person:`.length);
    const watch = makeWatch(world, mine, plan, { kind, code });
    watch.subject = subject;
    showLimits(watch, limits);
  }
}
