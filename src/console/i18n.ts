import { DEFAULT_RESOLUTION } from "../model/point.ts";
import { STATE } from "../model/reading.ts";
import { en } from "./words/en.ts";
import { TYPE_NAMES } from "./words/types.ts";
import { zh } from "./words/zh.ts";

export type Language = "zh" | "en";
export type Key = keyof typeof zh;
type Params = Readonly<Record<string, string | number>>;

/** How one language speaks. Every word a person reads comes through here. */
export interface Speech {
  readonly language: Language;
  t(key: Key, params?: Params): string;
  /** The word for a code that came by the wire, or the code itself where we know none. */
  word(family: string, code: string): string;
  typeName(type: string | null): string;
  /** The set state bits by name; an unknown bit is shown as its number, never dropped. */
  stateWords(bits: number): string[];
  /** A length of time in the two largest units that matter. */
  span(ms: number): string;
}

export function createSpeech(language: Language): Speech {
  const words: Readonly<Record<string, string>> = language === "zh" ? zh : en;
  const t = (key: Key, params?: Params) => fill(words[key] ?? key, params);
  const word = (family: string, code: string) => words[`${family}.${code}`] ?? code;
  return {
    language,
    t,
    word,
    typeName: (type) => (type === null ? "" : (TYPE_NAMES[type]?.[language === "zh" ? 0 : 1] ?? type)),
    stateWords: (bits) => stateWords(bits, t),
    span: (ms) => span(ms, t),
  };
}

const fill = (text: string, params: Params = {}) =>
  text.replace(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole));

const KNOWN_BITS = Object.values(STATE);

function stateWords(bits: number, t: Speech["t"]): string[] {
  const known = KNOWN_BITS.filter((bit) => (bits & bit) !== 0);
  const rest = known.reduce((left, bit) => left & ~bit, bits);
  const words = known.map((bit) => t(`bit.${bit}`));
  return rest === 0 ? words : [...words, t("bit.other", { n: rest })];
}

function span(ms: number, t: Speech["t"]): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  const [large, small] = spanParts(s);
  const words = [large, small].flatMap((part) =>
    part === undefined ? [] : [t(`span.${part.unit}`, { n: part.n })],
  );
  return words.join(" ");
}

interface SpanPart {
  readonly unit: "seconds" | "minutes" | "hours" | "days";
  readonly n: number;
}

/** The two largest units; the smaller is left out where it is nothing. */
function spanParts(s: number): SpanPart[] {
  const parts: SpanPart[] = [
    { unit: "days", n: Math.floor(s / 86_400) },
    { unit: "hours", n: Math.floor((s % 86_400) / 3_600) },
    { unit: "minutes", n: Math.floor((s % 3_600) / 60) },
    { unit: "seconds", n: s % 60 },
  ];
  const first = parts.findIndex(({ n }) => n > 0);
  if (first < 0) return parts.slice(3);
  return parts.slice(first, first + 2).filter(({ n }, i) => i === 0 || n > 0);
}

/** A measured value at the resolution of its sensor: 1 becomes 1.00 %CH4, never 1. */
export function figure(value: number, type: string | null): string {
  const resolution = type === null ? undefined : DEFAULT_RESOLUTION[type];
  if (resolution !== undefined) return value.toFixed(decimals(resolution));
  return String(Math.round(value * 1000) / 1000);
}

const decimals = (resolution: number) => (resolution >= 1 ? 0 : Math.round(-Math.log10(resolution)));
