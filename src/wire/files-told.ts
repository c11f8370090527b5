import type { z } from "zod";
import { BOUNDS } from "../model/bounds.ts";
import type { FileTold } from "../model/input.ts";
import { digest } from "./digest.ts";
import { FILE_WRONGS, FOLDER_WRONGS, RECORD_WRONGS } from "./national/reasons.ts";
import type { FileRead } from "./payloads.ts";

type Read = z.infer<typeof FileRead>;

const REASONS: ReadonlySet<string> = new Set([...RECORD_WRONGS, ...FILE_WRONGS, ...FOLDER_WRONGS]);
/** Under which reasons of a newer reader are counted, or of somebody else's: no mine makes names of counters. */
const OTHER = "other";
const known = (reason: string): string => (REASONS.has(reason) ? reason : OTHER);

const encoder = new TextEncoder();

/** A file as an uplink told of it, in the gateway's own words for one that it read itself. */
export function fileTold({ name, id, outcome, records, refused, samples }: Read): FileTold {
  const counts: Record<string, number> = {};
  for (const [reason, n] of Object.entries(refused)) {
    const code = known(reason);
    counts[code] = (counts[code] ?? 0) + n;
  }
  return {
    name,
    outcome,
    digest: digest(id, encoder.encode(name)),
    records,
    refused: counts,
    samples: samples.slice(0, BOUNDS.samplesPerFile).map(({ reason, text, raw }) => ({
      what: raw === undefined ? name : `${name}: ${cut(raw)}`,
      reason: cut(text),
      code: known(reason),
    })),
  };
}

/** What an uplink says of files it has read: the payload of `{system}/files`, in samples bounded and in counts exact. */
export function filesPayload(ts: number, files: readonly FileTold[]): Uint8Array {
  const told = files.filter(({ samples }) => samples.length > 0).length;
  const each = Math.min(BOUNDS.samplesPerFile, Math.max(1, Math.floor(MOST_SAMPLES / Math.max(1, told))));
  return encoder.encode(JSON.stringify({ ts, files: files.map((file) => said(file, each)) }));
}

/** Of all files together, one of each file at least: a mine's page shows its last fifty. */
const MOST_SAMPLES = 50;

function said({ name, digest: id, outcome, records, refused, samples }: FileTold, most: number): object {
  const file = { name: cut(name), id: id.toString(36), outcome, records };
  if (outcome === "taken" || outcome === "duplicate") return file;
  return {
    ...file,
    refused,
    samples: samples.slice(0, most).map(({ what, reason, code }) => {
      const raw = what.startsWith(`${name}: `) ? { raw: cut(what.slice(name.length + 2)) } : {};
      return { reason: code ?? OTHER, text: cut(reason), ...raw };
    }),
  };
}

/** Never in the middle of a character. */
const cut = (text: string): string => text.slice(0, BOUNDS.fileTextChars).replace(/[\ud800-\udbff]$/, "");
