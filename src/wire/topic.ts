import { TOPIC_KINDS, type TopicKind } from "../model/input.ts";
import { GATEWAY_MINE, GATEWAY_SYSTEM, type MineCode, type System } from "../model/mine.ts";

/** What a mine may publish on: `mine/v1/{mine}/{system}/{kind}` and `mine/v1/{mine}/status` (contract §3). */
export type Topic =
  | { readonly ok: true; readonly mine: MineCode; readonly system: System | null; readonly kind: TopicKind }
  | { readonly ok: false; readonly why: TopicFault };

export type TopicFault =
  | "too-long"
  | "not-a-mine-topic"
  | "mine-code"
  | "system"
  | "unknown-kind"
  | "people-only-under-person"
  | "reserved";

export const MINE_CODE = /^[0-9A-Za-z]{4,24}$/;
export const SYSTEM_NAME = /^[a-z][a-z0-9-]{0,31}$/;
/** `out` is what the gateway sends to a mine, `status` is the mine's own; a system of that name would be unreadable. */
export const RESERVED_SYSTEMS: readonly string[] = [GATEWAY_SYSTEM, "out", "status"];
const ROOT = "mine/v1/";
const MOST_BYTES = 128;
const KINDS: ReadonlySet<string> = new Set(TOPIC_KINDS);

export function parseTopic(topic: string): Topic {
  // Every legal topic is ASCII, so its length in characters is its length in bytes; others fail below.
  if (topic.length > MOST_BYTES) return fault("too-long");
  if (!topic.startsWith(ROOT)) return fault("not-a-mine-topic");
  const [mine, second, third, ...more] = topic.slice(ROOT.length).split("/");
  if (mine === undefined || second === undefined || more.length > 0) return fault("not-a-mine-topic");
  if (!MINE_CODE.test(mine)) return fault("mine-code");
  if (mine === GATEWAY_MINE) return fault("reserved");
  if (third === undefined) {
    return second === "status" ? { ok: true, mine, system: null, kind: "status" } : fault("unknown-kind");
  }
  if (!SYSTEM_NAME.test(second)) return fault("system");
  if (RESERVED_SYSTEMS.includes(second)) return fault("reserved");
  if (!isKind(third)) return fault("unknown-kind");
  if (third === "people" && second !== "person") return fault("people-only-under-person");
  return { ok: true, mine, system: second, kind: third };
}

export function mineTopic(mine: MineCode, system: System | null, kind: TopicKind): string {
  return system === null ? `${ROOT}${mine}/${kind}` : `${ROOT}${mine}/${system}/${kind}`;
}

/** What the gateway tells a mine; the mine may subscribe to nothing but its own. */
export function outTopic(mine: MineCode, what: "alarms" | "rejects" | "notices"): string {
  return `${ROOT}${mine}/out/${what}`;
}

const isKind = (text: string): text is TopicKind => KINDS.has(text);
const fault = (why: TopicFault): Topic => ({ ok: false, why });
