import type { CheckFacts, CheckItem, CheckState, ClientView, Said } from "../../model/mine-check.ts";
import { type Instant, MINUTE, SECOND } from "../../model/time.ts";
import type { MineView, PeopleView, PointView } from "../../model/view.ts";
import { aside, item, KEPT, moment, said, shortId } from "./item.ts";
import { rejectsItem } from "./rejects-item.ts";

/** What came of the mine's data: refused, wrongly timed, its own records, its people, and who is silent. */
export function dataItems(found: {
  readonly mine: MineView;
  readonly facts: CheckFacts;
  readonly points: readonly PointView[];
  readonly people: PeopleView | null;
  readonly clients: readonly ClientView[];
  readonly now: Instant;
  readonly since: Instant;
}): CheckItem[] {
  const { mine, facts, points, people, clients, now, since } = found;
  const samples = mine.rejects.filter(({ at }) => at >= since);
  return [
    rejectsItem(facts, samples, clients),
    clock(mine, facts),
    events(mine, facts),
    peopleItem(mine, facts, people, now),
    silence(mine, points, now),
  ];
}

function clock({ streams }: MineView, { counts }: CheckFacts): CheckItem {
  const known = streams.flatMap(({ system, offset }) => (offset === null ? [] : [{ system, offset }]));
  const most = Math.max(0, ...known.map(({ offset }) => Math.abs(offset)));
  const state: CheckState =
    known.length === 0 ? "unknown" : most > 5 * MINUTE ? "bad" : most > MINUTE ? "warn" : "ok";
  const ahead = counts["suspect"] ?? 0;
  return item("clock", state, {
    figure: said(`最大 ${seconds(most)} 秒`, `at most ${seconds(most)} s`),
    from: said(
      "每路最近几条实时报文的到达时间减 ts，取中位数",
      "arrival minus ts of a stream's last live messages, median",
    ),
    samples: [
      ...known.map(({ system, offset }) =>
        said(
          `${system}：矿端时钟${offset >= 0 ? "慢（或上传迟）" : "快"} ${seconds(Math.abs(offset))} 秒`,
          `${system}: ${seconds(Math.abs(offset))} s ${offset >= 0 ? "behind, or sent late" : "ahead"}`,
        ),
      ),
      ...aside(
        ahead,
        "个样本的时间不可信（超前 5 分钟以上或时钟被调）",
        "samples with a time that is not credible",
      ),
    ],
    remedy:
      state === "ok" || state === "unknown"
        ? null
        : said(
            "矿端主机启用 NTP 对时；ts 用采样时刻",
            "let the mine's host follow NTP; ts is the moment of the sample",
          ),
  });
}

const seconds = (ms: number): string => (ms / SECOND).toFixed(1);

function events({ config }: MineView, { counts }: CheckFacts): CheckItem {
  const n = counts["event"] ?? 0;
  const due = config.systems.includes("safety");
  return item("events", n > 0 || !due ? "ok" : "unknown", {
    figure: said(`${n} 条`, `${n}`),
    from: KEPT,
    remedy:
      n > 0 || !due
        ? null
        : said(
            "时段内没有报警、断电或标校记录：请矿方做一次标校或断电试验，确认 events 会上传",
            "no record within the hours: let the mine make a calibration or cut test and see that events arrive",
          ),
  });
}

function peopleItem(
  { config }: MineView,
  { people: told }: CheckFacts,
  people: PeopleView | null,
  now: Instant,
): CheckItem {
  const from = said("最近一次人员快照与核定人数", "the last snapshot of people and the approved number");
  if (people === null || told === null) {
    const due = config.systems.includes("person");
    return item("people", due ? "bad" : "ok", {
      figure: due ? said("从未收到", "never told") : said("本矿不上传人员", "the mine reports no people"),
      from,
      remedy: due
        ? said("发布 person/people 全量快照，每分钟一次", "publish person/people, a full snapshot a minute")
        : null,
    });
  }
  const { underground } = people;
  const approved = config.approvedUnderground;
  const age = now - (told.heard ?? people.ts);
  const producing = config.status === "producing";
  const doubts: Said[] = [
    ...(approved !== null && underground > approved
      ? [said(`超过核定 ${approved} 人`, `more than the approved ${approved}`)]
      : []),
    ...(told.claimed !== null && told.claimed !== underground
      ? [
          said(
            `报文称 ${told.claimed} 人，名单 ${underground} 人`,
            `count says ${told.claimed}, the list has ${underground}`,
          ),
        ]
      : []),
    ...(underground > 0 && !told.tellsLeaders
      ? [said("名单不含是否矿领导（leader）", "the list does not say who leads (leader)")]
      : underground > 0 && told.leaders === 0 && producing
        ? [said("井下没有带班领导", "no leader is underground")]
        : []),
    ...(underground === 0 && producing
      ? [said("生产矿井井下 0 人，请核实", "nobody underground in a producing mine")]
      : []),
    ...(told.doubted ? [said("人数骤降，等待第二次快照", "a sudden fall waits for a second snapshot")] : []),
    ...(age > 5 * MINUTE
      ? [
          said(
            `快照已过 ${Math.round(age / MINUTE)} 分钟`,
            `the snapshot is ${Math.round(age / MINUTE)} minutes old`,
          ),
        ]
      : []),
    ...(approved === null
      ? [said("县级未登记核定下井人数", "no approved number is written for the mine")]
      : []),
  ];
  return item("people", doubts.length > 0 ? "warn" : "ok", {
    figure: said(
      `井下 ${underground} 人，核定 ${approved ?? "-"}，领导 ${told.leaders}`,
      `${underground} underground, approved ${approved ?? "-"}, leaders ${told.leaders}`,
    ),
    from,
    samples: doubts,
    remedy:
      doubts.length === 0
        ? null
        : said("与矿方人工清点核对；补齐名单字段", "compare with a count by hand; complete the list"),
  });
}

/** A few dead sensors are a work-list, more are a line that does not work. */
const SILENT_SHARE = 0.05;

function silence({ streams }: MineView, points: readonly PointView[], now: Instant): CheckItem {
  const due = points.filter(({ listed, quality, def }) => listed && !(quality === "none" && def.cycle === 0));
  const silent = due.filter(({ quality }) => quality === "stale" || quality === "none");
  const mute = streams.filter(
    ({ newestMessage, cycle }) =>
      newestMessage !== null && now - newestMessage > Math.max(3 * cycle * SECOND, 90 * SECOND),
  );
  const share = silent.length / Math.max(1, due.length);
  const state: CheckState =
    due.length === 0
      ? "unknown"
      : mute.length > 0 || share > SILENT_SHARE
        ? "bad"
        : silent.length > 0
          ? "warn"
          : "ok";
  return item("silence", state, {
    figure: said(`${silent.length} / ${due.length} 个测点`, `${silent.length} of ${due.length} points`),
    from: said(
      "此刻超过三个周期（至少 90 秒）没有样本的测点；cycle 为 0 的除外",
      "points without a sample for three cycles (at least 90 s) now; those with cycle 0 left out",
    ),
    samples: [
      ...mute.map(({ system, newestMessage }) =>
        said(
          `${system}：整路无数据，最近 ${moment(newestMessage ?? 0)}`,
          `${system}: silent as a whole, last ${moment(newestMessage ?? 0)}`,
        ),
      ),
      ...silent.map(({ id, def, at }) =>
        said(
          `${shortId(id)} ${def.place}：${at === null ? "从未上传" : `最近 ${moment(at)}`}`,
          `${shortId(id)} ${def.place}: ${at === null ? "never sent" : `last ${moment(at)}`}`,
        ),
      ),
    ],
    remedy:
      silent.length + mute.length === 0
        ? null
        : said(
            "查传感器与上传程序；已拆除的测点从测点表删去；只在变化时上传的测点写 cycle: 0",
            "look after sensor and publisher; take removed points off the table; cycle: 0 for points sent on change only",
          ),
  });
}
