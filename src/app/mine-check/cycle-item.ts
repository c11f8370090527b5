import type { CheckItem, CheckState, Said } from "../../model/mine-check.ts";
import {
  BUCKET_MS,
  type BucketStep,
  MOST_SERIES_ROWS,
  type SeriesAnswer,
  type SeriesQuery,
} from "../../model/series.ts";
import { HOUR, type Instant, SECOND } from "../../model/time.ts";
import type { MineView, PointView, StreamView } from "../../model/view.ts";
import { item, moment, percent, said, shortId } from "./item.ts";

type Ask = (query: SeriesQuery) => Promise<SeriesAnswer>;

/** Points of a stream that are looked at, spread evenly over it: a large mine would be a long wait. */
const LOOKED_AT = 200;
const AT_ONCE = 16;
/** Shares of the readings due, a proposal of this product: from the first on well, below the second bad. */
const WELL = 0.98;
const POOR = 0.9;

interface Range {
  readonly from: Instant;
  readonly to: Instant;
}

interface Kept {
  readonly id: string;
  readonly share: number;
}

interface StreamKept {
  readonly system: string;
  readonly share: number;
  readonly begun: Instant;
  readonly worst: readonly Kept[];
  readonly looked: number;
  readonly of: number;
}

/** How much of what a point should have sent is in the stored series, five minutes by five minutes. */
export async function cycleItem(
  { streams, config }: MineView,
  points: readonly PointView[],
  range: Range,
  series: Ask,
): Promise<CheckItem> {
  const all = await Promise.all(
    streams.map((stream) => streamKept(stream, points, config.points, range, series)),
  );
  const found = all.filter((kept) => kept !== null);
  const least = Math.min(1, ...found.map(({ share }) => share));
  const short = found.filter(({ begun }) => begun - range.from > HOUR / 2);
  const state: CheckState =
    found.length === 0 ? "unknown" : least < POOR ? "bad" : least < WELL || short.length > 0 ? "warn" : "ok";
  return item("cycle", state, {
    figure:
      found.length === 0
        ? said("尚无数据", "nothing yet")
        : said(`最低 ${percent(least)}`, `least ${percent(least)}`),
    from: said(
      `已存时序（含断点续传）：每 5 分钟内的读数 ÷ 应有读数；每路最多取 ${LOOKED_AT} 个测点；${WELL * 100} % 与 ${POOR * 100} % 为本产品建议值`,
      `stored series (what was sent later included): readings of 5 minutes ÷ those due; at most ${LOOKED_AT} points a stream; ${WELL * 100} % and ${POOR * 100} % are this product's proposal`,
    ),
    samples: found.flatMap(keptWords),
    remedy:
      state === "ok" || state === "unknown"
        ? null
        : short.length > 0 && least >= WELL
          ? said(
              "上传时间不足验收时段：到时再验一次",
              "it has not sent for as long as the hours: check again then",
            )
          : said(
              "上传程序按周期连续发送；断网期间缓存并用 backfill 补传；仅变化时上传的测点写 cycle: 0",
              "send every cycle; keep and backfill what an outage held up; cycle: 0 for points sent on change only",
            ),
  });
}

function keptWords({ system, share, begun, worst, looked, of }: StreamKept): Said[] {
  const some = looked < of ? `, ${looked}/${of}` : "";
  return [
    said(
      `${system}：${percent(share)}，自 ${moment(begun)}${some}`,
      `${system}: ${percent(share)} since ${moment(begun)}${some}`,
    ),
    ...worst
      .filter(({ share: own }) => own < WELL)
      .slice(0, 2)
      .map(({ id, share: own }) =>
        said(`${shortId(id)}：${percent(own)}`, `${shortId(id)}: ${percent(own)}`),
      ),
  ];
}

async function streamKept(
  { system, cycle: ofStream }: StreamView,
  points: readonly PointView[],
  policies: MineView["config"]["points"],
  range: Range,
  series: Ask,
): Promise<StreamKept | null> {
  const cycleOf = ({ def }: PointView) => policies[`${system}:${def.code}`]?.cycle ?? def.cycle ?? ofStream;
  const due = points.filter((point) => point.system === system && point.listed && cycleOf(point) > 0);
  const some = spread(due, LOOKED_AT);
  const counted: Counted[] = [];
  for (let i = 0; i < some.length; i += AT_ONCE) {
    const asked = some.slice(i, i + AT_ONCE).map((point) => countOf(point.id, cycleOf(point), range, series));
    counted.push(...(await Promise.all(asked)));
  }
  const begun = Math.min(...counted.map(({ rows }) => rows[0]?.t ?? Number.POSITIVE_INFINITY));
  const kept = counted.flatMap((one) => keptOf(one, range, begun) ?? []);
  if (kept.length === 0) return null;
  const sum = (of: (one: Owed) => number) => kept.reduce((total, one) => total + of(one), 0);
  return {
    system,
    share: sum(({ got }) => got) / sum(({ owed }) => owed),
    begun,
    worst: kept.map(({ id, got, owed }) => ({ id, share: got / owed })).sort((a, b) => a.share - b.share),
    looked: some.length,
    of: due.length,
  };
}

function spread<T>(all: readonly T[], most: number): readonly T[] {
  if (all.length <= most) return all;
  return Array.from({ length: most }, (_, i) => all[Math.floor((i * all.length) / most)] as T);
}

interface Counted {
  readonly id: string;
  readonly step: BucketStep;
  /** Readings due in one bucket. */
  readonly each: number;
  readonly rows: readonly { readonly t: Instant; readonly n: number }[];
}

async function countOf(id: string, cycle: number, { from, to }: Range, series: Ask): Promise<Counted> {
  const step: BucketStep = cycle * SECOND <= BUCKET_MS["5m"] ? "5m" : "1h";
  const answer = await series({ id, from, to, step, limit: MOST_SERIES_ROWS, cursor: null });
  const rows = answer.step === "raw" ? [] : answer.rows.map(({ t, n }) => ({ t, n }));
  return { id, step, each: BUCKET_MS[step] / (cycle * SECOND), rows };
}

interface Owed {
  readonly id: string;
  readonly got: number;
  readonly owed: number;
}

/**
 * Over whole buckets, without the one in which its stream began. More than is due in one makes up for nothing that
 * lacks in others, but for the one reading that fell to the other side of the line between two. Null = no bucket is over.
 */
function keptOf({ id, step, each, rows }: Counted, { from, to }: Range, begun: Instant): Owed | null {
  const length = BUCKET_MS[step];
  const first = Math.ceil(Math.max(from, begun) / length) * length + (begun > from ? length : 0);
  const buckets = Math.floor((Math.floor(to / length) * length - first) / length);
  if (buckets < 1) return null;
  let [got, spare, debt, last] = [0, 0, 0, Number.NaN];
  for (const { t, n } of rows) {
    if (t < first || t >= first + buckets * length) continue;
    if (t !== last + length) spare = debt = 0;
    last = t;
    const short = Math.max(0, each - n);
    const back = Math.min(Math.max(0, n - each), debt);
    const ahead = Math.min(short, spare);
    got += Math.min(n, each) + back + ahead;
    spare = Math.min(1, Math.max(0, n - each - back));
    debt = Math.min(1, short - ahead);
  }
  return { id, got, owed: each * buckets };
}

/** Whole buckets only, up to the last one that is over. */
export function rangeOf(now: Instant, hours: number): Range {
  const bucket = BUCKET_MS["5m"];
  const to = Math.floor(now / bucket) * bucket;
  return { from: to - hours * HOUR, to };
}
