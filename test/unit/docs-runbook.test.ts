import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Rule } from "../../src/model/rule.ts";
import { readRunbook, runbookOf } from "../../src/web/runbook.ts";
import { loadConfig } from "../../src/wire/config/load.ts";
import { shippedConfig } from "../support/shipped-config.ts";

const text = readFileSync("docs/RUNBOOK.md", "utf8");
const loaded = loadConfig(shippedConfig(), () => undefined, Date.UTC(2026, 10, 1));
if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
const troubles = loaded.config.rules.filter(({ systems }) => systems.includes("gateway"));

interface Section {
  readonly anchor: string;
  readonly heading: string;
  readonly body: string;
}
const sectionsOf = (markdown: string): Section[] =>
  [...markdown.matchAll(/<a id="([^"]+)"><\/a>\n## ([^\n]+)\n([\s\S]*?)(?=\n<a id=|$)/g)].map(
    ([, anchor = "", heading = "", body = ""]) => ({ anchor, heading, body }),
  );

/** What the page lacks, or has too much, for these rules and the points the gateway reports on. */
function faultsOf(markdown: string, rules: readonly Rule[], points: readonly string[]): string[] {
  const sections = sectionsOf(markdown);
  const faults: string[] = [];
  for (const { id, title, titleEn, types } of rules) {
    const found = sections.find(({ anchor }) => anchor === id);
    if (found === undefined) {
      faults.push(`no heading for ${id}`);
      continue;
    }
    if (found.heading !== `${id} ${title} · ${titleEn}`) faults.push(`${id} is called ${found.heading}`);
    const own = points.filter((point) => types.includes(point.replace(/#.*/, "")));
    for (const point of own)
      if (!found.body.includes(`\`${point}\``)) faults.push(`${id} does not name ${point}`);
    for (const word of [
      "**Means:**",
      "**At risk:**",
      "**First:**",
      "**Over:**",
      "**含义**",
      "**风险**",
      "**先做**",
      "**恢复**",
    ])
      if (!found.body.includes(word)) faults.push(`${id} does not say ${word}`);
  }
  for (const { anchor } of sections)
    if (!rules.some(({ id }) => id === anchor)) faults.push(`${anchor} is no trouble`);
  return faults;
}

/** Every point of `src/app/self-watch.ts`, and the canary. */
const reported = [
  ...(
    /export type TroublePoint =([\s\S]*?);/.exec(readFileSync("src/app/self-watch.ts", "utf8"))?.[1] ?? ""
  ).matchAll(/"([^"]+)"/g),
].map(([, point = ""]) => point);

describe("docs/RUNBOOK.md", () => {
  it("has one heading for every trouble the gateway can report, by the rule's own titles, and no other", () => {
    expect(reported.length).toBeGreaterThan(20);
    expect(faultsOf(text, troubles, [...reported, "canary"])).toEqual([]);
    for (const point of reported)
      expect(
        troubles.flatMap(({ types }) => types),
        point,
      ).toContain(point.replace(/#.*/, ""));
  });

  it("is watched: a missing heading, another title, a forgotten point and a heading too many are found", () => {
    const [first] = troubles as [Rule];
    const points = [...reported, "canary"];
    expect(faultsOf(text.replaceAll("GW-07", "GW-70"), troubles, points)).toHaveLength(2);
    expect(faultsOf(text, [{ ...first, id: "GW-99" }, ...troubles], points)).toEqual([
      "no heading for GW-99",
    ]);
    expect(faultsOf(text, [{ ...first, title: "日志" }, ...troubles.slice(1)], points)).toHaveLength(1);
    expect(faultsOf(text, troubles, [...points, "disk-full#spool"])).toEqual([
      "GW-03 does not name disk-full#spool",
    ]);
    expect(faultsOf(text.replace("**Over:**", ""), troubles, points)).toHaveLength(1);
  });

  it("is a page at the place that an alarm of the gateway links to", async () => {
    const page = (await readRunbook("docs/RUNBOOK.md")).get("/docs/runbook");
    const html = page?.body.toString() ?? "";
    expect(page?.type).toBe("text/html; charset=utf-8");
    for (const { id } of troubles) {
      const link = runbookOf({ mine: "gateway", rule: id }) ?? "";
      expect(link).toBe(`/docs/runbook#${id}`);
      expect(html).toContain(`<h2 id="${link.split("#")[1]}">${id} `);
    }
    expect(html).not.toMatch(/\*\*|^- |<a id/m);
    expect(html.match(/<li>/g)).toHaveLength(troubles.length * 4);
    expect(runbookOf({ mine: "520523017311", rule: "CH4-01" })).toBeNull();
  });

  it("shows signs of HTML as they are, and without its file there is no page", async () => {
    const dir = mkdtempSync(join(tmpdir(), "davylamp-runbook-"));
    writeFileSync(join(dir, "page.md"), "# A <b> & `x < y`\n\n- one\n  goes on\n- **two**\n");
    const html = (await readRunbook(join(dir, "page.md"))).get("/docs/runbook")?.body.toString() ?? "";
    rmSync(dir, { recursive: true });
    expect(html).toContain("<h1>A &lt;b&gt; &amp; <code>x &lt; y</code></h1>");
    expect(html).toContain("<ul><li>one\n  goes on</li><li><b>two</b></li></ul>");
    expect((await readRunbook(join(dir, "none.md"))).size).toBe(0);
  });
});
