import type { Instant } from "../model/time.ts";
import type { Note, Refused } from "../wire/national/file.ts";
import { iso } from "../wire/time.ts";

/** What stands in `NAME.why.txt` beside a file of which not everything was used. */
export interface Why {
  /** Of the whole file; null = only records of it were refused. */
  readonly reason: string | null;
  readonly records: number;
  readonly refused: readonly Refused[];
  readonly notes: readonly Note[];
}

const MOST_LINES = 1_000;
const MOST_RAW = 500;

/** For the mine's own people, in their own editor: a mark for the encoding, and the line ends of Windows. */
export function whyText(name: string, { reason, records, refused, notes }: Why, now: Instant): string {
  const lines = [
    `文件: ${name}`,
    `时间: ${iso(now).slice(0, 19).replace("T", " ")}`,
    reason === null
      ? `结果: 已接收; ${records}条记录中有${refused.length}条未采用, 原因如下`
      : "结果: 整个文件未采用; 请按下列原因改正后重新上传",
    ...(reason === null ? [] : [`原因: ${reason}`]),
    ...refused
      .slice(0, MOST_LINES)
      .flatMap(({ reason: why, raw }) => [why, `    原文: ${raw.slice(0, MOST_RAW)}`]),
    ...(refused.length > MOST_LINES ? [`另有${refused.length - MOST_LINES}条, 未列出`] : []),
    ...notes.map(({ reason: why, times }) => `提示: ${why}${times > 1 ? ` (${times}次)` : ""}`),
  ];
  return `\ufeff${lines.join("\r\n")}\r\n`;
}
