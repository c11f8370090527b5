import type { Logger } from "../lib/logger.ts";
import type { LinkEvent, MqttPorts, Refusal } from "./ports.ts";

/**
 * Wraps a hook so that neither a throw nor a rejection can leave it: inside the broker either would be
 * uncaught and end the process. `failed` says what the broker is told then.
 */
export function guarded<Args extends unknown[]>(
  hook: (...args: Args) => unknown,
  failed: (error: unknown, ...args: Args) => void,
): (...args: Args) => void {
  return (...args) => {
    try {
      const answer = hook(...args);
      if (answer instanceof Promise) answer.catch((error: unknown) => failed(error, ...args));
    } catch (error) {
      failed(error, ...args);
    }
  };
}

/** The house's functions as this room calls them: one that fails is logged, refuses or recalls nothing more, and harms nobody. */
export function guardedPorts(ports: MqttPorts, log: Logger): MqttPorts {
  const failed = (port: keyof MqttPorts) => (error: unknown) =>
    log.error({ err: error, port }, "mqtt: a port failed");
  /** A question that cannot be answered stops nobody. */
  const asked = (port: "pressed" | "busy") => () => {
    try {
      return ports[port]() === true;
    } catch (error) {
      failed(port)(error);
      return false;
    }
  };
  return {
    authenticate: async (login) => {
      try {
        return await ports.authenticate(login);
      } catch (error) {
        failed("authenticate")(error);
        return { ok: false, reason: "credentials could not be checked" };
      }
    },
    accept: guarded(
      (packet, done) => ports.accept(packet, done),
      (error, _packet, done) => {
        failed("accept")(error);
        done(false);
      },
    ),
    link: guarded((event: LinkEvent) => ports.link(event), failed("link")),
    refused: guarded((refusal: Refusal) => ports.refused(refusal), failed("refused")),
    pressed: asked("pressed"),
    busy: asked("busy"),
    onRelief: guarded((callback: () => void) => ports.onRelief(callback), failed("onRelief")),
  };
}
