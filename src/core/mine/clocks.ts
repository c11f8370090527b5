import type { Instant } from "../../model/time.ts";
import type { Mine, Stream, Watch, World } from "../world.ts";
import { isSwitch, runsOnSamples } from "./facts.ts";

/** After a start: what was waited for in the dark is waited for anew. */
export function startLooks(mine: Mine): void {
  for (const stream of mine.streams.values()) {
    for (const watch of stream.sets) {
      if (watch.plan.group !== "mine-set" || isSwitch(watch) || watch.open !== null) continue;
      watch.memory = [];
      watch.pending.fill(null);
    }
  }
}

/** The gateway's clock was set: what runs on it moves, and no sample was taken later than now. */
export function shiftLooks(world: World, by: number): void {
  for (const mine of world.mines.values()) {
    for (const watch of mine.own) shiftMemory(watch, by, world.now);
    for (const { own, sets } of mine.streams.values()) {
      own.lastEvent += by;
      own.message = own.message && { ...own.message, from: own.message.from + by };
      own.hour = own.hour.map((piece) => ({ ...piece, from: piece.from + by }));
      for (const watch of own.watches) shiftMemory(watch, by, world.now);
      for (const watch of sets) if (watch.plan.group === "mine-set") shiftMemory(watch, by, world.now);
    }
  }
  for (const watch of world.looks) if (watch.point !== null) shiftMemory(watch, 0, world.now);
}

/** The mine's clock was set back: what runs on its samples keeps what has run of it. */
export function shiftStreamLooks(world: World, stream: Stream, shift: number): void {
  for (const watch of world.looks) {
    if (watch.stream === stream && watch.point !== null) shiftMemory(watch, shift, world.now);
  }
}

function shiftMemory(watch: Watch, by: number, now: Instant): void {
  const moved = (at: Instant) => Math.min(at + by, now);
  watch.memory = watch.memory.map(
    (memory) =>
      memory && {
        ...memory,
        since: moved(memory.since),
        ...(memory.times === undefined ? {} : { times: memory.times.map(moved) }),
      },
  );
  if (watch.point !== null || runsOnSamples(watch)) return;
  watch.pending.forEach((onset, i) => {
    if (onset !== null) watch.pending[i] = { ...onset, judged: onset.judged + by };
  });
  watch.clearing += by;
}
