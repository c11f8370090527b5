import type { BlockList } from "node:net";
import type { MineCode, System } from "../model/mine.ts";
import { CONNACK, type ConnectPacket } from "./connect-packet.ts";
import type { Connection, Origin } from "./connection.ts";
import type { LoginAnswer, MqttPorts } from "./ports.ts";
import type { MqttSettings } from "./settings.ts";
import { destination, underCode } from "./topic-access.ts";

/** Who may come in. `code` is what CONNACK says; the reason is for our own list. */
export type Admission =
  | {
      readonly ok: true;
      readonly mine: MineCode;
      readonly aliases: readonly MineCode[];
      readonly system: System | null;
    }
  | { readonly ok: false; readonly code: number; readonly reason: string };

/** Networks a mine's code may be used from, for the mines that have a plain-TCP exception. */
export type Pins = ReadonlyMap<MineCode, BlockList>;

/** What can be said of a CONNECT before anybody is asked. */
export function refusalOfConnect(
  { clientId, keepalive, user }: ConnectPacket,
  { certificateName, certificateFault }: Origin,
  { keepaliveSeconds }: MqttSettings,
): (Admission & { ok: false }) | null {
  if (clientId === "") return refused(CONNACK.identifier, "no client id");
  if (certificateFault !== null) {
    return refused(CONNACK.notAuthorized, `client certificate not accepted: ${certificateFault}`);
  }
  if (keepalive === 0) return refused(CONNACK.notAuthorized, "keep-alive 0");
  if (keepalive > keepaliveSeconds)
    return refused(CONNACK.notAuthorized, `keep-alive over ${keepaliveSeconds} s`);
  if (user === null && certificateName === null) return refused(CONNACK.password, "no user name");
  return null;
}

/** Asks the house who this is, and holds the answer against everything else the connection says of itself. */
export async function admission(
  { connect, origin }: { connect: ConnectPacket; origin: Origin },
  { authenticate, pins }: { authenticate: MqttPorts["authenticate"]; pins: Pins },
): Promise<Admission> {
  const { address, certificateName } = origin;
  const answer = await authenticate({
    user: connect.user ?? certificateName ?? "",
    password: connect.password,
    clientId: connect.clientId,
    address,
    certificateName,
  });
  return answer.ok ? confirm(answer, connect, origin, pins) : refused(CONNACK.password, answer.reason);
}

function confirm(
  { mine, aliases = [], system }: LoginAnswer & { ok: true },
  { clientId, will }: ConnectPacket,
  { address, certificateName, plain }: Origin,
  pins: Pins,
): Admission {
  const names = [mine, ...aliases];
  if (certificateName !== null && !names.includes(certificateName)) {
    return refused(CONNACK.notAuthorized, "certificate of another mine");
  }
  if (!names.some((name) => clientId.startsWith(name))) {
    return refused(CONNACK.identifier, "client id does not begin with the mine code");
  }
  const pinned = pins.get(mine);
  if (pinned === undefined ? plain : !contains(pinned, address)) {
    return refused(CONNACK.notAuthorized, "mine code used from an address not listed for it");
  }
  if (will !== null) {
    const to = destination(underCode(will.topic, mine, aliases), { mine, system });
    if (to.kind !== "own" || to.topicKind !== "status") {
      return refused(CONNACK.notAuthorized, "Last Will on another topic than its status");
    }
  }
  return { ok: true, mine, aliases, system };
}

export const contains = (networks: BlockList, address: string): boolean =>
  networks.check(address, address.includes(":") ? "ipv6" : "ipv4");

/** Same mine, same credential scope, same client id: only then may one connection take another's place. */
export const identity = (mine: MineCode, system: System | null, { connect }: Connection): string =>
  `${mine}\n${system ?? ""}\n${connect?.clientId ?? ""}`;

const refused = (code: number, reason: string): Admission & { ok: false } => ({ ok: false, code, reason });
