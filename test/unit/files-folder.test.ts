import { rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { BOUNDS } from "../../src/model/bounds.ts";
import { DialectFile } from "../../src/wire/config/dialect-file.ts";
import { encodeGb18030 } from "../../src/wire/gb18030.ts";
import {
  AT,
  aFolder,
  CH4,
  cddy,
  cdss,
  fileText,
  MINE,
  messagesOf,
  nameOf,
  newsOf,
  said,
} from "../support/text-files.ts";

let room: ReturnType<typeof aFolder>;
afterEach(() => room.remove());
const NAME = nameOf("CDSS", AT);
const MINUTES = 60_000;

describe("a text file in a watched folder", () => {
  it.each([
    ["UTF-8", (text: string) => Buffer.from(text)],
    ["UTF-8 with a mark", (text: string) => Buffer.from(`\ufeff${text}`)],
    ["GB18030", encodeGb18030],
  ])("is read as %s, and moved to done once what it says is safe", (_, encode) => {
    room = aFolder();
    room.put(NAME, encode(cdss(AT, "0.32")));
    const batches = room.drain(false);
    expect(messagesOf(batches)).toEqual([
      {
        kind: "readings",
        body: expect.objectContaining({ readings: [expect.objectContaining({ p: CH4, v: 0.32 })] }),
      },
    ]);
    expect(room.names(".")).toEqual([NAME]);
    room.folder().settled();
    expect(room.names(".")).toEqual([]);
    expect(room.names("done")).toEqual([NAME]);
    expect(room.folder().report()).toMatchObject({
      taken: 1,
      bad: 0,
      duplicate: 0,
      waiting: 0,
      trouble: null,
    });
  });

  it("stays where it is when it could not be taken, and says the same again", () => {
    room = aFolder();
    room.put(NAME, cdss(AT, 1));
    const first = messagesOf(room.drain(false));
    room.folder().failed();
    expect(room.names(".")).toEqual([NAME]);
    expect(messagesOf(room.drain())).toEqual(first);
  });

  it("is left alone until its end is there, however long its size has not changed, and is an error after ten minutes", () => {
    room = aFolder();
    const text = cdss(AT, 1);
    room.put(NAME, text.slice(0, -1));
    expect(room.drain()).toEqual([]);
    room.pass(9 * MINUTES);
    expect(room.drain()).toEqual([]);
    room.put(nameOf("CDSS", AT + 30_000), "");
    room.put(NAME, text);
    expect(messagesOf(room.drain())).toHaveLength(1);
    room.pass(9 * MINUTES);
    expect(room.drain()).toEqual([]);
    room.pass(MINUTES);
    expect(newsOf(room.drain())).toEqual([
      expect.objectContaining({ outcome: "bad", refused: { empty: 1 } }),
    ]);
    expect(room.names("bad")).toHaveLength(2);
    expect(room.why("bad", nameOf("CDSS", AT + 30_000))).toContain("文件是空的");
  });

  it("without an end mark waits for the count of its header, or until it grows no more", () => {
    const dialect = DialectFile.parse({ end: "", header: ["time", "count"] });
    room = aFolder({ dialect });
    const record = `${CH4};甲烷;x;1;%CH4;0;${said(AT)}~`;
    room.put(NAME, `${said(AT)};2;~${record}`);
    expect(room.drain()).toEqual([]);
    room.put(NAME, `${said(AT)};2;~${record}${record.replace("A01", "A02")}`);
    expect(messagesOf(room.drain())).toHaveLength(1);
    const other = nameOf("CDSS", AT + 30_000);
    room.put(other, `${said(AT + 30_000)};~${record}`);
    expect(room.drain()).toEqual([]);
    expect(messagesOf(room.drain())).toHaveLength(1);
  });

  it("of which records are refused is used for the rest, and each of those stands beside it with its line", () => {
    room = aFolder();
    const records = [
      [CH4, "甲烷", "x", "0.5", "%CH4", "0", said(AT)],
      [`${CH4.slice(0, -1)}2`, "甲烷", "x", "0.6", "%CH4", "0", `${AT / 1000}`],
    ];
    room.put(NAME, fileText(AT, records));
    const batches = room.drain();
    expect(messagesOf(batches)[0]?.body["readings"]).toHaveLength(1);
    expect(newsOf(batches)).toEqual([
      expect.objectContaining({ outcome: "partly", records: 2, refused: { "time-in-seconds": 1 } }),
    ]);
    expect(room.names("done")).toEqual([NAME, `${NAME}.why.txt`]);
    expect(room.why("done", NAME)).toMatch(/^\ufeff文件: .*\r\n/);
    expect(room.why("done", NAME)).toMatch(/第3行: .*像是秒,应为毫秒/);
    expect(room.folder().report()).toMatchObject({ taken: 1, refused: 1 });
  });

  const other = "520523017399";
  it.each([
    ["of another mine", nameOf("CDSS", AT, other), fileText(AT, [], other), "mine", `这个文件夹属于“${MINE}`],
    ["of another system", nameOf("RYSS", AT), fileText(AT, []), "system", "RYSS属于系统“person”"],
    ["with another mine inside", NAME, fileText(AT, [], other), "header-mine", "与文件名的"],
    ["of which no record can be used", NAME, fileText(AT, [["x"]]), "fields", "没有一条能用"],
    ["that is too large", NAME, "x".repeat(BOUNDS.nationalFileBytes + 1), "too-large", "最多16777216"],
    ["with a name of its own", "readme.txt", "hello", "name", "不是“煤矿编码_类型_yyyyMMddHHmmss.txt”"],
    ["of an unknown type", nameOf("ABCD", AT), fileText(AT, []), "type-unknown", "不认识文件类型“ABCD”"],
  ])("%s goes to bad with the reason", (_, name, text, code, words) => {
    room = aFolder();
    room.put(name, text);
    const batches = room.drain();
    room.pass(10 * MINUTES);
    batches.push(...room.drain(), ...room.drain());
    expect(newsOf(batches)).toEqual([
      expect.objectContaining({ name, outcome: "bad", refused: { [code]: 1 }, samples: expect.anything() }),
    ]);
    expect(room.why("bad", name)).toContain(words);
    expect(messagesOf(batches)).toEqual([]);
    expect(room.names(".")).toEqual([]);
  });

  it("bears an alias of its mine as well", () => {
    room = aFolder();
    room.put(nameOf("CDSS", AT, "ALIAS1"), fileText(AT, [[CH4, "", "", "1", "", "0", said(AT)]], "ALIAS1"));
    expect(messagesOf(room.drain())).toHaveLength(1);
  });

  it("of the same content again is a duplicate, under whatever name, also after a restart", () => {
    room = aFolder();
    room.put(NAME, cdss(AT, 1));
    room.drain();
    room.put(NAME, cdss(AT, 1));
    expect(newsOf(room.drain())).toEqual([expect.objectContaining({ outcome: "duplicate", name: NAME })]);
    room.restart();
    room.put(nameOf("CDSS", AT + 1_000), cdss(AT, 1));
    room.put(nameOf("CDSS", AT + 2_000), cdss(AT, 1));
    const again = room.drain();
    expect(messagesOf(again)).toEqual([]);
    expect(newsOf(again)).toHaveLength(2);
    expect(room.names("done")).toHaveLength(4);
    expect(room.folder().report()).toMatchObject({ taken: 0, duplicate: 2 });
  });

  it("twice in one batch is a duplicate too", () => {
    room = aFolder();
    room.put(NAME, cdss(AT, 1));
    room.put(nameOf("CDSS", AT + 1_000), cdss(AT, 1));
    const batches = room.drain();
    expect(messagesOf(batches)).toHaveLength(1);
    expect(newsOf(batches)).toEqual([expect.objectContaining({ outcome: "duplicate" })]);
  });

  it("with the same name and another content is read, and lies beside the other", () => {
    room = aFolder();
    room.put(NAME, cdss(AT, 1));
    room.drain();
    room.put(NAME, cdss(AT, 2));
    expect(messagesOf(room.drain())).toHaveLength(1);
    expect(room.names("done")).toEqual([NAME, `${NAME}.2`]);
  });

  it("older than the newest of its type fills history, also after a restart", () => {
    room = aFolder();
    room.put(NAME, cdss(AT, 1));
    room.drain();
    room.restart();
    room.put(nameOf("CDSS", AT - 30_000), cdss(AT - 30_000, 2));
    room.put(nameOf("CDSS", AT + 30_000), cdss(AT + 30_000, 3));
    expect(messagesOf(room.drain()).map(({ kind }) => kind)).toEqual(["backfill", "readings"]);
  });

  it("is live again a minute after the mine's clock was set back, and one from the future makes no other old", () => {
    room = aFolder();
    const kinds: string[] = [];
    room.put(nameOf("CDSS", AT + 86_400_000), cdss(AT + 86_400_000, 1));
    for (let i = 0; i < 4; i++) {
      const at = AT + i * 30_000;
      room.put(nameOf("CDSS", at), cdss(at, i));
      kinds.push(...messagesOf(room.drain()).map(({ kind }) => kind));
      room.pass(20_000);
    }
    expect(kinds).toEqual(Array(5).fill("readings"));
    const back: string[] = [];
    for (let i = 0; i < 4; i++) {
      const at = AT - 3_600_000 + i * 30_000;
      room.put(nameOf("CDSS", at), cdss(at, i));
      back.push(...messagesOf(room.drain()).map(({ kind }) => kind));
      room.pass(20_000);
    }
    expect(back).toEqual(["backfill", "backfill", "readings", "readings"]);
  });

  it("leads nobody out of the folder by a link", () => {
    room = aFolder();
    writeFileSync(join(room.root, "secret"), cdss(AT, 1));
    symlinkSync(join(room.root, "secret"), join(room.path, NAME));
    expect(room.drain()).toEqual([]);
    room.pass(11 * MINUTES);
    expect(room.drain()).toEqual([]);
  });

  it("is read after the definitions that lie beside it", () => {
    room = aFolder();
    room.put(NAME, cdss(AT, 1));
    room.put(nameOf("CDDY", AT + 2_000), cddy(AT + 2_000));
    expect(messagesOf(room.drain()).map(({ kind }) => kind)).toEqual(["points", "readings"]);
  });

  it("that cannot be moved is a trouble, and is not read again", () => {
    room = aFolder();
    room.put("done", "a file where a folder should be");
    room.put(NAME, cdss(AT, 1));
    expect(messagesOf(room.drain())).toHaveLength(1);
    expect(room.folder().report().trouble).toContain(`${NAME} cannot be moved to done`);
    expect(room.drain()).toEqual([]);
  });
});

describe("a folder with a backlog", () => {
  it("goes through a short one in the order of time", () => {
    room = aFolder();
    for (let i = 99; i >= 0; i--) room.put(nameOf("CDSS", AT + i * 1_000), cdss(AT + i * 1_000, i));
    const values = messagesOf(room.drain()).map(({ body }) => (body["readings"] as { v: number }[])[0]?.v);
    expect(values).toEqual(Array.from({ length: 100 }, (_, i) => i));
  });

  it("takes the newest of a long one first, and the rest as history", () => {
    room = aFolder({ now: AT + 700 * 30_000 });
    for (let i = 0; i < 700; i++) room.put(nameOf("CDSS", AT + i * 30_000), cdss(AT + i * 30_000, i));
    const said = messagesOf(room.drain());
    expect(said).toHaveLength(700);
    expect(said.slice(0, 30).map(({ kind }) => kind)).toEqual(Array(30).fill("readings"));
    expect(said.slice(30).map(({ kind }) => kind)).toEqual(Array(670).fill("backfill"));
    expect(room.names("done")).toHaveLength(700);
  });

  it("takes what comes while a long one is read before the rest of it", () => {
    const now = AT + 700 * 30_000;
    room = aFolder({ now });
    for (let i = 0; i < 700; i++) room.put(nameOf("CDSS", AT + i * 30_000), cdss(AT + i * 30_000, 0.1));
    const folder = room.folder();
    const batch = () => {
      for (;;) {
        const turn = folder.turn();
        if (turn === "worked") continue;
        folder.settled();
        return turn === "idle" ? [] : messagesOf([turn]);
      }
    };
    room.pass(10_000);
    batch();
    expect(batch().every(({ kind }) => kind === "backfill")).toBe(true);
    room.put(nameOf("CDSS", now + 10_000), cdss(now + 10_000, 1.2));
    room.pass(3_000);
    const [first, ...rest] = batch();
    expect(first).toMatchObject({ kind: "readings", body: { readings: [{ v: 1.2 }] } });
    expect(rest.every(({ kind }) => kind === "backfill")).toBe(true);
    expect(1 + 64 + 64 + rest.length + messagesOf(room.drain()).length).toBe(701);
  });

  it("says how many files wait and how old the oldest is", () => {
    room = aFolder();
    room.put(NAME, cdss(AT, 1).slice(0, -2));
    room.drain();
    expect(room.folder().report()).toMatchObject({ waiting: 1, oldest: AT });
  });

  it("that is gone is a trouble, which ends when it is back", () => {
    room = aFolder();
    rmSync(room.path, { recursive: true });
    room.drain();
    expect(room.folder().report().trouble).toContain("ENOENT");
    const back = aFolder({ root: room.root });
    back.put(NAME, cdss(AT, 1));
    expect(messagesOf(room.drain())).toHaveLength(1);
    expect(room.folder().report().trouble).toBeNull();
  });

  it("forgets what it moved once that is older than it keeps", () => {
    room = aFolder();
    room.put(NAME, cdss(AT, 1));
    room.drain();
    room.pass(32 * 86_400_000);
    room.drain();
    expect(room.names("done")).toEqual([]);
  });
});
