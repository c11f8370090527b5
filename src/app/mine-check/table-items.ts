import type { CheckFacts, CheckItem, CheckState, LooserLimit, Said } from "../../model/mine-check.ts";
import type { MineView, PointView, StreamView, TableView } from "../../model/view.ts";
import { item, moment, said, same, shortId } from "./item.ts";

/** What the mine's point tables say, and what nobody has confirmed of them. */
export function tableItems(found: {
  readonly mine: MineView;
  readonly facts: CheckFacts;
  readonly points: readonly PointView[];
  readonly tableOf: (system: string) => TableView | null;
}): CheckItem[] {
  const { mine, facts, points, tableOf } = found;
  const placeOf = new Map(points.map(({ id, def }) => [id, def.place]));
  const named = (id: string): Said => same(`${shortId(id)} ${placeOf.get(id) ?? ""}`.trim());
  return [
    tableItem(mine.streams, points, tableOf),
    locations(facts, named),
    limits(facts),
    words(facts, named),
    feeds(facts, named),
  ];
}

function tableItem(
  streams: readonly StreamView[],
  points: readonly PointView[],
  tableOf: (system: string) => TableView | null,
): CheckItem {
  const untold = points.filter(({ def }) => def.type === "unknown");
  const without = streams.filter(({ tableVersion, points: n }) => tableVersion === 0 && n > 0);
  const held = streams.filter(({ tableHeld }) => tableHeld !== null);
  const waiting = streams.map(
    ({ system }) => (tableOf(system)?.changes ?? []).filter(({ confirm }) => confirm).length,
  );
  const open = waiting.reduce((a, b) => a + b, 0);
  const none = streams.every(({ tableVersion }) => tableVersion === 0);
  const bad = none || without.some(({ system }) => system === "safety" || system === "fan");
  const doubtful = without.length + held.length + untold.length + open > 0;
  return item("table", bad ? "bad" : doubtful ? "warn" : "ok", {
    figure: said(
      `${streams.filter(({ tableVersion }) => tableVersion > 0).length} 张表，${points.length} 个测点`,
      `${streams.filter(({ tableVersion }) => tableVersion > 0).length} tables, ${points.length} points`,
    ),
    from: said("网关收到的最新测点表", "the newest point tables the gateway has"),
    samples: [
      ...held.map(({ system, tableHeld }) =>
        said(`${system}：新表被搁置（${tableHeld}）`, `${system}: the new table is held (${tableHeld})`),
      ),
      ...without.map(({ system }) =>
        said(`${system}：有数据，无测点表`, `${system}: readings and no point table`),
      ),
      ...untold.map(({ id }) =>
        said(`${shortId(id)}：上传了数据，测点表中没有`, `${shortId(id)}: sent, and in no table`),
      ),
      ...streams.flatMap((stream) => tableWords(stream, tableOf(stream.system)?.at ?? null)),
      ...(open === 0
        ? []
        : [said(`${open} 项测点变更等待确认`, `${open} changes of points wait for a person`)]),
    ],
    remedy: bad
      ? said(
          "矿端上传程序启动时和测点变更时发布 points（可保留）",
          "publish points when the publisher starts and when a point changes (may be retained)",
        )
      : doubtful
        ? said(
            "核对测点表：补全缺少的测点；被搁置或待确认的变更由县级或矿方确认",
            "complete the table; the county or the mine confirms what is held or waits",
          )
        : null,
  });
}

const tableWords = ({ system, tableVersion, points }: StreamView, at: number | null): Said[] =>
  tableVersion === 0
    ? []
    : [
        said(
          `${system}：第 ${tableVersion} 版，${points} 个测点，${at === null ? "-" : moment(at)}`,
          `${system}: version ${tableVersion}, ${points} points, ${at === null ? "-" : moment(at)}`,
        ),
      ];

function locations({ unconfirmed }: CheckFacts, named: (id: string) => Said): CheckItem {
  return item("locations", unconfirmed.length > 0 ? "warn" : "ok", {
    figure: said(`${unconfirmed.length} 个测点未确认`, `${unconfirmed.length} points not confirmed`),
    from: said(
      "限值取决于位置类别的测点；未确认的甲烷按 1.0/1.0/<1.0 判断",
      "points whose limit depends on the place; methane is judged by 1.0/1.0/<1.0 until then",
    ),
    samples: unconfirmed.map(named),
    remedy:
      unconfirmed.length === 0
        ? null
        : said(
            "县级按清单核定：davylamp points export 煤矿编码 --suggest 文件.xlsx，填好后 davylamp points import",
            "the county confirms: davylamp points export CODE --suggest FILE.xlsx, then davylamp points import",
          ),
  });
}

function limits({ looser, overStrictest }: CheckFacts): CheckItem {
  const unsure = overStrictest.length;
  const named = ({ point, place, mine, unit }: LooserLimit) =>
    `${shortId(point)} ${place} ${mine}${unit === null ? "" : ` ${unit}`}`;
  return item("limits", looser.length > 0 ? "bad" : unsure > 0 ? "warn" : "ok", {
    figure: said(
      `${looser.length} 个测点的限值偏宽${unsure === 0 ? "" : `，${unsure} 个因位置未确认无法与规定比较`}`,
      `${looser.length} points with looser limits${unsure === 0 ? "" : `, ${unsure} cannot be compared: no confirmed place`}`,
    ),
    from: said(
      "测点表中的报警、断电、复电值与规定及县级限值比较（规则 SEN-06）",
      "limits in the table against the law's and the county's (rule SEN-06)",
    ),
    samples: [
      ...looser.map((limit) => same(named(limit))),
      ...overStrictest.map((limit) =>
        said(
          `${named(limit)}：高于最严限值，位置确认后才能与规定比较`,
          `${named(limit)}: above the strictest; to be compared once its place is confirmed`,
        ),
      ),
    ],
    remedy:
      looser.length > 0
        ? said(
            "矿方把井下设备与测点表的限值改到不宽于规定；确有依据的由县级在该矿配置中写明",
            "set devices and table no looser than the law; where there is ground for it the county writes it down",
          )
        : unsure > 0
          ? said("先确认这些测点的位置（上一项），再验一次", "confirm their places (above), then check again")
          : null,
  });
}

function words({ assumed, unitless }: CheckFacts, named: (id: string) => Said): CheckItem {
  const n = assumed.length + unitless.length;
  return item("words", n > 0 ? "warn" : "ok", {
    figure: said(
      `含义按类型推定的开关量 ${assumed.length}，单位不识别 ${unitless.length}`,
      `${assumed.length} switches by their type's default, ${unitless.length} unknown units`,
    ),
    from: said("测点表的 states、onText/offText 与 unit", "states, onText/offText and unit of the table"),
    samples: [...unitless, ...assumed].map(named),
    remedy:
      n === 0
        ? null
        : said(
            "开关量写 onText/offText 或 states（如 开/停、有风/无风）；单位用通用写法，或由县级加入 units.yaml、switches.yaml",
            "send onText/offText or states, and common units; or the county adds the word to units.yaml, switches.yaml",
          ),
  });
}

function feeds({ unfed, loose, cutless, devices }: CheckFacts, named: (id: string) => Said): CheckItem {
  const gaps = unfed.length + loose.length + cutless.length;
  const state: CheckState = gaps > 0 ? "warn" : devices === 0 ? "unknown" : "ok";
  const lines = (zh: string, en: string, ids: readonly string[]) =>
    ids.map((id) => said(`${zh}：${named(id).zh}`, `${en}: ${named(id).en}`));
  return item("feeds", state, {
    figure: said(
      `断电器 ${devices} 个，${unfed.length} 个无馈电；${loose.length} 个馈电、${cutless.length} 个断电传感器未关联`,
      `${devices} cut devices, ${unfed.length} without a feed; ${loose.length} feeds and ${cutless.length} cutting sensors unlinked`,
    ),
    from: said("测点表的 cuts、feeds 与关联关系 D-…", "cuts, feeds and relation D-… of the table"),
    samples: [
      ...lines("断电器无馈电测点", "no feed point", unfed),
      ...lines("馈电未写 feeds", "feeds is missing", loose),
      ...lines("有断电值，未写 cuts", "cuts is missing", cutless),
    ],
    remedy:
      gaps === 0
        ? null
        : said(
            "馈电测点写 feeds（对应断电器编码），传感器写 cuts；没有馈电传感器的断电器应补装",
            "feeds names the cut device of a feed point, cuts those a sensor acts on; fit a feed sensor where there is none",
          ),
  });
}
