import type { Engine } from "../../core/engine.ts";
import type { MineCode } from "../../model/mine.ts";
import type { ClientView, MineCheck, TwiceView } from "../../model/mine-check.ts";
import type { SeriesAnswer, SeriesQuery } from "../../model/series.ts";
import { HOUR, type Instant } from "../../model/time.ts";
import type { RefusedConnection } from "../../web/ports.ts";
import { connectionItems, type WatchedPath } from "./connection-items.ts";
import { cycleItem, rangeOf } from "./cycle-item.ts";
import { dataItems } from "./data-items.ts";
import { worstOf } from "./item.ts";
import { tableItems } from "./table-items.ts";

export interface MineCheckOptions {
  readonly engine: Engine;
  readonly clients: (mine: MineCode) => readonly ClientView[];
  readonly folders: () => readonly (WatchedPath & { readonly mine: MineCode })[];
  readonly brokers: () => readonly string[];
  readonly twice: (mine: MineCode) => readonly TwiceView[];
  readonly refused: () => Iterable<RefusedConnection>;
  readonly series: (query: SeriesQuery) => Promise<SeriesAnswer>;
  /** None of them is missing since then. */
  readonly refusedFrom: () => Instant;
  readonly now: () => number;
  readonly version: string;
}

/** Looks at everything that is to be in order before the connection of a mine is accepted; null = no such mine. */
export function createMineCheck(options: MineCheckOptions) {
  const { engine, now: clock, version } = options;

  return async (code: MineCode, hours: number): Promise<MineCheck | null> => {
    const now = clock();
    const since = now - hours * HOUR;
    const mine = engine.mine(code);
    const facts = engine.check(code, since);
    if (mine === null || facts === null) return null;
    const points = engine.points(code);
    const clients = options.clients(code);
    const known = new Set(clients.map(({ address }) => address));
    const names = [code, ...mine.config.aliases];
    const items = [
      ...connectionItems({
        mine,
        clients,
        folders: options.folders().filter((folder) => folder.mine === code),
        brokers: options.brokers(),
        twice: options.twice(code),
        takeovers: facts.counts["taken-over"] ?? 0,
        refused: [...options.refused()].filter(
          ({ at, claimed, clientId, address }) =>
            at >= since &&
            (names.some((name) => claimed === name || clientId?.startsWith(name)) ||
              (known.has(address) && !claimed)),
        ),
        keptFrom: options.refusedFrom() > since ? options.refusedFrom() : null,
        now,
      }),
      ...tableItems({ mine, facts, points, tableOf: (system) => engine.table(code, system) }),
      await cycleItem(mine, points, rangeOf(now, hours), options.series),
      ...dataItems({ mine, facts, points, people: engine.people(code), clients, now, since }),
    ];
    return {
      mine: code,
      name: mine.config.name,
      at: now,
      hours,
      version,
      state: worstOf(items.map(({ state }) => state)),
      items,
    };
  };
}
