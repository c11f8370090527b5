import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { TOPIC_KINDS } from "../../src/model/input.ts";
import { DialectFile } from "../../src/wire/config/dialect-file.ts";
import { decode } from "../../src/wire/decode.ts";
import { encodeGb18030 } from "../../src/wire/gb18030.ts";
import { NOTHING_KNOWN } from "../../src/wire/national/file.ts";
import { readNationalFile } from "../../src/wire/national/read.ts";
import { parseTopic } from "../../src/wire/topic.ts";

const PAGE = readFileSync("docs/MINES.md", "utf8");
const blocks = (info: RegExp) =>
  [...PAGE.matchAll(/^```([^\n]*)\n([\s\S]*?)^```$/gm)].filter(([, head = ""]) => info.test(head));
const MINE = "520523017311";

/** What the gateway makes of a payload on a topic of the mine. */
function read(topic: string, text: string) {
  const parsed = parseTopic(`mine/v1/${MINE}/${topic}`);
  if (!parsed.ok) throw new Error(`${topic}: ${parsed.why}`);
  return { kind: parsed.kind, body: decode(parsed.kind, parsed.system, Buffer.from(text)) };
}

function faults(topic: string, text: string): string[] {
  const { kind, body } = read(topic, text);
  if (body.kind === "unusable") return [`${topic}: ${body.reason}`];
  const rejected = "rejected" in body ? body.rejected.map(({ what, reason }) => `${what}: ${reason}`) : [];
  const bad = "columns" in body && body.columns.bad !== null ? ["a reading is refused"] : [];
  return [...(body.kind === kind ? [] : ["another kind"]), ...rejected, ...bad];
}

describe("the page of the uplink", () => {
  it("names the package that this checkout makes: nobody is sent to a registry for it", () => {
    const page = readFileSync("docs/UPLINK.md", "utf8");
    const { name, version } = JSON.parse(readFileSync("package.json", "utf8")) as {
      name: string;
      version: string;
    };
    expect(page).toContain(`npm install --omit=dev ./${name}-${version}.tgz`);
    expect(page).not.toMatch(/npm install[^`]* davylamp`/);
  });
});

describe("the page for the mine's IT man", () => {
  const samples = blocks(/^json topic=/).map(([, head = "", text = ""]) => ({
    topic: head.replace("json topic=", "").trim(),
    text,
  }));

  it.each(samples)("shows a payload of $topic that the gateway takes whole", ({ topic, text }) => {
    expect(faults(topic, text)).toEqual([]);
  });

  it.each(
    blocks(/^text file=/).map(([, head = "", text = ""]) => ({
      name: head.replace("text file=", "").trim(),
      text,
    })),
  )("shows a file $name whose every record is used", ({ name, text }) => {
    for (const bytes of [new TextEncoder().encode(text), encodeGb18030(text)]) {
      const file = readNationalFile({ name, bytes, dialect: DialectFile.parse({}) }, NOTHING_KNOWN);
      expect(file).toMatchObject({ ok: true, ended: true, records: 1, refused: [] });
    }
  });

  it("shows one of every kind a mine can publish", () => {
    expect(new Set(samples.map(({ topic }) => read(topic, "{}").kind))).toEqual(new Set(TOPIC_KINDS));
  });

  it("would not pass with a spoilt one", () => {
    const spoilt = samples[0]?.text.replace('"type": "0001"', '"type": 1') ?? "";
    expect(faults("safety/points", spoilt)).not.toEqual([]);
  });

  it("has a publisher in 30 lines of each language", () => {
    for (const language of [/^python$/, /^js$/, /^csharp$/]) {
      const [program] = blocks(language);
      const lines = (program?.[2] ?? "").split("\n").filter((line) => line.trim() !== "");
      expect(lines.length).toBeGreaterThan(10);
      expect(lines.length).toBeLessThanOrEqual(31);
    }
  });

  it("has in C#, which cannot be run here, payloads that fit", () => {
    const [program] = blocks(/^csharp$/);
    const texts = [...(program?.[2] ?? "").matchAll(/"(\w+)", \$\$"""\n([\s\S]*?)\n\s*"""/g)];
    const sent = texts.map(([, kind = "", text = ""]) => {
      const said = text.replaceAll("{{Now()}}", "1772410530000").replaceAll("{{Sample()}}", "0.32");
      return { kind, faults: faults(`safety/${kind}`, said) };
    });
    expect(sent).toEqual([
      { kind: "points", faults: [] },
      { kind: "readings", faults: [] },
    ]);
  });
});
