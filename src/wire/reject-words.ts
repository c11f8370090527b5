import type { Said } from "../model/mine-check.ts";
import { fileRejectWords, type RejectWords } from "./file-reject-words.ts";

type Entry = readonly [fits: RegExp, what: Said, remedy: Said];

const said = (zh: string, en: string): Said => ({ zh, en });

/**
 * By the sentence of a message that could not be used, else by the reason that is counted. The first that fits
 * holds; what fits none is shown in its own words.
 */
const ENTRIES: readonly Entry[] = [
  [
    /time-in-seconds|时间.*像是秒/,
    said("时间像是秒，应为毫秒", "the time looks like epoch seconds; milliseconds are needed"),
    said(
      "把时间乘以 1000 后上传（整数毫秒，13 位），或改发 yyyy-MM-dd HH:mm:ss",
      "multiply by 1000 (whole epoch milliseconds, 13 digits), or send yyyy-MM-dd HH:mm:ss",
    ),
  ],
  [
    /^ts is not a time|^time$|: time$/,
    said("时间无法识别", "it has no readable time"),
    said(
      "用 ISO 8601 带时区、yyyy-MM-dd HH:mm:ss（北京时间）或 13 位毫秒",
      "ISO 8601 with offset, yyyy-MM-dd HH:mm:ss (+08:00) or whole epoch milliseconds",
    ),
  ],
  [
    /not UTF-8/,
    said("报文不是 UTF-8 编码（多半是 GBK）", "the message is not UTF-8 (most often it is GBK)"),
    said("上传程序改用 UTF-8 编码输出 JSON", "write the JSON in UTF-8"),
  ],
  [
    /not JSON/,
    said("报文不是合法的 JSON", "the message is not JSON"),
    said(
      "用 JSON 库生成报文，不要拼接字符串；检查引号、逗号和截断",
      "make it with a JSON library, not by joining text; look for quotes, commas and cuts",
    ),
  ],
  [/is empty/, said("报文为空", "the message is empty"), said("不要发送空报文", "send no empty message")],
  [
    /larger than|more than .* (values|elements|keys)/,
    said("报文过大", "the message is too large"),
    said(
      "每条报文不超过 1 MiB、2000 个读数；测点表与人员名单用 part/parts 分段",
      "at most 1 MiB and 2,000 readings a message; tables and lists in part/parts",
    ),
  ],
  [
    /stands twice|duplicate-key/,
    said("同一字段出现两次", "one key stands twice in an object"),
    said("每个对象中每个字段只写一次", "each key once in an object"),
  ],
  [
    /code-twice/,
    said("同一测点编码出现两次", "one point code stands twice"),
    said("测点编码在一个系统内必须唯一", "a code stands for one point of a system"),
  ],
  [
    /too-many-points/,
    said("测点数超过上限", "more points than a mine may have"),
    said("检查测点编码是否每次变化（不要把时间、序号写进编码）", "do the codes change with every message?"),
  ],
  [
    /^value-missing/,
    said("没有数值", "no value"),
    said(
      "v 填数值；传感器故障或断线时 v 留空并把 s 置 128",
      "send a number in v; of a sensor that is broken leave v out and set s to 128",
    ),
  ],
  [
    /^value-not-a-number/,
    said("数值不是数字", "the value is not a number"),
    said(
      "v 只能是数字或十进制数字文本，不能是 NaN、“断线”、“---”等；故障用状态位 s 表示",
      "v is a number or decimal text, never NaN, words or ---; faults go into s",
    ),
  ],
  [
    /^value-overflow/,
    said("数值过大", "the value is too large to be one"),
    said("检查数值格式与量程", "look at how the number is written"),
  ],
  [
    /^point-code|code: |\bp: /,
    said("测点编码不合规定", "the point code is not one"),
    said(
      "编码为 1–64 个字母、数字、汉字或 . _ - #，不含空格",
      "1–64 letters, digits, CJK or . _ - #, no blanks",
    ),
  ],
  [
    /^state$/,
    said("状态 s 不是整数", "the state s is no whole number"),
    said("s 为位掩码 0/1/2/4/8/16/32/64/128 之和", "s is a sum of the bits 0/1/2/4/8/16/32/64/128"),
  ],
  [
    /^not-an-object/,
    said("读数不是对象", "a reading is no object"),
    said('readings 的每一项形如 {"p":…,"v":…}', 'each of readings is {"p":…,"v":…}'),
  ],
  [
    /is not a list|expected array/,
    said("缺少列表字段", "the list is missing"),
    said(
      "按主题填写 points、readings、events、stats 或 people 列表",
      "the topic's own list: points, readings, events, stats or people",
    ),
  ],
  [
    /^topic: |unknown-kind|not-a-mine-topic/,
    said("主题名不在约定之内", "the topic is none of the contract's"),
    said(
      "主题为 mine/v1/煤矿编码/系统/points、readings、backfill、stats、events、people 或 status",
      "mine/v1/CODE/SYSTEM/ and points, readings, backfill, stats, events, people or status",
    ),
  ],
  [
    /online is neither/,
    said("status 没有 online", "status has no online"),
    said(
      'status 报文为 {"online":true} 或 {"online":false}',
      'status is {"online":true} or {"online":false}',
    ),
  ],
  [
    /文件名/,
    said("文件名不合约定", "the file's name is not one"),
    said(
      "文件名为 煤矿编码_类型_yyyyMMddHHmmss.txt，如 520523017311_CDSS_20260302081530.txt",
      "name it CODE_TYPE_yyyyMMddHHmmss.txt",
    ),
  ],
  [
    /测点值.*不是数字/,
    said("测点值不是数字", "the value is not a number"),
    said(
      "断线等故障写状态位（128），测点值留空；开关量写测点定义中的开停描述",
      "faults go into the state; switches use the words of the point table",
    ),
  ],
  [
    /^第\d+行/,
    said("文件中有记录不合约定", "records of a file are not as agreed"),
    said("按 done/、bad/ 中同名 .why.txt 逐行改正", "mend the lines named in its .why.txt in done/ or bad/"),
  ],
  [
    /card/,
    said("人员卡号不合规定", "the card is not one"),
    said("卡号写成字符串（加引号），17 位卡号不能当数字", "a card is a string in quotes, never a number"),
  ],
];

/** `sentence`: what a message that could not be used was answered; the reason alone says nothing then. */
export function rejectWords(reason: string, sentence: string): RejectWords {
  const text = reason === "unusable" ? sentence : reason;
  const found = ENTRIES.find(([fits]) => fits.test(text));
  if (found !== undefined) return { what: found[1], remedy: found[2] };
  return (
    fileRejectWords(text) ?? {
      what: said(`不合约定：${text}`, text),
      remedy: said("对照 docs/MINES.md 中该主题的样例", "compare with the worked payload in docs/MINES.md"),
    }
  );
}
