import uPlot from "uplot";
import type { EffectiveLimits } from "../model/rule.ts";
import { dayOf, timeOf } from "./clock-words.ts";
import type { LimitLine } from "./limit-lines.ts";
import { lonely } from "./trend.ts";

interface PlotOptions {
  readonly width: number;
  readonly height: number;
  readonly rem: number;
  readonly font: string;
  readonly span: readonly [number, number];
  readonly range: readonly [number, number];
  readonly lines: readonly LimitLine[];
  readonly limits: EffectiveLimits | null;
  readonly envelope: boolean;
  /** The value holds until the next: stairs, not slopes. */
  readonly stairs: boolean;
  onArea(left: number, width: number): void;
  onCursor(index: number | null): void;
}

const INK = "#1d2327";
const SOFT = "#4d565c";
const GRID = "#d3d8db";
const ORANGE = "#c86a00";
const RED = "#c3161c";

export function optionsOf(options: PlotOptions): uPlot.Options {
  const { rem, font, span, range } = options;
  const axis = {
    stroke: SOFT,
    font: `${0.82 * rem}px ${font}`,
    grid: { stroke: GRID, width: 1 },
    ticks: { stroke: GRID, width: 1, size: 4 },
  };
  return {
    width: options.width,
    height: options.height,
    padding: [rem * 0.6, rem * 1.2, 0, 0],
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, points: { size: rem * 0.5 } },
    tzDate,
    scales: { x: { time: true, range: [span[0], span[1]] }, y: { range: [range[0], range[1]] } },
    axes: [
      {
        ...axis,
        size: rem * 2,
        space: rem * 5.5,
        values: (_, splits) => momentLabels(splits),
      },
      { ...axis, size: rem * 3.6, space: rem * 2.6, values: (_, splits) => valueLabels(splits) },
    ],
    series: [{}, ...lineSeries(options)],
    ...(options.envelope ? { bands: [{ series: [1, 2], fill: "rgba(29, 35, 39, 0.18)" }] } : {}),
    hooks: {
      draw: [(plot) => drawLimits(plot, options)],
      drawAxes: [(plot) => options.onArea(plot.bbox.left / scale(), plot.bbox.width / scale())],
      setCursor: [(plot) => options.onCursor(plot.cursor.idx ?? null)],
    },
  };
}

function lineSeries(options: PlotOptions): uPlot.Series[] {
  const width = Math.max(1.6, options.rem * 0.14);
  const stroke = (plot: uPlot) => strokeOf(plot, options);
  const points: uPlot.Series.Points = {
    show: true,
    size: options.rem * 0.45,
    filter: (plot, series) => lonely(plot.data[series] as (number | null)[]),
  };
  const paths = options.stairs ? uPlot.paths.stepped?.({ align: 1 }) : undefined;
  const plain: uPlot.Series = { spanGaps: false, points, ...(paths === undefined ? {} : { paths }) };
  const gas: uPlot.Series = { ...plain, stroke: SOFT, width, dash: [options.rem * 0.3, options.rem * 0.3] };
  if (!options.envelope) return [{ ...plain, stroke, width }, gas];
  const edge: uPlot.Series = { ...plain, stroke, width: width * 0.7 };
  return [edge, edge, { ...plain, stroke: SOFT, width: width * 0.5 }, gas];
}

/** The curve takes colour only where it is over a limit; a low limit (release above alarm) stays ink. */
function strokeOf(plot: uPlot, { limits }: PlotOptions): string | CanvasGradient {
  const alarm = limits?.alarm ?? null;
  if (alarm === null || (limits?.release ?? alarm) > alarm || plot.bbox.height === 0) return INK;
  const { top, height } = plot.bbox;
  const at = (value: number) => Math.min(1, Math.max(0, (plot.valToPos(value, "y", true) - top) / height));
  const gradient = plot.ctx.createLinearGradient(0, top, 0, top + height);
  const cut = limits?.cut ?? null;
  if (cut !== null) {
    gradient.addColorStop(0, RED);
    gradient.addColorStop(at(cut), RED);
  }
  gradient.addColorStop(cut === null ? 0 : at(cut), ORANGE);
  gradient.addColorStop(at(alarm), ORANGE);
  gradient.addColorStop(at(alarm), INK);
  gradient.addColorStop(1, INK);
  return gradient;
}

const DASHES = { alarm: [8, 4], cut: [], release: [2, 4] } as const;

function drawLimits(plot: uPlot, { lines, rem, font }: PlotOptions): void {
  const { ctx, bbox } = plot;
  const ratio = scale();
  ctx.save();
  ctx.font = `${0.85 * rem * ratio}px ${font}`;
  ctx.textAlign = "left";
  ctx.textBaseline = "bottom";
  for (const line of lines) {
    const y = Math.round(plot.valToPos(line.at, "y", true)) + 0.5;
    ctx.setLineDash(DASHES[line.kind].map((dash) => dash * ratio));
    ctx.lineWidth = (line.kind === "cut" ? 2 : 1.2) * ratio;
    ctx.strokeStyle = SOFT;
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    ctx.fillStyle = INK;
    ctx.fillText(line.words, bbox.left + 0.5 * rem * ratio, y - 0.15 * rem * ratio);
  }
  ctx.restore();
}

const scale = () => globalThis.devicePixelRatio || 1;

/** uPlot asks a Date for its local parts; this one has UTC+8's, so that hours fall on the duty room's hours. */
const tzDate = (seconds: number): Date => {
  const local = new Date(seconds * 1000).getTimezoneOffset();
  return new Date(seconds * 1000 + (480 + local) * 60_000);
};

/** All with as many decimals as the step between them needs: 1.0 beside 1.2, not 1. */
function valueLabels(splits: readonly number[]): string[] {
  const step = Math.abs((splits[1] ?? 1) - (splits[0] ?? 0));
  const places = [0, 1, 2, 3].find((n) => Math.abs(step * 10 ** n - Math.round(step * 10 ** n)) < 1e-6) ?? 4;
  return splits.map((split) => split.toFixed(places));
}

/** Times of day, and the date under the first and under each midnight. */
function momentLabels(splits: readonly number[]): string[] {
  const step = (splits[1] ?? Number.POSITIVE_INFINITY) - (splits[0] ?? 0);
  const days = step >= 86_400 && step < Number.POSITIVE_INFINITY;
  const length = step < 60 ? 8 : 5;
  return splits.map((split, i) => {
    const t = split * 1000;
    if (days) return dayOf(t).slice(5);
    const newDay = i > 0 && dayOf(t) !== dayOf((splits[i - 1] as number) * 1000);
    return newDay ? `${dayOf(t).slice(5)}\n${timeOf(t).slice(0, length)}` : timeOf(t).slice(0, length);
  });
}
