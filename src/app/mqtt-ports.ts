import type { Gateway } from "../gateway.ts";
import type { Now } from "../lib/now.ts";
import type { SegmentLog } from "../log/segment-log.ts";
import { BOUNDS } from "../model/bounds.ts";
import type { Body, Rejected } from "../model/input.ts";
import type { MineCode } from "../model/mine.ts";
import { REJECT_REASONS } from "../model/reading.ts";
import type { AcceptedPacket, MqttPorts, Refusal } from "../mqtt/ports.ts";
import { rejectWords } from "../wire/reject-words.ts";
import { iso } from "../wire/time.ts";
import { outTopic } from "../wire/topic.ts";

export interface MqttPortsOptions {
  readonly gateway: Gateway;
  readonly quarantine: SegmentLog;
  readonly now: Now;
  readonly authenticate: MqttPorts["authenticate"];
  readonly refused: (refusal: Refusal) => void;
  readonly publish: (mine: MineCode, topic: string, payload: string) => void;
}

/** What the mqtt room asks for: identity, the inbox, and who is told of what was refused. */
export function createMqttPorts(options: MqttPortsOptions): MqttPorts {
  const { gateway, quarantine, now } = options;

  function accept(packet: AcceptedPacket, done: (ok: boolean) => void): void {
    if (packet.body.kind === "unusable") keepPoison(packet, packet.body.reason);
    gateway.accept(packet, packet, done);
    tellRejects(packet);
  }

  /** The spool holds the bytes too; the quarantine holds them longer, until it is full. */
  function keepPoison({ topic, payload }: AcceptedPacket, reason: string): void {
    const head = Buffer.from(`${JSON.stringify({ at: iso(now.now()), topic, reason })}\n`);
    quarantine.append(1, [head, payload]);
    void quarantine.sync().catch(() => {});
  }

  function tellRejects({ mine, topic, body, payload }: AcceptedPacket): void {
    const found = rejects(body);
    if (found === null) return;
    const words = body.kind === "unusable" ? rejectWords("unusable", found) : null;
    const zh = words === null ? zhOf(body) : `${words.what.zh}。${words.remedy.zh}`;
    const sample = Buffer.from(payload.subarray(0, BOUNDS.rejectSampleBytes)).toString("utf8");
    const seq = "seq" in body && body.seq !== null ? { seq: body.seq } : {};
    options.publish(
      mine,
      outTopic(mine, "rejects"),
      JSON.stringify({ topic, ...seq, reason: found, zh, at: iso(now.now()), sample }),
    );
  }

  return {
    authenticate: options.authenticate,
    accept,
    link: ({ mine, system, event, connection, why }) => {
      void gateway.take({ type: "link", mine, system, event, connection, why }).catch(() => {});
    },
    refused: options.refused,
    pressed: () => gateway.pressed(),
    busy: () => gateway.busy(),
    onRelief: (callback) => gateway.onRelief(callback),
  };
}

/** The reasons of what was refused, each once: of which items, and what to do. */
function zhOf(body: Body): string {
  const items = new Map<string, string[]>();
  for (const { what, reason } of refusedOf(body)) {
    const of = items.get(reason);
    if (of === undefined) items.set(reason, [what]);
    else of.push(what);
  }
  return [...items]
    .slice(0, 5)
    .map(([reason, whats]) => {
      const { what, remedy } = rejectWords(reason, "");
      const more = whats.length > 3 ? `等${whats.length}项` : "";
      return `${whats.slice(0, 3).join("、")}${more}：${what.zh}。${remedy.zh}`;
    })
    .join("；");
}

/** Of readings by their place in the list: the code may be what is wrong. */
function refusedOf(body: Body): readonly Rejected[] {
  if (!("columns" in body)) return "rejected" in body ? body.rejected : [];
  const { bad, codes } = body.columns;
  return Array.from((bad ?? []).entries()).flatMap(([i, code]) =>
    code === 0
      ? []
      : [{ what: `第${i + 1}个读数 ${codes[i] ?? ""}`.trim(), reason: REJECT_REASONS[code] ?? "refused" }],
  );
}

/** What of a message was refused, in words; null = nothing. */
function rejects(body: Body): string | null {
  switch (body.kind) {
    case "unusable":
      return body.reason;
    case "readings":
    case "backfill": {
      const { bad, codes } = body.columns;
      if (bad === null) return null;
      const found = Array.from(bad.entries()).filter(([, reason]) => reason !== 0);
      return found
        .slice(0, 10)
        .map(([i, reason]) => `readings[${i}] ${codes[i] ?? ""}: ${REJECT_REASONS[reason] ?? "refused"}`)
        .join("; ");
    }
    case "status":
      return null;
    case "points":
    case "events":
    case "stats":
    case "people":
    case "files": {
      if (body.rejected.length === 0) return null;
      return body.rejected
        .slice(0, 10)
        .map(({ what, reason }) => `${what}: ${reason}`)
        .join("; ");
    }
  }
}
