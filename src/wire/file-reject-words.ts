import type { Said } from "../model/mine-check.ts";
import type { FileWrong, FolderWrong, RecordWrong } from "./national/reasons.ts";

/** One thing that was refused, in words its sender can act on. */
export interface RejectWords {
  readonly what: Said;
  readonly remedy: Said;
}

type Four = readonly [what: string, remedy: string, whatEn: string, remedyEn: string];

/** What is refused of text files, by the reason it is counted under; which line and which text say the samples. */
const WORDS: Readonly<Record<RecordWrong | FileWrong | FolderWrong | "other", Four>> = {
  fields: [
    "记录的字段数不对",
    "按该类型的字段表补齐或删去字段；文字中不要用分隔符",
    "a record has too few or too many fields",
    "write the fields of its type; no separator within a text",
  ],
  "full-width": [
    "用了全角字符",
    "分隔符和数字一律用半角",
    "full-width characters",
    "write separators and digits half-width",
  ],
  missing: [
    "必填字段为空",
    "按样例填写该字段",
    "a field that is needed is empty",
    "fill the field the sample names",
  ],
  "point-code": [
    "测点编码不合规定",
    "编码为 1–64 个字母、数字、汉字或 . _ - #，不含空格",
    "the point code is not one",
    "1–64 letters, digits, CJK or . _ - #, no blanks",
  ],
  code: [
    "编码不合规定",
    "编码为 1–64 个字符，不含空格",
    "a code is not one",
    "1–64 characters without blanks",
  ],
  "type-code": [
    "传感器类型不是编码",
    "写 4 位数字的类型编码，如 0001",
    "the type is no code",
    "write the type of four digits, as 0001",
  ],
  number: [
    "数值不是数字",
    "写数字；断线等故障写状态位（128）并把值留空；开关量写测点定义中的开停描述",
    "a value is not a number",
    "faults go into the state; switches use the words of the point table",
  ],
  time: [
    "时间无法识别",
    "写 yyyy-MM-dd HH:mm:ss 或 13 位毫秒",
    "it has no readable time",
    "write yyyy-MM-dd HH:mm:ss or whole milliseconds",
  ],
  "time-in-seconds": [
    "时间像是秒，应为毫秒",
    "把时间乘以 1000 后写（整数毫秒，13 位），或改写 yyyy-MM-dd HH:mm:ss",
    "the time looks like epoch seconds; milliseconds are needed",
    "multiply by 1000 (13 digits), or write yyyy-MM-dd HH:mm:ss",
  ],
  "time-order": [
    "起止时间前后颠倒或不在时段内",
    "检查统计时段和最大、最小值时刻",
    "times are out of order",
    "look at the span and at the moments of its extremes",
  ],
  "value-order": [
    "最小值大于最大值",
    "检查两个字段是否写反",
    "the least is greater than the greatest",
    "are the two fields in the wrong order?",
  ],
  contract: [
    "不合接入要求",
    "按样例中的原因改正，对照 docs/MINES.md",
    "it does not fit the contract",
    "mend what the sample names; compare with docs/MINES.md",
  ],
  state: [
    "状态位不合规定",
    "写 0/1/2/4/8/16/32/64/128 之和；写八位 0/1 的，县级在方言中注明次序",
    "the state is none",
    "a sum of 0/1/2/4/8/16/32/64/128; of eight bits the dialect says the order",
  ],
  "unknown-code": [
    "取值不在规定的编码之内",
    "按样例列出的编码填写；厂家自有写法由县级在方言中注明",
    "a code nobody knows",
    "use those the sample lists, or have the dialect say it",
  ],
  "value-missing": [
    "没有测点值",
    "填数值；没有值时状态位要说明原因（8、16、32、64 或 128）",
    "no value",
    "write one, or the state that says why there is none",
  ],
  "exit-missing": [
    "已出井却没有出井时刻",
    "填出井时刻，或改正出入井标志",
    "came up without saying when",
    "write when, or mend the mark",
  ],
  "text-too-long": ["文字过长", "缩短该字段", "a text is too long", "make it shorter"],
  "record-too-long": [
    "一条记录过长，多半漏了记录结束符",
    "每条记录后写结束符（~）",
    "a record is too long; its end may be missing",
    "end each record with ~",
  ],
  "code-twice": [
    "同一编码在文件中出现两次",
    "每个编码在一个文件中只写一次",
    "a code stands twice in a file",
    "each code once in a file",
  ],
  "too-many": [
    "记录数超过上限",
    "分成几个文件，或检查编码是否每次变化",
    "more records than are taken",
    "split the file; do the codes change with every file?",
  ],
  "layout-unknown": [
    "这种文件的字段没有公开资料",
    "县级在该矿方言 layouts 中写明各字段的名称",
    "the fields of this type are not public",
    "name them in the dialect's layouts",
  ],
  "cut-off": [
    "文件在记录中间中断",
    "写完整个文件再放入文件夹（先写临时名，再改名）",
    "the file ends within a record",
    "write it under another name, then rename it",
  ],
  "after-end": [
    "文件结束符之后还有内容",
    "结束符（||）只写在文件最后",
    "something stands behind the end of the file",
    "|| only at the very end",
  ],
  name: [
    "文件名不合约定",
    "文件名为 煤矿编码_类型_yyyyMMddHHmmss.txt，如 520523017311_CDSS_20260302081530.txt",
    "the file's name is not one",
    "name it CODE_TYPE_yyyyMMddHHmmss.txt",
  ],
  "type-unknown": [
    "文件类型不认识",
    "用国家规定的类型名；厂家自有名称由县级在方言中注明",
    "a type nobody knows",
    "use the national names, or have the dialect say it",
  ],
  "too-large": ["文件过大", "分成几个文件", "the file is too large", "split it"],
  empty: ["文件是空的", "不要写空文件", "the file is empty", "write no empty file"],
  encoding: [
    "文件编码不对",
    "用 UTF-8 或 GBK（GB18030）保存，不要用 UTF-16",
    "the encoding is neither UTF-8 nor GB18030",
    "save it as UTF-8 or GB18030, not UTF-16",
  ],
  "not-text": [
    "不是文本文件",
    "只把文本文件放入该文件夹",
    "not a text file",
    "put nothing but text files into this folder",
  ],
  separators: [
    "找不到分隔符",
    "字段用 ;、记录用 ~；写法不同的由县级在方言中注明",
    "separators are not found",
    "; between fields, ~ behind records, or what the dialect says",
  ],
  header: [
    "文件头不合约定",
    "第一条写 煤矿编码;煤矿名称;数据时间",
    "the header is not one",
    "begin with code;name;time",
  ],
  "header-mine": [
    "文件头中的煤矿编码不对",
    "与文件名中的煤矿编码一致",
    "the mine's code in the header is wrong",
    "write the code of the file's name",
  ],
  "header-time": [
    "文件头中的时间无法识别",
    "写 yyyy-MM-dd HH:mm:ss 或 13 位毫秒",
    "the header has no readable time",
    "write yyyy-MM-dd HH:mm:ss or whole milliseconds",
  ],
  "not-ended": [
    "文件没有写完（等了 10 分钟没有结束符）",
    "文件最后写结束符（||）；写完再放入文件夹",
    "the file has no end after ten minutes",
    "end it with ||; write it whole before it lies there",
  ],
  mine: [
    "别的煤矿的文件",
    "只放本矿的文件；另有编码的由县级登记为别名",
    "a file of another mine",
    "put this mine's only; another code of it is an alias",
  ],
  system: [
    "别的系统的文件",
    "放入该系统自己的文件夹",
    "a file of another system",
    "put it into that system's folder",
  ],
  unreadable: [
    "文件读不出来",
    "检查文件权限和磁盘",
    "the file cannot be read",
    "look at its permissions and at the disk",
  ],
  other: [
    "其他原因",
    "按样例和矿端 .why.txt 改正",
    "another reason",
    "mend it by the sample and the mine's .why.txt",
  ],
};

/** Null: no reason for which something is refused of a text file. */
export function fileRejectWords(code: string): RejectWords | null {
  if (!Object.hasOwn(WORDS, code)) return null;
  const [what, remedy, whatEn, remedyEn] = WORDS[code as keyof typeof WORDS];
  return { what: { zh: what, en: whatEn }, remedy: { zh: remedy, en: remedyEn } };
}
