import type { FileName, Known, NationalFile, NationalRead } from "./file.ts";
import { parseFileName } from "./file-name.ts";
import { decodeText } from "./text.ts";

/**
 * One national text file as the messages of contract §3. Pure: the same file with the same dialect and the same
 * `known` gives the same messages. Never throws; every record is used or refused with a reason.
 */
export function readNationalFile(file: NationalFile, known: Known): NationalRead {
  const name = parseFileName(file.name, file.dialect);
  if (!name.ok) {
    return { ok: false, code: name.code, reason: name.reason, name: null, ended: false, found: null };
  }
  const text = decodeText(file.bytes, file.dialect.encoding);
  if (!text.ok) {
    return { ok: false, code: text.code, reason: text.reason, name: name.name, ended: false, found: null };
  }
  return unread(name.name, known);
}

const unread = (name: FileName, _known: Known): NationalRead => ({
  ok: false,
  code: "layout",
  reason: `类型${name.type}尚不能读取`,
  name,
  ended: false,
  found: null,
});
