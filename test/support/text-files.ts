import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Batch, createFolder, type Folder } from "../../src/files/folder.ts";
import { type Dialect, NATIONAL_DIALECT } from "../../src/wire/config/dialect-file.ts";
import { iso } from "../../src/wire/time.ts";

export const MINE = "520523017311";
export const CH4 = `${MINE}01MN0001001A01`;
/** 2026-03-02 08:15:30 in Shanghai. */
export const AT = Date.UTC(2026, 2, 2, 0, 15, 30);

export const stamp = (at: number): string => iso(at).slice(0, 19).replace(/\D/g, "");
export const said = (at: number): string => iso(at).slice(0, 19).replace("T", " ");
export const nameOf = (type: string, at: number, mine = MINE): string => `${mine}_${type}_${stamp(at)}.txt`;

/** A whole file of the norm. */
export const fileText = (at: number, records: readonly (readonly string[])[], mine = MINE): string =>
  `${[[mine, "某某煤矿", said(at)], ...records].map((fields) => `${fields.join(";")}~`).join("")}||`;

export const cdss = (at: number, value: number | string, code = CH4): string =>
  fileText(at, [[code, "甲烷", "1101采煤工作面T1", `${value}`, "%CH4", "0", said(at)]]);

export const cddy = (at: number, ...codes: string[]): string =>
  fileText(
    at,
    (codes.length === 0 ? [CH4] : codes).map((code) =>
      // biome-ignore format: one row a record
      [code, "01", `${MINE}00001`, "0001", "MN", "%CH4", "4.00", "0.00", "1.00", "0.99", "", "", "1.50", "0.99", "", "", "", "", "1101采煤工作面T1", "", "", "", "", said(at)],
    ),
  );

/** A watched folder over a real one, and a clock that stands until it is moved. */
export function aFolder(options: { system?: string; dialect?: Dialect; now?: number; root?: string } = {}) {
  const root = options.root ?? mkdtempSync(join(tmpdir(), "davylamp-files-"));
  const path = join(root, "in");
  const dir = join(root, "data");
  mkdirSync(path, { recursive: true });
  const time = { now: options.now ?? AT + 5_000, mono: 0 };
  const clock = { wall: () => time.now, mono: () => time.mono };
  const make = (): Folder =>
    createFolder({
      watched: {
        mine: MINE,
        aliases: ["ALIAS1"],
        system: options.system ?? "safety",
        path,
        dialect: options.dialect ?? NATIONAL_DIALECT,
        place: { file: "", line: 1, column: 1 },
      },
      dir,
      clock,
      keep: 30 * 86_400_000,
      poll: 2_000,
    });
  let folder = make();

  /** All work there is until the folder rests; batches as they came. */
  function drain(settle = true): Batch[] {
    const batches: Batch[] = [];
    pass(10_000);
    for (;;) {
      const turn = folder.turn();
      if (turn === "idle") return batches;
      if (turn === "worked") continue;
      batches.push(turn);
      if (!settle) return batches;
      folder.settled();
    }
  }
  function pass(ms: number): void {
    time.now += ms;
    time.mono += ms;
  }
  return {
    path,
    dir,
    root,
    time,
    pass,
    drain,
    folder: () => folder,
    put(name: string, content: string | Uint8Array): void {
      writeFileSync(join(path, name), content);
    },
    /** As after a kill: nothing but the disk is left. */
    restart(): void {
      folder = make();
    },
    names: (to: "done" | "bad" | "."): string[] => listed(join(path, to)),
    why: (to: "done" | "bad", name: string): string =>
      readFileSync(join(path, to, stamp(time.now).slice(0, 8), `${name}.why.txt`), "utf8"),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

function listed(dir: string): string[] {
  try {
    const deep = !dir.endsWith("in");
    return readdirSync(dir, { withFileTypes: true, recursive: deep })
      .filter((entry) => entry.isFile())
      .map(({ name }) => name)
      .sort();
  } catch {
    return [];
  }
}

/** What batches say: kind and body of each message. */
export const messagesOf = (batches: readonly Batch[]): { kind: string; body: Record<string, unknown> }[] =>
  batches.flatMap(({ messages }) =>
    messages.map(({ kind, payload }) => ({ kind, body: JSON.parse(new TextDecoder().decode(payload)) })),
  );
/** What there is to say of files beyond that they were taken. */
export const newsOf = (batches: readonly Batch[]) =>
  batches.flatMap(({ told }) => told.filter(({ outcome }) => outcome !== "taken"));
