import type { TopicKind } from "../model/input.ts";
import type { MineCode, System } from "../model/mine.ts";
import { parseTopic } from "../wire/topic.ts";

/** Where a topic leads for one identity. */
export type Destination =
  | { readonly kind: "own"; readonly system: System | null; readonly topicKind: TopicKind }
  /** In its own tree, but no topic of the contract: quarantined and acknowledged. */
  | { readonly kind: "unusable"; readonly why: string }
  /** Not its own: the connection is closed and listed. */
  | { readonly kind: "foreign"; readonly why: string };

interface Identity {
  readonly mine: MineCode;
  /** The credential's only system; null = all of the mine's. */
  readonly system: System | null;
}

const ROOT = "mine/v1/";

/** The topic or filter as the mine's own code would write it: an alias is another name, not another mine. */
export function underCode(topic: string, mine: MineCode, aliases: readonly MineCode[]): string {
  if (aliases.length === 0 || !topic.startsWith(ROOT)) return topic;
  const end = topic.indexOf("/", ROOT.length);
  const name = end < 0 ? topic.slice(ROOT.length) : topic.slice(ROOT.length, end);
  return aliases.includes(name) ? `${ROOT}${mine}${topic.slice(ROOT.length + name.length)}` : topic;
}

export function destination(topic: string, { mine, system }: Identity): Destination {
  const parsed = parseTopic(topic);
  if (parsed.ok && parsed.mine === mine) {
    if (system !== null && parsed.system !== system) {
      return { kind: "foreign", why: "publish to another system of its mine" };
    }
    return { kind: "own", system: parsed.system, topicKind: parsed.kind };
  }
  if (parsed.ok) return { kind: "foreign", why: "publish to another mine's topic" };
  const root = `mine/v1/${mine}`;
  if (topic !== root && !topic.startsWith(`${root}/`)) {
    return { kind: "foreign", why: "publish outside its own topics" };
  }
  if (topic === `${root}/out` || topic.startsWith(`${root}/out/`)) {
    return { kind: "foreign", why: "publish to out" };
  }
  return { kind: "unusable", why: `topic: ${parsed.why}` };
}

/** A mine may subscribe to what is written for it, with QoS 0 or 1, and to nothing else. */
export function maySubscribe({ topic, qos }: { topic: string; qos: number }, mine: MineCode): boolean {
  const root = `mine/v1/${mine}/out/`;
  return qos <= 1 && topic.startsWith(root) && BELOW_OUT.test(topic.slice(root.length));
}

const BELOW_OUT = /^(#|\+|[a-z][a-z-]{0,31})$/;

/** Whether a filter that `maySubscribe` allowed covers a topic of the same mine. */
export const covers = (filter: string, topic: string): boolean =>
  filter === topic || (/\/[#+]$/.test(filter) && topic.startsWith(filter.slice(0, -1)));
