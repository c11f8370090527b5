import type { CheckFacts, CheckItem, CheckState, ClientView, Said } from "../../model/mine-check.ts";
import type { Counters, RejectSample } from "../../model/view.ts";
import { fileRejectWords, type RejectWords } from "../../wire/file-reject-words.ts";
import { rejectWords } from "../../wire/reject-words.ts";
import { aside, item, KEPT, moment, percent, said } from "./item.ts";

/** Beyond this share of what was sent the sheet is not signed (as rule LINK-06 within an hour). */
const REFUSED_SHARE = 0.01;

/** What was refused of messages, and of text files wherever they were read: by reason, with a sample and what to do. */
export function rejectsItem(
  { counts }: CheckFacts,
  samples: readonly RejectSample[],
  clients: readonly ClientView[],
): CheckItem {
  const of = (what: string) => counts[what] ?? 0;
  const counted = Object.entries(counts).filter(([what]) => what.startsWith("rejected:"));
  const all = counted.reduce((sum, [, n]) => sum + n, 0);
  // Of a message on no topic of the contract nobody knows how much it would have been.
  const seen = Math.max(all, of("items"), 1);
  const reasons = byReason(new Map(counted.map(([what, n]) => [what.slice("rejected:".length), n])), samples);
  const silent = of("files:told") > 0 ? [] : clients.filter(isUplink);
  const asides = [
    aside(of("qos0"), "条报文用 QoS 0：断网时会丢，应为 QoS 1", "messages by QoS 0: use QoS 1"),
    aside(of("seq-gap"), "处 seq 跳号：中间的报文没有收到", "gaps in seq: messages are missing"),
  ].flat();
  const state: CheckState =
    all === 0
      ? asides.length > 0
        ? "warn"
        : silent.length > 0
          ? "unknown"
          : "ok"
      : all / seen > REFUSED_SHARE || of("unusable") > 0
        ? "bad"
        : "warn";
  return item("rejects", state, {
    figure: said(`${all} / ${seen} 项，${shareOf(all / seen)}`, `${all} of ${seen}, ${shareOf(all / seen)}`),
    from: KEPT,
    samples: [
      ...silent.map(unseenOf),
      ...filesWords(counts),
      ...reasons.map((reason, i) => reasonWords(reason, i, seen)),
      ...asides,
    ],
    remedy: reasons[0]?.words.remedy ?? remedyOf(state),
  });
}

function remedyOf(state: CheckState): Said | null {
  if (state === "ok") return null;
  return state === "unknown"
    ? said(
        "在矿端电脑上核对有无 .why.txt，确认后签字",
        "look for .why.txt on the mine's computer before signing",
      )
    : said("按样例改正上传程序", "mend the publisher by the samples");
}

const OUTCOMES = ["taken", "partly", "bad", "duplicate"] as const;

/** As `davylamp uplink` calls itself. */
const isUplink = ({ mine, clientId }: ClientView): boolean => clientId.startsWith(`${mine}-uplink-`);

/** One that says nothing of its reading may refuse at the mine: that must not be signed as if there were nothing. */
const unseenOf = ({ clientId }: ClientView): Said =>
  said(
    `${clientId}：上传程序没有报告文件读取结果（版本较旧，或没有文件），矿端没有采用的记录不在此数内，见矿端 .why.txt 和 uplink.log`,
    `${clientId}: the uplink told nothing of its reading (it is old, or had no file); what it refused at the mine is not counted here, see its .why.txt and uplink.log`,
  );

/** What came of files: those taken whole only where an uplink read them. */
function filesWords(counts: Counters): Said[] {
  const [taken = 0, partly = 0, bad = 0, duplicate = 0] = OUTCOMES.map((one) => counts[`files:${one}`] ?? 0);
  if (taken + partly + bad + duplicate === 0) return [];
  const [zh, en] = taken === 0 ? ["", ""] : [`全部采用 ${taken} 个，`, `${taken} whole, `];
  return [
    said(
      `文本文件：${zh}部分采用 ${partly} 个，整个未采用 ${bad} 个，内容重复 ${duplicate} 个`,
      `text files: ${en}${partly} in part, ${bad} not at all, ${duplicate} of known content`,
    ),
  ];
}

interface Reason {
  readonly words: RejectWords;
  /** Within the hours; null = no more is known than the last samples. */
  readonly n: number | null;
  readonly samples: number;
  readonly last: RejectSample | null;
}

/** The most frequent first. Reasons of one meaning are one. */
function byReason(counted: ReadonlyMap<string, number>, samples: readonly RejectSample[]): Reason[] {
  const found = new Map<string, Reason>();
  const add = (words: RejectWords, n: number | null, last: RejectSample | null) => {
    const known = found.get(words.what.en);
    found.set(words.what.en, {
      words,
      n: n === null ? (known?.n ?? null) : n + (known?.n ?? 0),
      samples: (known?.samples ?? 0) + (last === null ? 0 : 1),
      last: last ?? known?.last ?? null,
    });
  };
  const ofFiles = new Set(samples.flatMap(({ code }) => code ?? []));
  const wordsOf = (code: string) =>
    (ofFiles.has(code) ? fileRejectWords(code) : null) ?? rejectWords(code, "");
  for (const [code, n] of counted) if (code !== "unusable") add(wordsOf(code), n, null);
  for (const one of samples)
    add(one.code === undefined ? rejectWords(one.reason, one.what) : wordsOf(one.code), null, one);
  const weight = ({ n, samples: few }: Reason) => n ?? few;
  return [...found.values()].sort((a, b) => weight(b) - weight(a));
}

/** The remedy of the first stands below as that of the whole. */
function reasonWords({ words: { what, remedy }, n, samples, last }: Reason, i: number, seen: number): Said {
  const [zh, en] =
    n === null
      ? [`（最近样例 ${samples} 个）`, ` (${samples} of the last samples)`]
      : [` × ${n}，占 ${shareOf(n / seen)}`, ` × ${n}, ${shareOf(n / seen)}`];
  const sample = last === null ? "" : sampleWords(last);
  return said(
    `${what.zh}${zh}${sample === "" ? "" : `：${sample}`}${i === 0 ? "" : `。${remedy.zh}`}`,
    `${what.en}${en}${sample === "" ? "" : `: ${sample}`}${i === 0 ? "" : `. ${remedy.en}`}`,
  );
}

function sampleWords(last: RejectSample): string {
  // Of a file the reason says which line.
  const line = last.topic.endsWith("/files") ? `${last.reason} ` : "";
  // Of a message that could not be used at all the sentence is its reason, which stands before it already.
  const quote = last.reason === "unusable" ? "" : `“${last.what.slice(0, 80)}” `;
  return `${last.topic} ${line}${quote}${moment(last.at)}`;
}

const shareOf = (share: number): string => (share > 0 && share < 0.001 ? "< 0.1 %" : percent(share));
