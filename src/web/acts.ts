import type { Act, ActResult } from "../model/act.ts";
import type { Alarm } from "../model/alarm.ts";
import type { MineCode } from "../model/mine.ts";
import type { Board } from "./board.ts";
import type { Identity } from "./identity.ts";
import { can } from "./may.ts";
import type { WebPorts } from "./ports.ts";

type Bare<T> = T extends Act ? Omit<T, "id" | "actor"> : never;
/** What is done, without who does it. */
export type Deeds = Bare<Act>;
/** To an occurrence of an alarm. */
export type AlarmDeed = Extract<Deeds, { readonly alarm: string }>;
/** To anything else. */
export type OtherDeed = Exclude<Deeds, { readonly alarm: string }>;

/** How an act was sent: `id` is made by the client, the same act sent again is the same act. */
export interface Sent {
  readonly id: string;
  readonly device: string;
}

export type Acted =
  | ActResult
  | { readonly ok: false; readonly why: "busy"; readonly detail: string; readonly field?: never };

/**
 * What people do, by REST or WebSocket alike. Answers when the act is in the journal **and** on the board, so that
 * every list read afterwards shows it. An alarm or a mine out of scope does not exist for its asker.
 */
export function createActs(ports: Pick<WebPorts, "act" | "alarm" | "mine">, board: Board) {
  async function perform(
    identity: Identity,
    deed: Deeds,
    { id, device }: Sent,
    past?: Alarm,
  ): Promise<Acted> {
    const { user, role, mines } = identity;
    // Two people may choose the same id; one person's act must not pass for another's.
    const act = { ...deed, id: `${user}/${id}`, actor: { user, role, mines, device } } as Act;
    const result = await ports.act(act, past);
    if (result.ok && result.seq !== null) await board.reached(result.seq);
    return result;
  }

  const forbidden = ({ role }: Identity, deed: Deeds): Acted => ({
    ok: false,
    why: "forbidden",
    detail: `a ${role} may not ${deed.do}`,
  });

  return {
    async onAlarm(identity: Identity, deed: AlarmDeed, sent: Sent): Promise<Acted> {
      if (!can(identity, deed.do, null)) return forbidden(identity, deed);
      const present = board.get(deed.alarm);
      const alarm = present ?? (await ports.alarm(deed.alarm))?.alarm ?? null;
      if (alarm === null || !can(identity, deed.do, alarm.mine)) {
        return { ok: false, why: "unknown-alarm", detail: "no such alarm" };
      }
      // What is over may be forgotten in the core: it goes along, so that the act is written down all the same.
      return perform(identity, deed, sent, alarm.state === "normal" ? alarm : undefined);
    },

    /** `mine` null: about none in particular. */
    async other(identity: Identity, deed: OtherDeed, mine: MineCode | null, sent: Sent): Promise<Acted> {
      if (!can(identity, deed.do, null)) return forbidden(identity, deed);
      if (mine !== null && (!can(identity, deed.do, mine) || ports.mine(mine) === null)) {
        return { ok: false, why: "unknown-point", detail: "no such mine" };
      }
      return perform(identity, deed, sent);
    },
  };
}

/** How a refused act is answered over HTTP. */
export const STATUS: Readonly<Record<Extract<Acted, { ok: false }>["why"], number>> = {
  "unknown-alarm": 404,
  "unknown-point": 404,
  "unknown-subject": 404,
  "unknown-request": 404,
  stale: 409,
  "not-possible": 409,
  forbidden: 403,
  "not-valid": 422,
  busy: 503,
};

export type Acts = ReturnType<typeof createActs>;
