import type { Alarm } from "../model/alarm.ts";
import { type AlarmJson, instant } from "./alarm.ts";

/** As it was written: records of before a field was known do not have it. */
type Written = AlarmJson & {
  readonly [Field in Since]?: AlarmJson[Field];
} & { readonly handling: Pick<AlarmJson["handling"], "stage" | "due"> & Partial<AlarmJson["handling"]> };
type Since = "feedback" | "corrections" | "request" | "latched" | "chattering" | "fleeting" | "firstOut";

/** The alarm back from its words; throws where a moment is none, which only a damaged record can cause. */
export function alarmOf(json: AlarmJson): Alarm {
  const { peak, acknowledged, people, escalation, handling, cause, request, feedback }: Written = json;
  return {
    ...json,
    suppression: suppressionOf(json.suppression),
    peak: peak && { value: peak.value, at: instant(peak.at) },
    raisedAt: instant(json.raisedAt),
    detectedAt: instant(json.detectedAt),
    returnedAt: instantOrNull(json.returnedAt),
    endedAt: instantOrNull(json.endedAt),
    acknowledged: acknowledged && { ...acknowledged, at: instant(acknowledged.at) },
    people: people && { ...people, asOf: instant(people.asOf) },
    mineEvents: json.mineEvents.map((one) => ({
      ...one,
      start: instant(one.start),
      end: instantOrNull(one.end),
    })),
    handling: {
      stage: handling.stage,
      by: handling.by ?? null,
      at: instant(handling.at ?? json.detectedAt),
      due: instantOrNull(handling.due),
    },
    cause: cause && { ...cause, at: instant(cause.at) },
    calls: json.calls.map((call) => ({ ...call, at: instant(call.at), note: call.note ?? null })),
    feedback: feedback ? { ...feedback, at: instant(feedback.at) } : null,
    corrections: (json.corrections ?? []).map((each) => ({ ...each, at: instant(each.at) })),
    request: request
      ? {
          ...request,
          at: instant(request.at),
          until: instant(request.until),
          expires: instant(request.expires),
        }
      : null,
    latched: json.latched ?? false,
    chattering: json.chattering ?? false,
    fleeting: json.fleeting ?? false,
    firstOut: json.firstOut ?? null,
    escalation: escalation && { step: escalation.step, at: instant(escalation.at) },
    comments: json.comments.map((comment) => ({ ...comment, at: instant(comment.at) })),
  };
}

function suppressionOf(suppression: AlarmJson["suppression"]): Alarm["suppression"] {
  switch (suppression.kind) {
    case "none":
    case "by-design":
      return suppression;
    case "shelved":
    case "out-of-service":
      return { ...suppression, until: instant(suppression.until) };
  }
}

const instantOrNull = (text: string | null): number | null => (text === null ? null : instant(text));
