import { z } from "zod";
import type { PeopleState } from "../../model/people.ts";
import { Duration } from "./units-of-time.ts";

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
