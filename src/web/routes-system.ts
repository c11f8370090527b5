import type { Rule } from "../model/rule.ts";
import { iso } from "../wire/time.ts";
import { pageOf } from "./paging.ts";
import type { Health } from "./ports.ts";
import type { RestApp, RestHouse } from "./rest.ts";
import { listOf, PageQuery, RefusedJson, RuleJson, SystemJson } from "./schemas.ts";

const FAULTS_SHOWN = 50;

/** Rules in force, refused connections, and how the gateway itself is. */
export function systemRoutes(app: RestApp, { ports, board }: RestHouse): void {
  app.get(
    "/rules",
    {
      config: { access: "read" },
      schema: {
        summary: "The rules in force",
        tags: ["rules"],
        querystring: PageQuery,
        response: { 200: listOf(RuleJson) },
      },
    },
    async (request) => {
      const { items, next } = pageOf(ports.rules(), ({ id, source }) => `${id} ${source}`, request.query);
      return { items: items.map(ruleJson), next, asOf: board.head() };
    },
  );

  app.get(
    "/connections/refused",
    {
      config: { access: "read-refused" },
      schema: {
        summary: "MQTT connections that were refused",
        tags: ["system"],
        response: { 200: listOf(RefusedJson) },
      },
    },
    async () => ({
      items: [...ports.refused()].map(({ at, address, clientId, claimed, reason }) => ({
        at: iso(at),
        address,
        clientId: clientId ?? null,
        claimed: claimed ?? null,
        reason,
      })),
      next: null,
      asOf: board.head(),
    }),
  );

  app.get(
    "/system",
    {
      config: { access: "read-system" },
      schema: { summary: "The gateway itself", tags: ["system"], response: { 200: SystemJson } },
    },
    async () => {
      const { version, node, startedAt, configHash, dev, reload, receivers, figures } = ports.system();
      return {
        version,
        node,
        startedAt: iso(startedAt),
        now: iso(ports.clock.wall()),
        epoch: ports.epoch(),
        head: board.head(),
        configHash,
        dev,
        reload:
          reload === null
            ? null
            : {
                at: iso(reload.at),
                ok: reload.ok,
                faults: reload.faults.slice(0, FAULTS_SHOWN),
                detail: reload.detail,
              },
        health: healthJson(ports.health()),
        receivers: receivers.map(({ since, lastGap, counts, ...receiver }) => ({
          ...receiver,
          since: iso(since),
          lastGap: lastGap === null ? null : { from: iso(lastGap.from), to: iso(lastGap.to) },
          counts: { ...counts },
        })),
        figures: { ...figures },
      };
    },
  );
}

export const healthJson = ({ ready, checks }: Health) => ({
  ok: ready,
  checks: checks.map(({ name, ok, detail }) => ({ name, ok, detail })),
});

export const ruleJson = (rule: Rule) => ({
  ...rule,
  systems: [...rule.systems],
  types: [...rule.types],
  locs: [...rule.locs],
  statuses: [...rule.statuses],
  when: { ...rule.when },
});
