import type { Engine } from "../core/engine.ts";
import { createKpis } from "../core/kpi-groups.ts";
import { shiftSpans, shiftsOf } from "../core/kpi-shifts.ts";
import type { KpiAnswer, KpiFact, KpiGrouping } from "../model/kpi.ts";
import type { MineCode } from "../model/mine.ts";
import type { Instant } from "../model/time.ts";
import type { FactQuery, Store } from "../store/api.ts";

/** Alarms read at a time: other questions to the store have their turn between. */
const PAGE = 400;

export interface KpiQuery {
  readonly from: Instant;
  readonly to: Instant;
  readonly by: KpiGrouping;
  /** Null = every mine. */
  readonly mines: readonly MineCode[] | null;
}

/** The figures of a range, from the index; people of the roster are named by their accounts. */
export async function kpis(
  store: Pick<Store, "facts">,
  engine: Pick<Engine, "config">,
  { from, to, by, mines }: KpiQuery,
): Promise<KpiAnswer> {
  const config = engine.config();
  const range = { from, to };
  const shifts = config === null ? [] : shiftSpans(range, shiftsOf(config), config.offsets);
  const figures = createKpis({ range, by, shifts });
  const accounts = new Map((config?.duty?.people ?? []).map(({ id, user }) => [id, user ?? id]));
  let after: FactQuery["after"] = null;
  do {
    const page = await store.facts({ from, to, mines, limit: PAGE, after });
    for (const fact of page.facts) figures.add(named(fact, accounts));
    after = page.next;
  } while (after !== null);
  return figures.result();
}

const named = (fact: KpiFact, accounts: ReadonlyMap<string, string>): KpiFact =>
  accounts.size === 0
    ? fact
    : {
        ...fact,
        steps: fact.steps.map((step) => ({
          ...step,
          called: step.called.map((person) => accounts.get(person) ?? person),
        })),
      };
