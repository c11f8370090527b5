import type { RawData, WebSocket } from "ws";
import type { z } from "zod";

/** Frames a client may send at once, and a second in the long run; past it we stop reading, nothing is lost. */
const BURST = 200;
const A_SECOND = 20;
/** An ack costs next to nothing and comes with each event where a client is simple: 2,000 a second. */
const ACK = 0.01;

/** Reads JSON messages of one schema from a WebSocket, at the pace we can take them. */
export function createInlet<S extends z.ZodType>(
  ws: WebSocket,
  { schema, take, wrong }: { schema: S; take: (message: z.infer<S>) => void; wrong: (code: number) => void },
): void {
  let tokens = BURST;
  let filledAt = performance.now();

  ws.on("message", (data, isBinary) => {
    if (ws.readyState !== ws.OPEN) return;
    const message = schema.safeParse(isBinary ? undefined : parsed(data));
    spend(message.success && isAck(message.data) ? ACK : 1);
    if (message.success) take(message.data);
    else wrong(1008);
  });

  function spend(cost: number): void {
    const now = performance.now();
    tokens = Math.min(BURST, tokens + ((now - filledAt) / 1_000) * A_SECOND) - cost;
    filledAt = now;
    if (tokens >= 1) return;
    ws.pause();
    setTimeout(() => ws.resume(), 1_000 / A_SECOND).unref();
  }
}

const isAck = (message: unknown): boolean => (message as { type?: unknown }).type === "ack";

function parsed(data: RawData): unknown {
  try {
    return JSON.parse(data.toString());
  } catch {
    return undefined;
  }
}
