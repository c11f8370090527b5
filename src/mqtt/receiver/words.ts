import type { Protocol } from "./packets.ts";

/** What a broker's code means, as an administrator has to hear it. */
const CODES: Readonly<Record<number, string>> = {
  1: "it does not speak this version of MQTT",
  2: "it does not take this client id",
  3: "it is not available",
  4: "user or password is wrong",
  5: "this client may not come in",
  128: "an error it does not name",
  129: "it could not read our packet",
  130: "it sees a fault of protocol",
  132: "it does not speak this version of MQTT",
  133: "it does not take this client id",
  134: "user or password is wrong",
  135: "this client may not",
  136: "it is not available",
  137: "it is busy",
  138: "this client is banned",
  139: "it is shutting down",
  141: "it did not hear us in time",
  142: "another client came with our client id",
  143: "it does not take this filter",
  147: "it says we were sent more than we take",
  151: "a quota is used up",
  152: "an administrator ended it",
  156: "we are to use another server",
  157: "the server has moved",
  159: "we connect too often",
  161: "it knows no such subscriptions",
  162: "it knows no filters with + or #",
};

export function codeWords(code: number, reason: string | null): string {
  const words = CODES[code] ?? "a code of its own";
  const hex = `0x${code.toString(16).padStart(2, "0")}`;
  return reason === null ? `${words} (${hex})` : `${words} (${hex}: ${reason})`;
}

/** Why a CONNACK lets nobody in, and what to do about it. */
export function refusalWords(code: number, reason: string | null, protocol: Protocol): string {
  const version = code === 1 || code === 0x84;
  const said = `the broker refuses: ${codeWords(code, reason)}`;
  if (!version) return said;
  return protocol === 5 ? `${said}; set protocol: 4 for MQTT 3.1.1` : `${said}; set protocol: 5`;
}

/** A broker of old closes on what it cannot read, without a word. */
export const closedEarlyWords = (protocol: Protocol): string =>
  protocol === 5
    ? "the broker closed without an answer; one that speaks MQTT 3.1.1 only does that: try protocol: 4"
    : "the broker closed without an answer";

/** What 3.1.1 has no words for. */
export const CLOSED_WORDS =
  "the broker closed the connection; it does so when another client comes with our client id";

/** The words of an error of the network, without what is of no use to a person. */
export function errorWords(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case "ECONNREFUSED":
      return "nobody listens there (ECONNREFUSED)";
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `its name cannot be resolved (${code})`;
    case "ECONNRESET":
      return "the broker broke the connection off (ECONNRESET)";
    default:
      return code === undefined || message.includes(code) ? message : `${message} (${code})`;
  }
}
