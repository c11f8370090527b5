import { z } from "zod";
import type { DutyEvent, PreNotice } from "../model/duty.ts";
import { PRE_NOTICE_KINDS } from "../model/duty.ts";
import { instant, Moment } from "./alarm.ts";
import { iso } from "./time.ts";

export const PreNoticeSubject = z.discriminatedUnion("kind", [
  z.object({ kind: z.enum(["point", "set"]), id: z.string() }),
  z.object({ kind: z.literal("system"), id: z.string() }),
  z.object({ kind: z.literal("mine") }),
]);

/** A pre-notice as REST and the journal carry it. */
export const PreNoticeJson = z
  .object({
    id: z.string(),
    kind: z.enum(PRE_NOTICE_KINDS),
    mine: z.string(),
    subjects: z.array(PreNoticeSubject).readonly(),
    from: Moment,
    to: Moment,
    reason: z.string(),
    state: z.enum(["applied", "approved", "refused", "ended"]),
    applied: z.object({ by: z.string(), role: z.string(), at: Moment }),
    answered: z.object({ by: z.string(), at: Moment, note: z.string().nullable() }).nullable(),
    ended: z.object({ by: z.string().nullable(), at: Moment }).nullable(),
  })
  .meta({ id: "PreNotice" });
export type PreNoticeJson = z.infer<typeof PreNoticeJson>;

export function preNoticeJson(notice: PreNotice): PreNoticeJson {
  const { applied, answered, ended } = notice;
  return {
    ...notice,
    from: iso(notice.from),
    to: iso(notice.to),
    applied: { ...applied, at: iso(applied.at) },
    answered: answered && { ...answered, at: iso(answered.at) },
    ended: ended && { ...ended, at: iso(ended.at) },
  };
}

function preNoticeOf(json: PreNoticeJson): PreNotice {
  const { applied, answered, ended } = json;
  return {
    ...json,
    from: instant(json.from),
    to: instant(json.to),
    applied: { ...applied, at: instant(applied.at) } as PreNotice["applied"],
    answered: answered && { ...answered, at: instant(answered.at) },
    ended: ended && { ...ended, at: instant(ended.at) },
  };
}

type StatusEvent = Extract<DutyEvent, { what: "mine-status" }>;

/** A line of the duty log in words; only these two kinds hold moments. */
export type DutyEventJson =
  | Exclude<DutyEvent, { what: "pre-notice" | "mine-status" }>
  | { readonly what: "pre-notice"; readonly notice: PreNoticeJson }
  | (Omit<StatusEvent, "from" | "to"> & { readonly from: string; readonly to: string | null });

export function dutyJson(event: DutyEvent): DutyEventJson {
  switch (event.what) {
    case "pre-notice":
      return { what: "pre-notice", notice: preNoticeJson(event.notice) };
    case "mine-status":
      return { ...event, from: iso(event.from), to: event.to === null ? null : iso(event.to) };
    case "swap":
    case "handover":
    case "note":
      return event;
  }
}

/** Back from its words; throws where a moment is none, which only a damaged record can cause. */
export function dutyOf(json: DutyEventJson): DutyEvent {
  switch (json.what) {
    case "pre-notice":
      return { what: "pre-notice", notice: preNoticeOf(json.notice) };
    case "mine-status":
      return { ...json, from: instant(json.from), to: json.to === null ? null : instant(json.to) };
    case "swap":
    case "handover":
    case "note":
      return json;
  }
}
