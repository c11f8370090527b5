import { z } from "zod";

const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;
const MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A length of time with its unit, `500ms 3s 5m 2h 15d`, in milliseconds. */
export const Duration = z
  .string({ error: "a length of time with its unit: 500ms, 3s, 5m, 2h, 15d" })
  .regex(DURATION, { error: "a length of time with its unit: 500ms, 3s, 5m, 2h, 15d" })
  .transform((text) => {
    const [, number = "0", unit = "ms"] = DURATION.exec(text) ?? [];
    return Math.round(Number(number) * MS[unit as keyof typeof MS]);
  });

const SIZE = /^(\d+(?:\.\d+)?) ?(KiB|MiB|GiB|TiB)$/;
const BYTES = { KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 } as const;

/** A number of bytes with its unit, `256 MiB`. */
export const Size = z
  .string({ error: "a size with its unit: 64 KiB, 256 MiB, 20 GiB" })
  .regex(SIZE, { error: "a size with its unit: 64 KiB, 256 MiB, 20 GiB" })
  .transform((text) => {
    const [, number = "0", unit = "KiB"] = SIZE.exec(text) ?? [];
    return Math.round(Number(number) * BYTES[unit as keyof typeof BYTES]);
  });
