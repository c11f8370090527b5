import { BUCKET_MS, type BucketStep, type SeriesAnswer, type SeriesStep } from "../model/series.ts";
import type { Instant } from "../model/time.ts";
import { SECOND } from "../model/time.ts";
import type { MineView, PeopleView, PointView, RejectSample, StreamView, TableView } from "../model/view.ts";
import { iso } from "../wire/time.ts";
import { identityOf } from "./access.ts";
import type { Standing } from "./may.ts";
import { can, inScope } from "./may.ts";
import { pageOf } from "./paging.ts";

import { refuse } from "./problem.ts";
import type { RestApp, RestHouse } from "./rest.ts";
import {
  listOf,
  MineDetailJson,
  MineJson,
  MineParams,
  PageQuery,
  PointJson,
  PointsQuery,
  SeriesJson,
  SeriesParams,
  SeriesQuery,
  TableJson,
  TableParams,
} from "./schemas.ts";

const CHANGES_SHOWN = 50;

/** Mines, their point tables and people, points and their series. What is out of scope does not exist. */
export function mineRoutes(app: RestApp, { ports, board }: RestHouse): void {
  const seenBy = (who: Standing, code: string): MineView | null =>
    inScope(who, code) ? ports.mine(code) : null;

  app.get(
    "/mines",
    {
      config: { access: "read" },
      schema: {
        summary: "Mines",
        tags: ["mines"],
        querystring: PageQuery,
        response: { 200: listOf(MineJson) },
      },
    },
    async (request) => {
      const who = identityOf(request);
      const mines = [...ports.mines()].filter(({ config }) => inScope(who, config.code));
      const { items, next } = pageOf(mines, ({ config }) => config.code, request.query);
      return { items: items.map(mineJson), next, asOf: board.head() };
    },
  );

  app.get(
    "/mines/:mine",
    {
      config: { access: "read" },
      schema: {
        summary: "One mine: streams, counters, rejects, people, point tables",
        tags: ["mines"],
        params: MineParams,
        response: { 200: MineDetailJson },
      },
    },
    async (request, reply) => {
      const who = identityOf(request);
      const mine = seenBy(who, request.params.mine);
      if (mine === null) return refuse(reply, 404, "unknown-mine", "no such mine");
      const { code } = mine.config;
      return reply.send({
        ...mineJson(mine),
        people: peopleJson(ports.people(code), can(who, "read-people", code)),
        tables: mine.streams.flatMap(({ system }) => summaryJson(system, ports.table(code, system))),
      });
    },
  );

  app.get(
    "/mines/:mine/tables/:system",
    {
      config: { access: "read" },
      schema: {
        summary: "The point table of one stream and its change log",
        tags: ["mines"],
        params: TableParams,
        response: { 200: TableJson },
      },
    },
    async (request, reply) => {
      const { mine: code, system } = request.params;
      const mine = seenBy(identityOf(request), code);
      const table = mine === null ? null : ports.table(code, system);
      if (table === null) return refuse(reply, 404, "unknown-table", "no such point table");
      return reply.send({
        mine: code,
        system,
        version: table.version,
        at: at(table.at),
        held: table.held,
        points: table.points.map((point) => ({ ...point })),
        changes: table.changes.map(changeJson),
      });
    },
  );

  app.get(
    "/points",
    {
      config: { access: "read" },
      schema: {
        summary: "Points with their last value",
        tags: ["points"],
        querystring: PointsQuery,
        response: { 200: listOf(PointJson) },
      },
    },
    async (request) => {
      const who = identityOf(request);
      const { mine: asked, system, ...page } = request.query;
      const codes = asked ?? [...ports.mines()].map(({ config }) => config.code);
      const points = codes
        .filter((code) => inScope(who, code))
        .flatMap((code) => [...ports.points(code)])
        .filter((point) => system?.includes(point.system) ?? true);
      const { items, next } = pageOf(points, ({ id }) => id, page);
      return { items: items.map(pointJson), next, asOf: board.head() };
    },
  );

  app.get(
    "/points/:id",
    {
      config: { access: "read" },
      schema: {
        summary: "One point: {mine}:{system}:{code}",
        tags: ["points"],
        params: SeriesParams,
        response: { 200: PointJson },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const point = inScope(identityOf(request), mineOf(id)) ? ports.point(id) : null;
      if (point === null) return refuse(reply, 404, "unknown-point", "no such point");
      return reply.send(pointJson(point));
    },
  );

  app.get(
    "/points/:id/series",
    {
      config: { access: "read" },
      schema: {
        summary: "What a point sent, raw or by the minute, five minutes or the hour",
        description:
          "from ≤ t < to. A minute without data has no row: a gap is a gap. auto = the finest of them of which `limit` rows reach from one end to the other.",
        tags: ["points"],
        params: SeriesParams,
        querystring: SeriesQuery,
        response: { 200: SeriesJson },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const { cursor, step, ...query } = request.query;
      if (query.to <= query.from) return refuse(reply, 400, "not-valid", "from must be before to");
      if (!inScope(identityOf(request), mineOf(id))) {
        return refuse(reply, 404, "unknown-point", "no such point");
      }
      const point = ports.point(id);
      const finest = step === "auto" ? autoStep(query) : step;
      const ask = (by: SeriesStep) => ports.series({ id, ...query, step: by, cursor: cursor ?? null });
      let answer = await ask(finest);
      // Readings are kept for months, their statistics for years.
      const gone = answer.rows.length === 0 && step === "auto" && (finest === "raw" || finest === "1m");
      if (gone) answer = await ask("5m");
      if (answer.rows.length === 0 && point === null) {
        return refuse(reply, 404, "unknown-point", "no such point");
      }
      return reply.send(seriesJson(id, point?.unit ?? null, answer));
    },
  );
}

const at = (t: Instant | null): string | null => (t === null ? null : iso(t));
const mineOf = (id: string): string => id.slice(0, Math.max(0, id.indexOf(":")));

function mineJson(mine: MineView) {
  const { code, name, kind, status, gasGrade, rockBurst, approvedUnderground, contacts, systems } =
    mine.config;
  return {
    config: {
      code,
      name,
      kind,
      status,
      gasGrade,
      rockBurst,
      approvedUnderground,
      contacts: contacts.map((contact) => ({ ...contact })),
      systems: [...systems],
    },
    link: mine.link,
    worst: mine.worst,
    open: mine.open,
    unacknowledged: mine.unacknowledged,
    newestSample: at(mine.newestSample),
    newestMessage: at(mine.newestMessage),
    underground: mine.underground,
    streams: mine.streams.map(streamJson),
    counters: { ...mine.counters },
    rejects: mine.rejects.map((reject: RejectSample) => ({ ...reject, at: iso(reject.at) })),
  };
}

const streamJson = ({ mine: _mine, ...stream }: StreamView) => ({
  ...stream,
  newestSample: at(stream.newestSample),
  newestMessage: at(stream.newestMessage),
});

function peopleJson(people: PeopleView | null, byName: boolean) {
  if (people === null) return null;
  return {
    asOf: iso(people.ts),
    underground: people.underground,
    quality: people.quality,
    areas: people.areas.map((area) => ({ ...area })),
    ...(byName ? { people: people.people.map(personJson) } : {}),
  };
}

function personJson(person: PeopleView["people"][number]) {
  const { card, name, team, job, down, area, station, seen, state, leader, special, sos } = person;
  return {
    ...defined({ name, team, job, area, station, state, leader, special, sos }),
    card,
    down: iso(down),
    ...(seen === undefined ? {} : { seen: iso(seen) }),
  };
}

/** The fields that are there. */
function defined<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

function summaryJson(system: string, table: TableView | null) {
  if (table === null) return [];
  return [
    {
      system,
      version: table.version,
      at: at(table.at),
      held: table.held,
      points: table.points.length,
      changes: table.changes.slice(0, CHANGES_SHOWN).map(changeJson),
    },
  ];
}

/** A sample a second is the most a point of a mine sends as a rule. */
function autoStep({ from, to, limit }: { from: number; to: number; limit: number }): SeriesStep {
  const span = to - from;
  if (span <= limit * SECOND) return "raw";
  const steps = Object.keys(BUCKET_MS) as BucketStep[];
  return steps.find((step) => Math.ceil(span / BUCKET_MS[step]) < limit) ?? "1h";
}

const changeJson = (change: TableView["changes"][number]) => ({ ...change, at: iso(change.at) });

const pointJson = ({ slot: _slot, ...point }: PointView) => ({
  ...point,
  def: { ...point.def },
  limits: point.limits === null ? null : { ...point.limits },
  at: at(point.at),
});

function seriesJson(id: string, unit: string | null, answer: SeriesAnswer) {
  const about = { id, unit, next: answer.next };
  return answer.step === "raw"
    ? { ...about, step: answer.step, rows: answer.rows.map((row) => ({ ...row })) }
    : { ...about, step: answer.step, rows: answer.rows.map((row) => ({ ...row })) };
}
