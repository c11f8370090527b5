import { createHash, hash } from "node:crypto";

const ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";
const ID_BYTES = 16;

/** The first 128 bits of SHA-256, in base32: the id of an alarm (contract §4). */
export function alarmHash(text: string): string {
  const bytes = hash("sha256", text, "buffer").subarray(0, ID_BYTES);
  let out = "";
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      out += ALPHABET[(held >>> bits) & 31];
    }
    held &= (1 << bits) - 1;
  }
  return bits === 0 ? out : out + ALPHABET[(held << (5 - bits)) & 31];
}

export const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
