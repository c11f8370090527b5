import type { Instant } from "../../model/time.ts";
import type { Dialect } from "../config/dialect-file.ts";
import type { Element } from "./element.ts";
import type { Layout } from "./layouts.ts";
import type { Wrong } from "./reasons.ts";
import type { Fields } from "./row.ts";

/** What a record may look to beside itself. */
export interface Beside {
  readonly mine: string;
  readonly type: string;
  readonly moment: Instant;
  readonly dialect: Dialect;
  /** What RYXX said of a card. */
  personOf(card: string): Element | undefined;
  /** The point of the stream's table that a code names. */
  pointOf(code: string): Element | undefined;
  /** Something a person should know, though the record is used. */
  note(code: string, reason: string): void;
}

/** How the records of one meaning become elements of a message: their fields, and what only the whole can say. */
export interface RecordRules {
  /** What the gateway's door asks of each element: null, or what it has against one. */
  readonly door: (element: Element) => string | null;
  readonly fields: Fields;
  finish(element: Element, beside: Beside, layout: Layout): Element | readonly Element[] | Wrong;
}
