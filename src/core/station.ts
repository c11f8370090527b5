import type { Point } from "./world.ts";

/** The type of points that tell whether a substation answers (contract §3). */
const STATION = "3006";

export const isStation = ({ def }: Point): boolean => def.type === STATION;
