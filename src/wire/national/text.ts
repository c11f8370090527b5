import { utf8 } from "../json-text.ts";

/** A file's bytes as text, or why they are none. */
export type Text =
  | {
      readonly ok: true;
      readonly text: string;
      readonly encoding: "utf-8" | "gb18030";
      readonly mark: boolean;
      /** Bytes that mean nothing in the encoding became U+FFFD: often a name that was cut in the middle of a character. */
      readonly damaged: boolean;
    }
  | { readonly ok: false; readonly code: "encoding" | "not-text"; readonly reason: string };

/**
 * A byte order mark decides, else what is valid: UTF-8 first, because GB18030 finds a meaning in nearly everything,
 * and UTF-8 also where it is nearly valid: one cut character must not turn every other one into another. Of Chinese
 * in GB18030 hardly one character in eight happens to be UTF-8.
 */
export function decodeText(bytes: Uint8Array, wanted: "auto" | "utf-8" | "gb18030"): Text {
  if (isUtf16(bytes)) {
    return { ok: false, code: "encoding", reason: "文件是UTF-16编码,应为UTF-8或GB18030(GBK)" };
  }
  if (isBinary(bytes)) {
    const reason = "内容不是文本:可能是加密(密采)或压缩的文件,应为明文的UTF-8或GB18030(GBK)";
    return { ok: false, code: "not-text", reason };
  }
  const mark = hasMark(bytes);
  const body = mark ? bytes.subarray(3) : bytes;
  if (wanted === "gb18030" && !mark) return decoded(body, "gb18030", mark);
  if (wanted === "utf-8" || mark) return decoded(body, "utf-8", mark);
  const strict = strictly(body);
  if (strict !== null) return { ok: true, text: strict, encoding: "utf-8", mark, damaged: false };
  const universal = decoded(body, "utf-8", mark);
  return isNearlyWhole(universal.text) ? universal : decoded(body, "gb18030", mark);
}

const gb18030 = new TextDecoder("gb18030");
/** The mark was taken off before; one inside the text is a character like any other. */
const tolerant = new TextDecoder("utf-8", { ignoreBOM: true });
const HOLE = "�";
const HOLE_CODE = HOLE.charCodeAt(0);

function decoded(bytes: Uint8Array, encoding: "utf-8" | "gb18030", mark: boolean): Text & { ok: true } {
  const text = (encoding === "utf-8" ? tolerant : gb18030).decode(bytes);
  return { ok: true, text, encoding, mark, damaged: text.includes(HOLE) };
}

function strictly(bytes: Uint8Array): string | null {
  try {
    return utf8.decode(bytes);
  } catch {
    return null;
  }
}

/** Characters beyond ASCII for each hole. */
const LEAST_WHOLE = 3;

function isNearlyWhole(text: string): boolean {
  let whole = 0;
  let holes = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === HOLE_CODE) holes++;
    else if (code > 0x7f) whole++;
  }
  return whole >= LEAST_WHOLE * holes;
}

const hasMark = (bytes: Uint8Array): boolean => bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;

const isUtf16 = (bytes: Uint8Array): boolean =>
  (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);

/**
 * What is encrypted or packed has every control character soon; a text may have one of them often (names that a
 * program filled up with zeros), but hardly six kinds.
 */
function isBinary(bytes: Uint8Array): boolean {
  const end = Math.min(bytes.length, LOOKED_AT);
  const kinds = new Set<number>();
  let controls = 0;
  for (let i = 0; i < end; i++) {
    const byte = bytes[i] as number;
    if (byte >= 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) continue;
    controls++;
    kinds.add(byte);
  }
  return kinds.size >= 6 && controls * 50 >= end;
}

const LOOKED_AT = 4096;
