/** One element of a message of contract §3, before it is text. */
export type Value =
  | string
  | number
  | boolean
  | readonly (string | number)[]
  | Readonly<Record<string, string>>;
export type Element = { [key: string]: Value };

/** Where a record's fields go that the contract has no place for, by their names: kept, never read. */
export const RAW = "raw";
