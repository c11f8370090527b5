import { BOUNDS } from "../model/bounds.ts";
import type { FileSample, FileTold, TopicKind } from "../model/input.ts";
import { type Instant, MINUTE, SECOND } from "../model/time.ts";
import type { WatchedFolder } from "../wire/config/folders.ts";
import { digest } from "../wire/digest.ts";
import type { NationalRead, Refused } from "../wire/national/file.ts";
import { TYPE_NAMES } from "../wire/national/layouts.ts";
import { readNationalFile } from "../wire/national/read.ts";
import type { FileWrong, FolderWrong } from "../wire/national/reasons.ts";
import type { Bytes } from "./bytes.ts";
import { type Found, type Mark, markOf } from "./ledger.ts";
import type { Memory } from "./memory.ts";
import type { Order } from "./order.ts";
import type { Waited } from "./patience.ts";
import type { Why } from "./why.ts";

/** What a file brings, ready for the line that takes MQTT's. */
export interface FileMessage {
  readonly kind: TopicKind;
  /** Place of the file's type among all there are: files of one type have one clock. */
  readonly type: number;
  readonly payload: Uint8Array;
}

/** A file that was read, and what is to be done with it once what it says is safe. */
export interface ReadFile {
  readonly name: string;
  readonly to: "done" | "bad";
  readonly why: Why | null;
  readonly messages: readonly FileMessage[];
  /** What its reading came to; null = that was told before. */
  readonly told: FileTold | null;
  /** For the ledger; null = it says nothing new. */
  readonly mark: Mark | null;
  readonly after: Memory;
}

/** A file without an end is an error after this (domain.md §2.6). */
const UNFINISHED = 10 * MINUTE;
/** Where a dialect has no end mark, a whole last record and a file that does not grow must do. */
const STILL = 10 * SECOND;

export interface Reader {
  /** Null = it is not finished, and is waited for. */
  read(
    name: string,
    bytes: Exclude<Bytes, { kind: "gone" }>,
    waited: Waited,
    before: Memory,
  ): ReadFile | null;
}

export function createReader(options: {
  readonly watched: WatchedFolder;
  /** Whether it was taken before, or by this batch. */
  readonly find: (mark: Mark) => Found;
  /** Whether a file of this name and content was moved to `done` before. */
  readonly lies: (name: string, bytes: Uint8Array) => boolean;
  readonly order: Order;
  readonly now: () => Instant;
}): Reader {
  const { watched, order } = options;
  const { system, dialect } = watched;

  function taken(read: Good, sheet: Sheet, before: Memory): ReadFile {
    const { name, bytes } = sheet;
    const { envelope, refused, notes, records } = read;
    const why = refused.length === 0 ? null : { reason: null, records, refused, notes };
    if (read.used === 0 && records > 0) {
      const reason = `${records}条记录没有一条能用`;
      return bad(sheet, before, countsOf(read), { ...(why ?? NO_WHY), reason, records }, refused[0]?.code);
    }
    const mark = markOf(name, bytes, envelope.moment);
    const now = options.now();
    const place = order.place(before.newest, envelope.type, envelope.moment, now);
    const after = { known: read.known, newest: place.newest };
    const found = options.find(mark);
    if (found !== "new") {
      // The one that was on its way to `done` when the program ended has been counted.
      const moved = found === "same" && !options.lies(name, bytes);
      const told = moved ? null : toldOf(sheet, "duplicate", { records, refused: {}, samples: [] });
      return {
        name,
        to: "done",
        why,
        messages: [],
        told,
        mark: null,
        after: { ...before, newest: place.newest },
      };
    }
    const messages = read.messages.map(
      ({ kind, payload }): FileMessage => ({
        kind: kind === "readings" && place.late ? "backfill" : kind,
        type: TYPE_NAMES.indexOf(envelope.type),
        payload,
      }),
    );
    const samples = why === null ? [] : samplesOf(name, why);
    const what = { records, refused: countsOf(read), samples };
    const told = toldOf(sheet, why === null ? "taken" : "partly", what);
    return { name, to: "done", why, messages, told, mark, after };
  }

  /** Why a file that can be read is not this folder's. */
  function stranger({ envelope: { mine, type, system: its } }: Good): Wrong | null {
    if (mine !== watched.mine && !watched.aliases.includes(mine)) {
      const own = [watched.mine, ...watched.aliases].join("、");
      return { code: "mine", reason: `煤矿编码是“${mine}”,这个文件夹属于“${own}”` };
    }
    if (its === system) return null;
    return { code: "system", reason: `${type}属于系统“${its}”,这个文件夹是“${system}”的` };
  }

  return {
    read(name, got, waited, before) {
      const overdue = waited.whole >= UNFINISHED;
      const { facts } = got;
      if (got.kind !== "bytes")
        return overdue ? whole({ name, bytes: NOTHING, facts }, before, unread(got)) : null;
      const { bytes } = got;
      const sheet = { name, bytes, facts };
      const read = readNationalFile({ name, bytes, dialect, system }, before.known);
      if (!read.ok) {
        if (!read.ended && !overdue) return null;
        return whole(sheet, before, { code: read.code, reason: read.reason });
      }
      if (!isWhole(read, dialect.end, waited)) {
        return overdue ? whole(sheet, before, { code: "not-ended", reason: noEnd(dialect.end) }) : null;
      }
      const wrong = stranger(read);
      return wrong === null ? taken(read, sheet, before) : whole(sheet, before, wrong);
    },
  };
}

/** A file in hand. */
interface Sheet {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly facts: string;
}

type Good = Extract<NationalRead, { ok: true }>;

interface Wrong {
  readonly code: FileWrong | FolderWrong;
  readonly reason: string;
}

const NOTHING = new Uint8Array(0);
const NO_WHY: Why = { reason: null, records: 0, refused: [], notes: [] };

function unread(got: Extract<Bytes, { kind: "too-large" | "unreadable" }>): Wrong {
  if (got.kind === "unreadable") return { code: "unreadable", reason: `文件读不出来: ${got.why}` };
  return { code: "too-large", reason: `文件有${got.size}字节,最多${BOUNDS.nationalFileBytes}` };
}

const noEnd = (end: string): string =>
  `等了10分钟仍不完整: ${end === "" ? "最后一条记录没有写完" : `没有文件结束符${JSON.stringify(end)}`}`;

/** Without an end mark the count in the header proves it, else that nothing is added any more. */
function isWhole({ ended, envelope: { count }, records }: Good, end: string, { still }: Waited): boolean {
  if (!ended) return false;
  return end !== "" || count === records || still >= STILL;
}

const whole = (sheet: Sheet, before: Memory, { code, reason }: Wrong): ReadFile =>
  bad(sheet, before, { [code]: 1 }, { ...NO_WHY, reason }, code);

function bad(
  sheet: Sheet,
  before: Memory,
  refused: FileTold["refused"],
  why: Why,
  code: string | undefined,
): ReadFile {
  const { name } = sheet;
  const told = toldOf(sheet, "bad", { records: why.records, refused, samples: samplesOf(name, why, code) });
  return { name, to: "bad", why, messages: [], told, mark: null, after: before };
}

/** The digest is of this very file: one of the same content that comes later is told of again. */
const toldOf = (
  { name, bytes, facts }: Sheet,
  outcome: FileTold["outcome"],
  what: Pick<FileTold, "records" | "refused" | "samples">,
): FileTold => ({ name, outcome, digest: digest(`${name} ${facts}`, bytes), ...what });

function countsOf({ refused }: Good): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { code } of refused) counts[code] = (counts[code] ?? 0) + 1;
  return counts;
}

/** The first of each reason before more of the same. */
function samplesOf(name: string, { reason, refused }: Why, code?: string): FileSample[] {
  const file = reason === null || code === undefined ? [] : [{ what: name, reason, code }];
  const first = new Map<string, Refused>();
  for (const one of refused) if (!first.has(one.code)) first.set(one.code, one);
  const chosen = new Set([...first.values(), ...refused.slice(0, BOUNDS.samplesPerFile)]);
  return [...file, ...Array.from(chosen, (one) => sampleOf(name, one))].slice(0, BOUNDS.samplesPerFile);
}

const sampleOf = (name: string, { raw, reason, code }: Refused): FileSample => ({
  what: `${name}: ${raw}`,
  reason,
  code,
});
