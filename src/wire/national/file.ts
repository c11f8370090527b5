import type { MineCode, System } from "../../model/mine.ts";
import type { Area } from "../../model/people.ts";
import type { Instant } from "../../model/time.ts";
import type { Dialect } from "../config/dialect-file.ts";
import type { Element } from "./element.ts";
import type { FileWrong, RecordWrong } from "./reasons.ts";

/** What goes into `readNationalFile` and what comes out of it (domain.md §2.2–2.7, contract §3). */

export interface NationalFile {
  /** Without its folder: `<mine>_<TYPE>_<yyyyMMddHHmmss>.txt`. */
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly dialect: Dialect;
  /** The folder's system, for files about points; files about people are always `person`'s. Absent = the type's own. */
  readonly system?: System;
}

/** What a file's name says. */
export interface FileName {
  readonly mine: MineCode;
  /** The national type, after the dialect's own names for it. */
  readonly type: string;
  readonly moment: Instant;
}

export interface Envelope {
  /** As the file names it: the caller knows aliases. */
  readonly mine: MineCode;
  readonly type: string;
  readonly system: System;
  /** The header's time: `ts` of every message made of the file. */
  readonly moment: Instant;
  /** The time in the file's name. */
  readonly named: Instant;
  readonly mineName: string | null;
  /** Records the header speaks of, where it does. */
  readonly count: number | null;
  /** The header as it stands, for what nobody has said the meaning of. */
  readonly header: readonly string[];
}

/** One message of contract §3, ready for the line that takes MQTT's: the caller makes the topic of mine and system. */
export interface NationalMessage {
  readonly kind: "points" | "readings" | "events" | "stats" | "people";
  /** UTF-8 JSON, within the bounds of a packet. A late file's readings may go to `backfill` as they are. */
  readonly payload: Uint8Array;
  readonly elements: number;
}

/** A record that was not used, and why: in words that the mine's own people can act on. */
export interface Refused {
  /** As an editor counts; in a file without line breaks the place among its pieces, the header being 1. */
  readonly line: number;
  readonly raw: string;
  readonly code: RecordWrong;
  /** Begins with the place: `第12行: 时间像是秒,应为毫秒…`. */
  readonly reason: string;
}

/** Something a person should know although nothing was refused for it; once per file and code. */
export interface Note {
  readonly code: string;
  readonly reason: string;
  readonly line: number;
  readonly times: number;
}

/** What the bytes looked like, whatever the dialect says. */
export interface Found {
  readonly encoding: "utf-8" | "gb18030";
  readonly mark: boolean;
  readonly lineBreaks: boolean;
  readonly codeLength: number;
  readonly field: string | null;
  readonly record: string | null;
  readonly end: string | null;
  readonly header: "national" | "counted" | "sichuan-table" | "configured";
}

/**
 * What earlier files of the same mine said, as far as later ones need it. A plain JSON value: the caller keeps it
 * beside its place in the folder, one for each mine, and hands it back; `NOTHING_KNOWN` begins.
 */
export interface Known {
  /** By system and file type: a stream's point table is what all its definition files say together. */
  readonly tables: Readonly<Record<System, Readonly<Record<string, Table>>>>;
  /** RYXX by card. */
  readonly people: { readonly at: Instant; readonly rows: Readonly<Record<string, Element>> } | null;
  /** RYQY. */
  readonly areas: { readonly at: Instant; readonly rows: readonly Area[] } | null;
}

export interface Table {
  readonly at: Instant;
  readonly points: readonly Element[];
}

export const NOTHING_KNOWN: Known = { tables: {}, people: null, areas: null };

export type NationalRead =
  | {
      readonly ok: true;
      readonly envelope: Envelope;
      readonly messages: readonly NationalMessage[];
      /** Records of the file; each is used or refused. */
      readonly records: number;
      readonly used: number;
      readonly refused: readonly Refused[];
      readonly notes: readonly Note[];
      /**
       * Where the used records are: in `messages`; in `known` only, to go along with later messages (RYXX, RYQY);
       * or nowhere, because a newer file of this type was known already (`older`).
       */
      readonly told: "messages" | "known" | "older";
      /** Whether the end of the file was seen; without it the writer may not be done. */
      readonly ended: boolean;
      readonly found: Found;
      /** To be kept instead of what was handed in, once the messages are safe. The same object = nothing changed. */
      readonly known: Known;
    }
  | {
      readonly ok: false;
      readonly code: FileWrong;
      readonly reason: string;
      readonly name: FileName | null;
      readonly ended: boolean;
      readonly found: Found | null;
    };
