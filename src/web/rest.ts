import type { IncomingMessage, ServerResponse } from "node:http";
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { Acts } from "./acts.ts";
import type { Board } from "./board.ts";
import type { Identities } from "./identity.ts";
import type { WebPorts } from "./ports.ts";
import { actRoutes } from "./routes-acts.ts";
import { alarmRoutes } from "./routes-alarms.ts";
import { checkRoutes } from "./routes-check.ts";
import { credentialRoutes } from "./routes-credentials.ts";
import { dutyRoutes } from "./routes-duty.ts";
import { figureRoutes } from "./routes-figures.ts";
import { limitRoutes } from "./routes-limits.ts";
import { mineRoutes } from "./routes-mines.ts";
import { pointRoutes } from "./routes-points.ts";
import { receiptRoutes } from "./routes-receipts.ts";
import { sessionRoutes } from "./routes-session.ts";
import { standingRoutes } from "./routes-standing.ts";
import { systemRoutes } from "./routes-system.ts";
import type { Tickets } from "./tickets.ts";

export type RestApp = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** What the routes of `/api/v1` need. */
export interface RestHouse {
  readonly ports: WebPorts;
  readonly board: Board;
  readonly acts: Acts;
  readonly identities: Identities;
  readonly tickets: Tickets;
  /** Name of the session cookie, and whether it goes over TLS only. */
  readonly cookie: string;
  readonly secure: boolean;
}

/** Every route of `/api/v1`. */
export function restRoutes(app: RestApp, house: RestHouse): void {
  sessionRoutes(app, house);
  mineRoutes(app, house);
  checkRoutes(app, house);
  pointRoutes(app, house);
  credentialRoutes(app, house);
  alarmRoutes(app, house);
  actRoutes(app, house);
  dutyRoutes(app, house);
  figureRoutes(app, house);
  standingRoutes(app, house);
  receiptRoutes(app, house);
  limitRoutes(app, house);
  systemRoutes(app, house);
}
