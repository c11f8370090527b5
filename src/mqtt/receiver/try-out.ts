import { createAcks } from "../acks.ts";
import { openLine, speak } from "./line.ts";
import { createSession } from "./session.ts";
import type { ReceiverSettings } from "./settings.ts";
import { errorWords } from "./words.ts";

interface TriedOut {
  readonly ok: boolean;
  readonly detail: string;
}

const SWEEP_MS = 250;

/**
 * Connects, subscribes and goes again, under another client id and without a session: the gateway that runs keeps its
 * own. What is retained there is not acknowledged, and takes no harm.
 */
export async function tryOut(settings: ReceiverSettings): Promise<TriedOut> {
  try {
    const stream = await openLine(settings);
    return await new Promise((resolve) => {
      let weakness: string | null = null;
      const session = speak(stream, (line) =>
        createSession({
          settings: { ...settings, clientId: `${settings.clientId}-doctor` },
          password: settings.password(),
          clean: true,
          now: performance.now(),
          acks: createAcks(() => {}),
          line,
          mayRead: () => true,
          take: () => {},
          letIn: () => [],
          subscribed(weak) {
            weakness = weak;
            session.goodbye();
          },
          over(why) {
            clearInterval(sweep);
            const fault = why ?? weakness;
            resolve({ ok: fault === null, detail: fault ?? well(settings) });
          },
        }),
      );
      const sweep = setInterval(() => session.sweep(performance.now()), SWEEP_MS);
    });
  } catch (error) {
    return { ok: false, detail: errorWords(error) };
  }
}

function well({ protocol, filters }: ReceiverSettings): string {
  const granted = filters.length > 3 ? `${filters.length} filters` : filters.join(", ");
  return `lets us in with MQTT ${protocol === 5 ? "5" : "3.1.1"}; granted: ${granted}`;
}
