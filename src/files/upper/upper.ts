import { compiled } from "../../lib/compiled.ts";
import { createLastingWorker } from "../../lib/lasting-worker.ts";
import type { Rule } from "../../model/rule.ts";
import type {
  Told,
  ToWorker,
  UpperFault,
  UpperMine,
  UpperPoint,
  UpperState,
  WorkerOptions,
} from "./calls.ts";
import { type PeopleRules, peopleRulesOf } from "./people-rules.ts";

export type { UpperFault, UpperPoint, UpperState } from "./calls.ts";

export interface UpperOptions extends WorkerOptions {
  readonly onFault: (code: UpperFault, detail: string) => void;
}

/** The writer of one platform's files, behind a worker that opens the logs itself. */
export interface Upper {
  /** What mines are called, and what their alarms mean. */
  mines(mines: readonly UpperMine[], rules: readonly Rule[]): void;
  /** What points are; before the heads that bring their first samples. */
  points(points: readonly UpperPoint[]): void;
  /** Both logs are synced up to here. */
  synced(heads: { readonly spool: number; readonly journal: number }): void;
  /** As it was last told; null = not yet. */
  state(): UpperState | null;
  close(): Promise<void>;
}

/** In MiB. */
const HEAP = { maxYoungGenerationSizeMb: 16, maxOldGenerationSizeMb: 256 };
const END_WITHIN = 5_000;

/** Resolves when the worker runs. One that dies is started again, from its place on disk. */
export async function openUpper(options: UpperOptions): Promise<Upper> {
  const { onFault, ...data } = options;
  const points = new Map<string, UpperPoint>();
  let mines: readonly UpperMine[] = [];
  let rules: PeopleRules = {};
  let heads: Parameters<Upper["synced"]>[0] | null = null;
  let state: UpperState | null = null;

  function ready(): void {
    worker.post({ type: "mines", mines, rules });
    worker.post({ type: "points", points: [...points.values()] });
    if (heads !== null) worker.post({ type: "heads", ...heads });
  }

  function take(message: Told): void {
    switch (message.type) {
      case "state":
        state = message.state;
        break;
      case "fault":
        onFault(message.code, message.detail);
        break;
    }
  }

  const worker = createLastingWorker<ToWorker, Told>({
    entry: compiled("./worker.js", import.meta.url),
    name: `the upper platform ${data.platform.name}`,
    limits: HEAP,
    mostPending: 0,
    data: (): WorkerOptions => data,
    ready,
    take,
    onFault,
  });
  await worker.open();

  return {
    mines(next, all) {
      mines = next;
      rules = peopleRulesOf(all);
      worker.post({ type: "mines", mines, rules });
    },
    points(more) {
      for (const point of more) points.set(`${point.mine}:${point.system}:${point.def.code}`, point);
      worker.post({ type: "points", points: more });
    },
    synced(to) {
      heads = to;
      worker.post({ type: "heads", ...to });
    },
    state: () => state,
    close: () => worker.close(() => worker.post({ type: "close" }), END_WITHIN),
  };
}
