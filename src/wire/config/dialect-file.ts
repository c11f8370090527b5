import { z } from "zod";

const Separator = z.string().min(1).max(8);
const Word = z.string().min(1).max(32);
const FileTypeName = z
  .string()
  .regex(/^[A-Z0-9]{2,16}$/, { error: "the letters between the two _ of a file name" });

/**
 * How one mine's system writes the national text files where it differs from the norm (domain.md §2.2, §2.3).
 * Data, not code: a vendor's habit is a few lines in the mine's file. Absent = as the norm says.
 */
export const DialectFile = z
  .strictObject({
    encoding: z
      .enum(["auto", "utf-8", "gb18030"])
      .default("auto")
      .meta({ description: "auto: a byte order mark, else valid UTF-8, else GB18030 (which holds GBK)" }),
    codeLength: z
      .int()
      .min(4)
      .max(24)
      .optional()
      .meta({ description: "Characters of the mine code before the first _; absent = any of 4 to 24" }),
    field: Separator.default(";"),
    record: Separator.default("~").meta({ description: 'What ends a record; "\\n" = the end of its line' }),
    end: z
      .string()
      .max(8)
      .default("||")
      .meta({ description: "What ends the file; empty = nothing does, the last record's end is the file's" }),
    header: z
      .array(z.enum(["mine", "name", "time", "count", "-"]))
      .min(1)
      .max(32)
      .optional()
      .meta({ description: "Fields of the header in their order; absent = the norm's forms, told apart" }),
    form: z.enum(["national", "sichuan"]).default("national").meta({
      description: "Which record forms CDDY and YCBJ have; SSSJ, WFSJ and LJSJ are always Sichuan's",
    }),
    types: z
      .record(FileTypeName, FileTypeName)
      .default({})
      .meta({ description: "File types as named here to the national one, for example NRYSS: RYSS" }),
    layouts: z.record(FileTypeName, z.array(Word).min(1).max(64)).default({}).meta({
      description:
        'Own order of fields by national file type; "-" = kept raw, not read, "…" = any number of such',
    }),
    time: z
      .enum(["national", "slashes", "compact"])
      .default("national")
      .meta({ description: "yyyy-MM-dd HH:mm:ss, yyyy/MM/dd HH:mm:ss or yyyyMMddHHmmss" }),
    none: z
      .array(Word)
      .default(["未设置"])
      .meta({ description: "Texts that say that a field has no value; an empty one always does" }),
    states: z
      .record(z.string().regex(/^\d{1,10}$/), z.int().min(0).max(0xffff_ffff))
      .default({})
      .meta({ description: "States as sent to the national state bits, where they are another table" }),
    flags: z.enum(["first-is-1", "first-is-128"]).optional().meta({
      description:
        "Which bit the first of the eight characters of a state like 00000000 is; the norm is silent",
    }),
    eventKinds: z
      .record(Word, z.string().regex(/^[0-9A-Za-z-]{1,32}$/))
      .default({})
      .meta({ description: "异常类型 as sent to 001 … 010, where they are another table" }),
    areaKinds: z
      .record(Word, z.enum(["normal", "key", "restricted", "rockburst"]))
      .default({})
      .meta({ description: "区域类型 as sent to a kind of area" }),
    inOut: z
      .record(Word, z.enum(["underground", "out"]))
      .default({})
      .meta({ description: "出入井标志 as sent, where it is not 1 = underground, 2 = out" }),
  })
  .meta({ id: "dialect" });

export type Dialect = z.output<typeof DialectFile>;

/** The norm: what holds where a mine's file says nothing. */
export const NATIONAL_DIALECT: Dialect = DialectFile.parse({});
