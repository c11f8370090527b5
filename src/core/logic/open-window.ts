import type { WindowCondition } from "../../model/condition.ts";
import { Flat } from "./flat.ts";
import { Jump } from "./jump.ts";
import { Mean } from "./mean.ts";
import { Repeat } from "./repeat.ts";
import { Slope } from "./slope.ts";
import { type Kept, keptBy, type Window } from "./window.ts";

export function openWindow(when: WindowCondition, resolution: number, kept: Kept = keptBy(1)): Window {
  switch (when.kind) {
    case "rise":
    case "fall":
      return new Slope(when, resolution, kept);
    case "mean":
      return new Mean(when, resolution);
    case "flat":
      return new Flat(when, resolution, kept);
    case "repeats":
      return new Repeat(when, kept);
    case "jump":
      return new Jump(when, resolution, kept);
  }
}
