import type { Danger } from "./danger.ts";
import { AIR_DANGERS } from "./dangers/air.ts";
import { GAS_DANGERS } from "./dangers/gas.ts";
import { PEOPLE_DANGERS } from "./dangers/people.ts";
import { PLANT_DANGERS } from "./dangers/plant.ts";
import { SYSTEM_DANGERS } from "./dangers/system.ts";

/** The dangers of the day, each at a mine of its own; what they must raise and by when is domain knowledge, not the packs'. */
export const DANGERS: readonly Danger[] = [
  ...GAS_DANGERS,
  ...AIR_DANGERS,
  ...PLANT_DANGERS,
  ...PEOPLE_DANGERS,
  ...SYSTEM_DANGERS,
];
