import type { CheckItem, CheckState, MineCheck } from "../../model/mine-check.ts";
import { moment } from "./item.ts";

/** The 联网验收单 as a page to print and sign: no script, nothing from elsewhere, black on white. */
export function checkSheet(check: MineCheck, by: string): string {
  const { mine, name, at, hours, version, state, items } = check;
  const counts = (of: CheckState) => items.filter((item) => item.state === of).length;
  return `<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>联网验收单 ${text(mine)} ${text(name)}</title><style>${STYLE}</style></head><body><main>
<h1>矿山联网验收单</h1>
<table class="head"><tr><th>矿山名称</th><td>${text(name)}</td><th>矿山编码</th><td>${text(mine)}</td></tr>
<tr><th>验收时段</th><td>${moment(at).slice(0, 16)} 之前 ${hours} 小时</td><th>生成时间</th><td>${moment(at)}</td></tr>
<tr><th>生成人</th><td>${text(by)}</td><th>网关版本</th><td>davylamp ${text(version)}</td></tr></table>
<p class="sum ${state}">检查结果：<b>${SUMMARY[state]}</b>　合格 ${counts("ok")} 项，待查 ${counts("unknown")} 项，需改进 ${counts("warn")} 项，不合格 ${counts("bad")} 项</p>
<table class="items"><thead><tr><th>序</th><th>检查项目</th><th>结果</th><th>实测</th><th>发现与整改</th></tr></thead><tbody>
${items.map(row).join("\n")}
</tbody></table>
<p class="note">本单由网关按收到的数据自动生成，只说明联网数据的状况，不代替规程要求的现场检查。</p>
<table class="sign"><tr>${["矿山企业", "系统集成单位", "县级监管部门"].map(signature).join("")}</tr></table>
</main></body></html>
`;
}

const SUMMARY: Readonly<Record<CheckState, string>> = {
  ok: "合格",
  unknown: "尚有待查项目",
  warn: "基本合格，有需改进项目",
  bad: "不合格",
};
const STATES: Readonly<Record<CheckState, string>> = {
  ok: "✓ 合格",
  unknown: "? 待查",
  warn: "△ 改进",
  bad: "✗ 不合格",
};

const row = ({ title, state, figure, from, samples, remedy }: CheckItem, i: number): string =>
  `<tr class="${state}"><td>${i + 1}</td><td><b>${text(title.zh)}</b></td><td class="state">${STATES[state]}</td>` +
  `<td>${text(figure.zh)}<small>${text(from.zh)}</small></td><td>${
    samples.length === 0 ? "" : `<ul>${samples.map(({ zh }) => `<li>${text(zh)}</li>`).join("")}</ul>`
  }${remedy === null ? "" : `<p>整改：${text(remedy.zh)}</p>`}</td></tr>`;

const signature = (who: string): string =>
  `<td><b>${who}</b><p>意见：□ 同意　□ 不同意</p><p>签字（盖章）：</p><p>日期：　　　　年　　月　　日</p></td>`;

const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
/** Texts of a mine stand in it: nothing of theirs may become part of the page. */
const text = (words: string): string => words.replace(/[&<>"]/g, (sign) => ESCAPES[sign] ?? sign);

const STYLE = `@page{size:A4;margin:14mm}*{box-sizing:border-box}
body{margin:0;background:#fff;color:#111;font:10.5pt/1.45 "Noto Serif CJK SC","Source Han Serif SC",SimSun,"Noto Sans CJK SC",serif}
main{max-width:190mm;margin:0 auto;padding:6mm}h1{text-align:center;font-size:18pt;letter-spacing:.1em;margin:0 0 5mm}
table{width:100%;border-collapse:collapse}th,td{border:.3mm solid #333;padding:1.2mm 2mm;vertical-align:top;text-align:left;overflow-wrap:anywhere}
th{background:#eee;font-weight:600}.head th{width:22mm;white-space:nowrap}.head td{width:68mm}
.sum{margin:4mm 0;padding:2mm 3mm;border:.5mm solid #333}.sum b{font-size:13pt}
.items th{text-align:center;white-space:nowrap}.items td:nth-child(1){width:9mm;padding-left:0;padding-right:0;white-space:nowrap;text-align:center}.items td:nth-child(2){width:27mm}
.items td:nth-child(3){width:21mm;white-space:nowrap;text-align:center}.items td:nth-child(4){width:44mm}
.items small{display:block;color:#555;font-size:8pt}.items ul{margin:0;padding-left:4mm;font-size:9pt}.items p{margin:1mm 0 0;font-size:9pt}
.items tr{break-inside:avoid}.bad .state,.sum.bad b{color:#a40000;font-weight:700}.warn .state{color:#8a5200;font-weight:700}.unknown .state{color:#444}
.note{color:#444;font-size:9pt}.sign{break-inside:avoid}.sign td{width:33.3%;height:42mm}.sign p{margin:4mm 0 0}`;
