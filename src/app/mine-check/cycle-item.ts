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
import { percent } from "./data-items.ts";
import { item, moment, said, shortId } from "./item.ts";

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
  const begun = Math.min(...counted.map(({ first }) => first));
  if (!Number.isFinite(begun)) return null;
  const kept = counted
    .map(({ id, got, each, step }) => ({
      id,
      got,
      // What began within the hours owes nothing for those before.
      owed: each * Math.max(1, Math.floor((range.to - begun) / BUCKET_MS[step])),
    }))
    .map(({ id, got, owed }) => ({ id, got, owed, share: Math.min(1, got / owed) }));
  const sum = (of: (one: (typeof kept)[number]) => number) => kept.reduce((total, one) => total + of(one), 0);
  return {
    system,
    share: Math.min(1, sum(({ got }) => got) / sum(({ owed }) => owed)),
    begun,
    worst: [...kept].sort((a, b) => a.share - b.share),
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
  readonly got: number;
  readonly each: number;
  readonly first: Instant;
  readonly step: BucketStep;
}

/** More than is due in five minutes makes up for nothing that lacks in others. */
async function countOf(id: string, cycle: number, { from, to }: Range, series: Ask): Promise<Counted> {
  const step: BucketStep = cycle * SECOND <= BUCKET_MS["5m"] ? "5m" : "1h";
  const each = BUCKET_MS[step] / (cycle * SECOND);
  const answer = await series({ id, from, to, step, limit: MOST_SERIES_ROWS, cursor: null });
  const rows = answer.step === "raw" ? [] : answer.rows;
  return {
    id,
    each,
    step,
    got: rows.reduce((sum, { n }) => sum + Math.min(n, each), 0),
    first: rows[0]?.t ?? Number.POSITIVE_INFINITY,
  };
}

/** Whole buckets only, up to the last one that is over. */
export function rangeOf(now: Instant, hours: number): Range {
  const bucket = BUCKET_MS["5m"];
  const to = Math.floor(now / bucket) * bucket;
  return { from: to - hours * HOUR, to };
}
