import type { MineEvent } from "../../model/input.ts";
import type { PeopleState } from "../../model/people.ts";
import type { Plan } from "../plan.ts";
import type { Mine } from "../world.ts";
import type { Word } from "./crew.ts";
import { areaOf } from "./facts.ts";
import { finding, type Look } from "./findings.ts";

/**
 * The mine's own system says too that somebody calls for help, stays too long, is where nobody may be, or that
 * there are too many (contract §3, `events`). What it says holds until it says the end, or until a later
 * snapshot shows that it is over.
 */
export function wordOf(mine: Mine, event: MineEvent): Word | null {
  const { kind } = event;
  if (!isKind(kind)) return null;
  const { card, area } = event;
  const said = { id: event.id ?? null, kind, start: event.start, named: card ?? area ?? "" };
  if (kind === "over-capacity" || kind === "restricted") {
    const code = area ?? (kind === "restricted" ? restrictedAreaOf(mine, card) : null);
    if (code !== null) return { ...said, subject: "area", code };
  } else if (card !== undefined) {
    return { ...said, subject: "card", code: card };
  }
  return { ...said, subject: "mine", code: "" };
}

const isKind = (kind: string): kind is Word["kind"] =>
  kind === "sos" || kind === "overtime" || kind === "over-capacity" || kind === "restricted";

/** The mine named the card only: where it is, the list tells. */
function restrictedAreaOf(mine: Mine, card: string | undefined): string | null {
  const area = mine.people?.list.find((person) => person.card === card)?.area;
  return area !== undefined && areaOf(mine, area).kind === "restricted" ? area : null;
}

/** Known again by its id, else by subject, kind and start (contract §3). */
export const isSame = (a: Word, b: Word): boolean =>
  (a.id !== null && a.id === b.id) || (a.kind === b.kind && a.named === b.named && a.start === b.start);

/** Whether the rules of a plan are the ones a word speaks of. */
export const answers = (mine: Mine, plan: Plan, word: Word): boolean =>
  plan.steps.some(({ test }) => test.kind === "people" && isAbout(mine, test.is, word));

function isAbout(mine: Mine, is: PeopleState, word: Word): boolean {
  switch (is.what) {
    case "sos":
    case "overtime":
    case "restricted":
      return word.kind === is.what;
    case "underground":
      return word.kind === "over-capacity" && word.subject === "mine";
    case "over": {
      if (word.kind !== "over-capacity") return false;
      if (word.subject === "mine" || is.of === "mine") return word.subject === is.of;
      return (areaOf(mine, word.code).kind === "rockburst") === (is.of === "rockburst");
    }
    case "outside":
    case "leader-absent":
    case "unseen":
    case "fall":
    case "mismatch":
      return false;
  }
}

/** Forgets what a later snapshot shows to be over although the mine never said so. */
export function dropOutdated(look: Look): void {
  const { words } = look.mine.crew;
  const kept = words.filter((word) => word.start > look.people.judged || !isOver(word, look));
  if (kept.length < words.length) words.splice(0, words.length, ...kept);
}

function isOver({ kind, subject, code }: Word, look: Look): boolean {
  const { below, up, inArea } = look.facts;
  switch (kind) {
    case "sos":
      // Missing is no answer to a call for help; having come up is.
      return subject === "card" && up.has(code);
    case "overtime":
      return subject === "card" && !below.has(code);
    case "restricted":
      return subject === "area" && !inArea.has(code);
    case "over-capacity": {
      const { kind: areaKind } = areaOf(look.mine, code);
      const of = subject === "mine" ? "mine" : areaKind === "rockburst" ? "rockburst" : "area";
      const known = finding({ what: "over", of }, code, look);
      return known.limit !== null && !known.so;
    }
  }
}
