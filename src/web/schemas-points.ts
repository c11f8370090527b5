import { z } from "zod";

const GuessJson = z.object({
  value: z.string().meta({ description: "Several cut devices are separated by commas" }),
  confidence: z.enum(["high", "medium", "low"]),
  why: z.string(),
});

export const SuggestionJson = z
  .object({
    point: z.string(),
    place: z.string(),
    suggestions: z.object({
      loc: GuessJson.optional(),
      set: GuessJson.optional(),
      machine: GuessJson.optional(),
      cuts: GuessJson.optional(),
      feeds: GuessJson.optional(),
    }),
  })
  .meta({ id: "PointSuggestion" });

const Text = z.string().max(200);

export const ConfirmPointsBody = z
  .object({
    points: z
      .array(
        z.object({
          point: z.string().min(3).max(120).meta({ description: "{system}:{code}" }),
          loc: z
            .string()
            .regex(/^[A-Z0-9_]{2,32}$/)
            .exactOptional(),
          set: Text.exactOptional(),
          machine: Text.exactOptional(),
          cuts: z.array(z.string().max(64)).max(64).exactOptional(),
          feeds: Text.exactOptional(),
        }),
      )
      .min(1)
      .max(2_000),
  })
  .meta({ example: { points: [{ point: "safety:1101-T0", loc: "CF_CORNER", cuts: ["1101-CUT"] }] } });
