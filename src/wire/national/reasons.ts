/** Why one record was refused; the code is counted, the words are for people. */
export const RECORD_WRONGS = [
  "fields",
  "full-width",
  "missing",
  "point-code",
  "code",
  "type-code",
  "number",
  "time",
  "time-in-seconds",
  "time-order",
  "value-order",
  "contract",
  "state",
  "unknown-code",
  "value-missing",
  "exit-missing",
  "text-too-long",
  "record-too-long",
  "code-twice",
  "too-many",
  "layout-unknown",
  "cut-off",
  "after-end",
] as const;
export type RecordWrong = (typeof RECORD_WRONGS)[number];

/** Why a whole file cannot be used. */
export const FILE_WRONGS = [
  "name",
  "type-unknown",
  "too-large",
  "empty",
  "encoding",
  "not-text",
  "separators",
  "header",
  "header-mine",
  "header-time",
  "not-ended",
] as const;
export type FileWrong = (typeof FILE_WRONGS)[number];

/** Why a file that can be read, or cannot be at all, is not taken from the folder where it lies. */
export const FOLDER_WRONGS = ["mine", "system", "unreadable"] as const;
export type FolderWrong = (typeof FOLDER_WRONGS)[number];

/** One thing wrong with one field or record. */
export interface Wrong {
  readonly wrong: RecordWrong;
  readonly reason: string;
}

export const wrong = (code: RecordWrong, reason: string): Wrong => ({ wrong: code, reason });

export const isWrong = (got: unknown): got is Wrong =>
  typeof got === "object" && got !== null && "wrong" in got && "reason" in got;

/** What a file says, short enough to stand in a sentence. */
export const quoted = (text: string): string => `“${text.length <= 40 ? text : `${text.slice(0, 40)}…`}”`;
