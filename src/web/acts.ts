import type { Act, ActResult } from "../model/act.ts";
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

export type Confirmation =
  | { readonly do: "confirm-location"; readonly mine: string; readonly point: string; readonly loc: string }
  | {
      readonly do: "confirm-table";
      readonly mine: string;
      readonly system: string;
      readonly accept: boolean;
    };

/** What people confirm of what a mine says of itself. A mine out of scope does not exist for its asker. */
export function createConfirm(ports: Pick<WebPorts, "act" | "mine">, board: Board) {
  return async (
    identity: Identity,
    what: Confirmation & { readonly id: string; readonly device: string },
  ): Promise<Acted> => {
    const { mine, device, ...rest } = what;
    if (!can(identity, what.do, null)) {
      return { ok: false, why: "forbidden", detail: `a ${identity.role} may not ${what.do}` };
    }
    if (!can(identity, what.do, mine) || ports.mine(mine) === null) {
      return { ok: false, why: "unknown-point", detail: "no such mine" };
    }
    const { user, role, mines } = identity;
    const act = { ...rest, mine, id: `${user}/${what.id}`, actor: { user, role, mines, device } };
    const result = await ports.act(act as Act);
    if (result.ok && result.seq !== null) await board.reached(result.seq);
    return result;
  };
}

/** How a refused act is answered over HTTP. */
export const STATUS: Readonly<Record<Extract<Acted, { ok: false }>["why"], number>> = {
  "unknown-alarm": 404,
  "unknown-point": 404,
  "unknown-subject": 404,
  "unknown-request": 404,
  "not-valid": 422,
  stale: 409,
  "not-possible": 409,
  forbidden: 403,
  "note-missing": 400,
  busy: 503,
};

export type Acts = ReturnType<typeof createActs>;
