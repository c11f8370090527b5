import type { ActResult } from "../model/act.ts";
import type { Board } from "./board.ts";
import type { Identity } from "./identity.ts";
import { can } from "./may.ts";
import type { WebPorts } from "./ports.ts";

export interface AlarmAct {
  /** Made by the client: the same act sent again is the same act. */
  readonly id: string;
  readonly do: "acknowledge" | "comment";
  readonly alarm: string;
  readonly expect: number | null;
  readonly note: string | null;
  readonly device: string;
}

export type Acted =
  | ActResult
  | { readonly ok: false; readonly why: "busy" | "note-missing"; readonly detail: string };

/**
 * What people do to alarms, by REST or WebSocket alike. Answers when the act is in the journal **and** on the
 * board, so that every list read afterwards shows it. An alarm of another mine is unknown to its asker.
 */
export function createActs(ports: Pick<WebPorts, "act" | "alarm">, board: Board) {
  async function mineOf(id: string): Promise<string | null> {
    return board.get(id)?.mine ?? (await ports.alarm(id))?.alarm.mine ?? null;
  }

  return async (identity: Identity, act: AlarmAct): Promise<Acted> => {
    if (!can(identity, act.do, null)) {
      return { ok: false, why: "forbidden", detail: `a ${identity.role} may not ${act.do}` };
    }
    const mine = await mineOf(act.alarm);
    if (mine === null || !can(identity, act.do, mine)) {
      return { ok: false, why: "unknown-alarm", detail: "no such alarm" };
    }
    const { user, role, mines } = identity;
    const base = {
      // Two people may choose the same id; one person's act must not pass for another's.
      id: `${user}/${act.id}`,
      actor: { user, role, mines, device: act.device },
      alarm: act.alarm,
      expect: act.expect,
    };
    const note = act.note === null || act.note.trim() === "" ? null : act.note;
    if (act.do === "comment" && note === null) {
      return { ok: false, why: "note-missing", detail: "a comment needs a note" };
    }
    const result = await ports.act(
      act.do === "comment"
        ? { ...base, do: "comment", note: note ?? "" }
        : { ...base, do: "acknowledge", note },
    );
    if (result.ok && result.seq !== null) await board.reached(result.seq);
    return result;
  };
}

export type Acts = ReturnType<typeof createActs>;
