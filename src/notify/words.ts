/** Makes what a mine sent harmless where it is shown. */
export type Escape = (text: string) => string;

/** As it is, but of one line and without what steers a terminal or a text field. */
export const plain: Escape = (text) =>
  text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
    .replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+/g, " ")
    .trim();

const WIDE: Readonly<Record<string, string>> = {
  "*": "＊",
  _: "＿",
  "`": "｀",
  "#": "＃",
  "[": "［",
  "]": "］",
  "(": "（",
  ")": "）",
  "<": "＜",
  ">": "＞",
  "!": "！",
  "|": "｜",
  "~": "～",
  "@": "＠",
  "&": "＆",
  "\\": "＼",
};

/**
 * Markdown of robots, of which no maker says what a backslash does: signs that mean something become their wide
 * twins, which mean nothing and read the same.
 */
export const wide: Escape = (text) =>
  plain(text)
    .replace(/[*_`#[\]()<>!|~@&\\]/g, (sign) => WIDE[sign] ?? " ")
    .replaceAll("://", "：//");

export const html: Escape = (text) => plain(text).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** The template with its names filled in. A line whose names all stand for nothing is left out. */
export function fill(template: string, field: (name: string) => string): string {
  return template
    .split("\n")
    .flatMap((line) => {
      let names = 0;
      let found = 0;
      const filled = line.replace(/\{([A-Za-z]+)\}/g, (_, name: string) => {
        const value = field(name);
        names += 1;
        if (value !== "") found += 1;
        return value;
      });
      return names > 0 && found === 0 ? [] : [filled.replace(/ {2,}/g, " ").trim()];
    })
    .join("\n");
}

const encoder = new TextEncoder();
export const bytesOf = (text: string): number => encoder.encode(text).length;

/** At most so many letters, the last an ellipsis when some are missing. */
export function shortened(text: string, most: number): string {
  const letters = [...text];
  return letters.length <= most ? text : `${letters.slice(0, most - 1).join("")}…`;
}

/** At most so many bytes of UTF-8, cut between letters. */
export function cut(text: string, mostBytes: number): string {
  if (bytesOf(text) <= mostBytes) return text;
  let size = 3;
  let end = 0;
  for (const letter of text) {
    size += bytesOf(letter);
    if (size > mostBytes) break;
    end += letter.length;
  }
  return `${text.slice(0, end)}…`;
}
