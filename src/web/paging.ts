export interface Paged<T> {
  readonly items: T[];
  readonly next: string | null;
}

/** A page of what is in memory, in order of its key; the cursor is the last key of the page before. */
export function pageOf<T>(
  all: Iterable<T>,
  keyOf: (item: T) => string,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Paged<T> {
  const after = cursor === undefined ? null : decodeCursor(cursor);
  const keyed = [...all].map((item) => ({ key: keyOf(item), item }));
  const rest = after === null ? keyed : keyed.filter(({ key }) => key > after);
  rest.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  return {
    items: page.map(({ item }) => item),
    next: rest.length > limit && last !== undefined ? encodeCursor(last.key) : null,
  };
}

export const encodeCursor = (text: string): string => Buffer.from(text).toString("base64url");
export const decodeCursor = (cursor: string): string => Buffer.from(cursor, "base64url").toString();
