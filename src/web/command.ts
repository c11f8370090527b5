import { STAGES, type Stage } from "../model/handling.ts";
import type { Instant } from "../model/time.ts";
import type { AlarmsClient } from "../wire/stream.ts";
import { parseTime } from "../wire/time.ts";
import type { AlarmDeed } from "./acts.ts";

type Command = Extract<AlarmsClient, { type: "cmd" }>;

type Read =
  | { readonly ok: true; readonly deed: AlarmDeed }
  | { readonly ok: false; readonly why: "not-valid"; readonly field: string; readonly detail: string };

/** What a command over the WebSocket asks for; the same acts as by REST, the same words (contract §5). */
export function deedOf(command: Command, now: Instant): Read {
  const on = { alarm: command.alarm, expect: command.expect ?? null };
  const note = text(command.note);
  switch (command.do) {
    case "acknowledge":
    case "unshelve":
      return { ok: true, deed: { ...on, do: command.do, note } };
    case "comment":
      return note === null
        ? wrong("note", "a comment needs words")
        : { ok: true, deed: { ...on, do: "comment", note } };
    case "shelve": {
      const until = moment(command.until);
      const reason = text(command.reason);
      if (until === null) return wrong("until", "until when: a time");
      if (reason === null) return wrong("reason", "why: a reason is needed");
      return { ok: true, deed: { ...on, do: "shelve", until, reason } };
    }
    case "stage": {
      const { stage } = command;
      if (!isStage(stage)) return wrong("stage", `one of ${STAGES.join(", ")}`);
      return { ok: true, deed: { ...on, do: "stage", stage, note } };
    }
    case "call": {
      const called = text(command.called);
      if (called === null) return wrong("called", "who was called?");
      const at = command.at == null ? now : moment(command.at);
      if (at === null) return wrong("at", "a time");
      return { ok: true, deed: { ...on, do: "call", at, called, answered: text(command.answered), note } };
    }
  }
}

const wrong = (field: string, detail: string): Read => ({ ok: false, why: "not-valid", field, detail });

function text(words: string | null | undefined): string | null {
  const trimmed = words?.trim() ?? "";
  return trimmed === "" ? null : trimmed;
}

function moment(said: string | number | null | undefined): Instant | null {
  const parsed = parseTime(said ?? "");
  return parsed.ok ? parsed.t : null;
}

const isStage = (word: string | null | undefined): word is Stage =>
  (STAGES as readonly (string | null | undefined)[]).includes(word);
