import { z } from "zod";
import { MINUTE, SECOND } from "../../model/time.ts";
import { layoutFault } from "../national/meanings.ts";
import { WRITTEN_TYPES, type WrittenType } from "../national/write.ts";
import { MINE_CODE, SYSTEM_NAME } from "../topic.ts";
import type { Loaded } from "./build.ts";
import { DialectFile, NATIONAL_DIALECT } from "./dialect-file.ts";
import { isWithin, plainPath, watchedFolders } from "./folders.ts";
import { Duration } from "./units-of-time.ts";
import type { Fault } from "./yaml-source.ts";

const MineCode = z.string().regex(MINE_CODE, { error: "4 to 24 letters or digits" });

/** One of `upper` in `gateway.yaml`: a platform above us that fetches national text files out of a folder. */
export const UpperFile = z
  .strictObject({
    name: z
      .string()
      .regex(/^[\p{L}\p{N}_-]{1,32}$/u, { error: "1 to 32 letters, digits, CJK or _ -" })
      .meta({ description: "As alarms and figures call it; its place in the logs is kept by this name" }),
    folder: z.string().min(1).meta({ description: "Where its files are put; it must exist" }),
    every: Duration.default(30 * SECOND).meta({ description: "A file of each kind so often, 2s to 10m" }),
    system: z.string().regex(SYSTEM_NAME).default("safety").meta({
      description: "Whose points are written; those of another system need a folder of their own",
    }),
    mines: z
      .union([z.literal("*"), z.array(MineCode).min(1).max(2000)])
      .default("*")
      .meta({ description: 'Codes of the mines that are written, or "*"' }),
    types: z
      .array(z.enum(WRITTEN_TYPES))
      .min(1)
      .default([...WRITTEN_TYPES]),
    codes: z
      .record(MineCode, MineCode)
      .default({})
      .meta({ description: "Our code of a mine to theirs, where they differ" }),
    dialect: DialectFile.default(NATIONAL_DIALECT).meta({
      description: "How the platform reads; encoding auto is written as UTF-8",
    }),
    fetchedWithin: Duration.optional().meta({
      description: "A file that still lies there after this was not fetched: a trouble. Absent = not watched",
    }),
  })
  .refine(({ every }) => every >= 2 * SECOND && every <= 10 * MINUTE && every % SECOND === 0, {
    error: "whole seconds, 2s to 10m",
    path: ["every"],
  });

export type UpperPlatform = z.output<typeof UpperFile>;

/** A separator of these signs would cut numbers, times or codes in two. */
const CUTS_VALUES = /[\p{L}\p{N}._#:/ -]/u;

/** File types that only points of one system are written to. */
const OWN_SYSTEMS: Readonly<Partial<Record<WrittenType, string>>> = {
  CGKCDSS: "hydro",
  CGKCDYC: "hydro",
  ZKYL: "pressure",
  ZKSS: "pressure",
};

const OWN = "a folder of its own";

/** Where the files of a platform go, and where the configuration speaks of it. */
export interface UpperFolder {
  readonly name: string;
  readonly path: string;
  readonly place: Pick<Fault, "file" | "line" | "column">;
}

export const upperFolders = ({ gateway: { source, value } }: Pick<Loaded, "gateway">): UpperFolder[] =>
  value.upper.map(({ name, folder }, i) => {
    const { file, line, column } = source.at(["upper", i, "folder"], "");
    return { name, path: folder, place: { file, line, column } };
  });

/** What is wrong between the platforms and the rest, though each word is right by itself. */
export function upperFaults(loaded: Loaded): Fault[] {
  const { gateway, mines } = loaded;
  const { source, value } = gateway;
  const folders = watchedFolders(loaded);
  const codes = mines.map(({ value: { code } }) => code);
  const systems = ["safety", "fan", "ring", ...value.systems];
  const known = codes.join(", ");
  return value.upper.flatMap((platform, i) => {
    const at = (key: string, what: string, allowed?: string) => source.at(["upper", i, key], what, allowed);
    const before = value.upper.slice(0, i);
    const faults: Fault[] = [];
    if (before.some(({ name }) => name === platform.name))
      faults.push(at("name", `${platform.name} stands twice`));
    const path = plainPath(platform.folder);
    const same = before.find(({ folder }) => plainPath(folder) === path);
    const watched = folders.find((folder) => isWithin(plainPath(folder.path), path));
    if (watched !== undefined)
      faults.push(at("folder", `${platform.folder} is read for ${watched.mine}:${watched.system}`, OWN));
    if (same !== undefined)
      faults.push(
        at("folder", `${platform.folder} is written for ${same.name} already`, "a folder of its own"),
      );
    // All of them is also what stands there when nobody said which.
    const isChosen = platform.types.length < WRITTEN_TYPES.length;
    for (const type of isChosen ? platform.types : []) {
      const own = OWN_SYSTEMS[type] ?? platform.system;
      if (own !== platform.system) faults.push(at("types", `${type} is of system ${own} only`));
    }
    if (!systems.includes(platform.system))
      faults.push(at("system", `no system ${platform.system}`, systems.join(", ")));
    const named = platform.mines === "*" ? [] : platform.mines;
    for (const code of named.filter((code) => !codes.includes(code)))
      faults.push(at("mines", `no mine ${code}`, known));
    for (const code of Object.keys(platform.codes).filter((code) => !codes.includes(code)))
      faults.push(source.atKey(["upper", i, "codes", code], `no mine ${code}`, known));
    const theirs = codes.map((code) => platform.codes[code] ?? code);
    const twice = theirs.find((code, n) => theirs.indexOf(code) !== n);
    if (twice !== undefined) faults.push(at("codes", `two mines would be ${twice}`));
    faults.push(...dialectWrong(platform).map((what) => at("dialect", what)));
    return faults;
  });
}

function dialectWrong({ dialect, codes, mines }: UpperPlatform): string[] {
  const { field, record, end, none, form, codeLength, types, header } = dialect;
  const wrong: string[] = [];
  for (const sign of [field, record, end])
    if (CUTS_VALUES.test(sign))
      wrong.push(`${JSON.stringify(sign)} stands in numbers, times or codes as well`);
  if (field.includes(record) || record.includes(field)) wrong.push("field and record end must differ");
  // Readers take blanks off a record's ends, and with them its last fields.
  if (field.trim() === "") wrong.push("a blank as field separator");
  if (form === "sichuan") wrong.push("the Sichuan forms are read, not written");
  if (none.some((word) => /^[-+\d]/.test(word))) wrong.push("a word of none would be a number's");
  const known = WRITTEN_TYPES as readonly string[];
  const strange = Object.values(types).find((type) => !known.includes(type));
  if (strange !== undefined) wrong.push(`types: ${strange} is not written`);
  for (const [type, names] of Object.entries(dialect.layouts)) {
    const fault = known.includes(type)
      ? layoutFault(type, names)
      : { what: `layouts: ${type} is not written` };
    if (fault !== null) wrong.push(fault.what);
  }
  if (header !== undefined && !header.includes("time")) wrong.push("a header without a time");
  const lengths = mines === "*" ? [] : mines.map((code) => (codes[code] ?? code).length);
  if (codeLength !== undefined && lengths.some((length) => length !== codeLength))
    wrong.push(`a mine's code has not ${codeLength} signs`);
  return wrong;
}
