import type { Kpis } from "../model/kpi.ts";
import type { Notification } from "../model/notification.ts";
import { DAY } from "../model/time.ts";
import { iso } from "../wire/time.ts";
import { identityOf } from "./access.ts";
import type { Identity } from "./identity.ts";
import { inScope, minesOf } from "./may.ts";
import { refuse } from "./problem.ts";
import type { RestApp, RestHouse } from "./rest.ts";
import { listOf } from "./schemas.ts";
import { KpiAnswerJson, KpisQuery, NotificationJson, NotificationsQuery } from "./schemas-figures.ts";
import { createTurnstile } from "./turnstile.ts";

const LONGEST = 366 * DAY;
/** Figures of a year take the store a while: one at a time, and not a queue of them. */
const ONE_BY_ONE = { atOnce: 1, mostWaiting: 8 };

/** What the county's work with alarms looks like in figures, and who was told what. */
export function figureRoutes(app: RestApp, { ports, board }: RestHouse): void {
  const turnstile = createTurnstile(ONE_BY_ONE);

  app.get(
    "/kpis",
    {
      config: { access: "read-figures" },
      schema: {
        summary: "The figures of ISA-18.2 and EEMUA 191 by mine, officer or shift",
        description:
          "Of what rang in from ≤ t < to; tests and rules on trial are in none. By officer: all of them for lead, " +
          "admin and auditor, one's own for a duty officer.",
        tags: ["figures"],
        querystring: KpisQuery,
        response: { 200: KpiAnswerJson },
      },
    },
    async (request, reply) => {
      const who = identityOf(request);
      const { by, mine, to = ports.clock.wall(), from = to - DAY } = request.query;
      if (to <= from) return refuse(reply, 400, "not-valid", "from must be before to", wrong("from"));
      if (to - from > LONGEST) return refuse(reply, 400, "not-valid", "at most 366 days", wrong("from"));
      if (by === "officer" && (who.role === "viewer" || who.role === "mine"))
        return refuse(reply, 403, "forbidden", `a ${who.role} may not see figures of people`);
      const mines = mine?.filter((code) => inScope(who, code)) ?? minesOf(who);
      const passed = await turnstile(() => ports.kpis({ from, to, by, mines }));
      if (!passed.ok)
        return refuse(reply, 503, "busy", "other figures are being made; try again in a moment");
      const { total, groups } = passed.value;
      return reply.send({
        from: iso(from),
        to: iso(to),
        by,
        total: kpisJson(total),
        items: groups.filter((one) => by !== "officer" || maySee(who, one.key)).map(kpisJson),
        asOf: board.head(),
      });
    },
  );

  app.get(
    "/notifications",
    {
      config: { access: "read-sent" },
      schema: {
        summary: "The send log: who was told what, when, by which channel, with receipts; the newest first",
        tags: ["notifications"],
        querystring: NotificationsQuery,
        response: { 200: listOf(NotificationJson) },
      },
    },
    async (request, reply) => {
      const who = identityOf(request);
      const { limit, cursor, alarm, mine, channel, person, state, from, to } = request.query;
      const before = cursor === undefined ? null : Number(cursor);
      if (before !== null && !Number.isSafeInteger(before))
        return refuse(reply, 400, "not-valid", "no such cursor", wrong("cursor"));
      const found = await ports.notifications({
        alarm: alarm ?? null,
        mines: mine?.filter((code) => inScope(who, code)) ?? minesOf(who),
        channels: channel ?? null,
        person: person ?? null,
        states: state ?? null,
        from: from ?? null,
        to: to ?? null,
        limit,
        before,
      });
      const last = found.at(-1);
      const next = last === undefined || found.length < limit ? null : String(last.n);
      return reply.send({ items: found.map(notificationJson), next, asOf: board.head() });
    },
  );
}

const wrong = (field: string) => [{ path: `querystring/${field}`, message: "not valid" }];

/** Figures of people are for those who lead them, and for oneself. */
const maySee = ({ role, user }: Identity, officer: string): boolean => role !== "duty" || officer === user;

const at = (t: number | null): string | null => (t === null ? null : iso(t));

const kpisJson = ({ rate, topRules, topSubjects, ...rest }: Kpis) => ({
  ...rest,
  rate: { ...rate, worstAt: at(rate.worstAt) },
  topRules: topRules.map((one) => ({ ...one })),
  topSubjects: topSubjects.map((one) => ({ ...one })),
});

const notificationJson = (one: Notification) => ({
  ...one,
  createdAt: iso(one.createdAt),
  triedAt: at(one.triedAt),
  endedAt: at(one.endedAt),
  deliveredAt: at(one.deliveredAt),
  seenAt: at(one.seenAt),
});
