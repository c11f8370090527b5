import { z } from "zod";
import { type PeopleState, subjectOfPeople } from "../../model/people.ts";
import type { RuleEntry } from "./rule-file.ts";
import { Duration } from "./units-of-time.ts";
import type { Fault, YamlSource } from "./yaml-source.ts";

const Share = z
  .string({ error: "a share of the cards: 5%" })
  .regex(/^\d{1,2}(\.\d+)?%$|^100%$/, { error: "a share of the cards: 5%" })
  .transform((text) => Number(text.slice(0, -1)) / 100)
  .meta({ description: "Share of the cards underground, as 5%" });

/** Forms of `when` about the list of people underground (domain.md §3). */
export const PEOPLE_FORMS = [
  z.strictObject({ people: z.enum(["sos", "restricted", "outside", "leader-absent", "fall", "mismatch"]) }),
  z.strictObject({ people: z.literal("over"), of: z.enum(["mine", "area", "rockburst"]) }),
  z.strictObject({
    people: z.literal("underground"),
    above: z
      .union([z.int().min(0), z.literal("permitted")])
      .meta({ description: "A number of people, or the mine's permittedUnderground" }),
  }),
  z.strictObject({ people: z.literal("overtime"), after: Duration }),
  z.strictObject({ people: z.literal("unseen"), of: z.literal("card"), after: Duration }),
  z.strictObject({
    people: z.literal("unseen"),
    share: Share,
    atLeast: z.int().min(1),
    after: Duration,
  }),
] as const;

export type PeopleForm = z.output<(typeof PEOPLE_FORMS)[number]>;

export function peopleState(form: PeopleForm): PeopleState {
  switch (form.people) {
    case "over":
      return { what: "over", of: form.of };
    case "underground":
      return { what: "underground", above: form.above };
    case "overtime":
      return { what: "overtime", after: form.after };
    case "unseen":
      return "share" in form
        ? { what: "unseen", of: "mine", share: form.share, atLeast: form.atLeast, after: form.after }
        : { what: "unseen", of: "card", after: form.after };
    case "sos":
    case "restricted":
    case "outside":
    case "leader-absent":
    case "fall":
    case "mismatch":
      return { what: form.people };
  }
}

/** A rule as the checks between files see it. */
interface Entry {
  readonly source: YamlSource;
  readonly i: number;
  readonly rule: Pick<RuleEntry, "id" | "system" | "type" | "loc" | "ladder"> & { readonly when: object };
}

/** What would keep a rule about people from ever judging anybody, or two steps of a ladder from being one alarm. */
export function peopleFaults(entries: readonly Entry[]): Fault[] {
  const ladders = new Map<string, { readonly id: string; readonly of: string }>();
  return entries.flatMap(({ source, i, rule }) => {
    const { when } = rule;
    if (!isPeopleForm(when)) return [];
    const at = (key: string, what: string, allowed: string) => source.at(["rules", i, key], what, allowed);
    const faults: Fault[] = [];
    if (rule.system.some((system) => system !== "person"))
      faults.push(at("system", "people are published under person only", "person"));
    for (const key of ["type", "loc"] as const)
      if (rule[key] !== undefined)
        faults.push(at(key, `a rule about people is not about points, so ${key} means nothing`, `no ${key}`));
    if (rule.ladder === undefined) return faults;
    const of = subjectOfPeople(peopleState(when));
    const first = ladders.get(rule.ladder) ?? { id: rule.id, of };
    ladders.set(rule.ladder, first);
    if (first.of === of) return faults;
    const words = `${rule.ladder} has alarms of a ${first.of} by ${first.id}, and this rule is about a ${of}`;
    return [...faults, at("ladder", words, "steps of a ladder have one kind of subject")];
  });
}

const isPeopleForm = (when: object): when is PeopleForm => "people" in when;
