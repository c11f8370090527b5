import type { z } from "zod";
import { checkOf } from "../generated-check.ts";
import * as payloads from "../payloads.ts";
import { ReadingMessage, worded } from "../readings.ts";
import type { Element } from "./element.ts";

/**
 * The door that every message goes through says no in English and to one element at a time: whatever it would refuse
 * is refused here already, with its line.
 */
const asks =
  (schema: z.ZodType) =>
  (element: Element): string | null => {
    const { error } = schema.safeParse(element);
    return error === undefined ? null : worded(error);
  };

const isReading = checkOf(ReadingMessage);

export const DOORS = {
  points: asks(payloads.Point),
  readings: (element: Element) => (isReading(element) ? null : asks(ReadingMessage)(element)),
  stats: asks(payloads.Stat),
  events: asks(payloads.Event),
  people: asks(payloads.PersonUnderground),
  areas: asks(payloads.MineArea),
  none: () => null,
} as const;
