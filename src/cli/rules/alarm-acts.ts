import type { Actor, AlarmAct, ServiceTarget } from "../../model/act.ts";
import type { Alarm, JournalEntry } from "../../model/alarm.ts";
import type { CauseCode, Correctable, Stage as HandlingStage } from "../../model/handling.ts";
import type { Instant } from "../../model/time.ts";
import type { Deed } from "./deeds.ts";
import { nameOf } from "./expectation.ts";
import { duration } from "./scenario-text.ts";

/** What a scenario's people do to alarms, by verb: `shelve T1 for=30m reason=noise by=li`. */
export const ALARM_VERBS = [
  "ack",
  "comment",
  "shelve",
  "unshelve",
  "out",
  "back",
  "approve",
  "decline",
  "reset",
  "stage",
  "call",
  "answer",
  "cause",
  "feedback",
  "correct",
] as const;
type Verb = (typeof ALARM_VERBS)[number];

const LEADS: readonly Verb[] = ["shelve", "unshelve", "out", "back", "approve", "decline", "correct"];

export function actorOf(verb: string, keys: Deed["keys"]): Actor {
  const usual = LEADS.includes(verb as Verb) ? "lead" : verb === "answer" ? "mine" : "duty";
  const role = (keys["role"] ?? usual) as Actor["role"];
  return { user: keys["by"] ?? "wang", role, mines: keys["mines"]?.split(",") ?? ["*"], device: "desk" };
}

/** The act on the subject's last alarm. */
export function alarmAct(
  entries: readonly JournalEntry[],
  now: Instant,
  { verb, plain, keys }: Deed,
): AlarmAct {
  const told = entries.flatMap((each) =>
    each.type === "transition" && nameOf(each) === plain[0] ? [each.alarm] : [],
  );
  const alarm = told.at(-1) ?? null;
  const seen = keys["expect"] === "first" ? (told[0]?.seq ?? null) : (alarm?.seq ?? null);
  const of = { alarm: alarm?.id ?? "none", expect: keys["expect"] === "none" ? null : seen };
  const note = keys["note"] ?? null;
  const reason = keys["reason"] ?? "";
  const until = now + duration(keys["for"] ?? "30m");
  const request = () => requestOf(entries, plain[0] ?? "");
  switch (verb as Verb) {
    case "ack":
      return { ...of, do: "acknowledge", note };
    case "comment":
      return { ...of, expect: null, do: "comment", note: note ?? "noted" };
    case "shelve":
      return { ...of, do: "shelve", until, reason };
    case "unshelve":
      return { ...of, do: "unshelve", note };
    case "out":
      return { do: "out-of-service", target: targetOf(alarm, keys), until, reason };
    case "back":
      return { do: "return-to-service", target: targetOf(alarm, keys), note };
    case "approve":
      return { do: "approve", request: request() };
    case "decline":
      return { do: "refuse", request: request(), reason };
    case "reset":
      return { ...of, do: "reset", note };
    case "stage":
      return { ...of, do: "stage", stage: (plain[1] ?? "") as HandlingStage, note };
    case "call": {
      const called = keys["called"] ?? "";
      const at = now + duration(keys["at"] ?? "0s");
      return { ...of, do: "call", at, called, answered: keys["answered"] ?? null, note };
    }
    case "answer":
      return { ...of, do: "answer", by: keys["name"] ?? "", note };
    case "cause": {
      const code = (keys["code"] ?? "") as CauseCode;
      return { ...of, do: "cause", code, text: keys["text"] ?? "", measure: keys["measure"] ?? null };
    }
    case "feedback":
      return { ...of, do: "feedback", text: keys["text"] ?? "" };
    case "correct": {
      const field = (keys["field"] ?? "") as Correctable;
      return { ...of, do: "correct", field, value: keys["value"] ?? "", reason };
    }
  }
}

export const isAlarmVerb = (verb: string): boolean => (ALARM_VERBS as readonly string[]).includes(verb);

/** By its last alarm, or in words where it never had one: `out T2 kind=point id=520…:safety:T2 key=CH4`. */
const targetOf = (alarm: Alarm | null, keys: Deed["keys"]): ServiceTarget => ({
  kind: (keys["kind"] ?? alarm?.subject.kind ?? "point") as ServiceTarget["kind"],
  id: keys["id"] ?? alarm?.subject.id ?? "none",
  key: keys["key"] ?? alarm?.ladder ?? alarm?.rule ?? "none",
});

/** The last request about the subject, answered or not. */
function requestOf(entries: readonly JournalEntry[], name: string): string {
  const about = entries.flatMap((each) => {
    if (each.type === "service" && each.what === "request")
      return each.service.subject.id.endsWith(`:${name}`) ? [each.service.request] : [];
    const asked = each.type === "transition" && each.transition.what === "request" && nameOf(each) === name;
    return asked && each.alarm.request !== null ? [each.alarm.request.id] : [];
  });
  return about.at(-1) ?? "none";
}
