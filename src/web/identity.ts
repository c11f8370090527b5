import { createHmac, randomBytes } from "node:crypto";
import type { Role } from "../model/act.ts";
import type { MineCode } from "../model/mine.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../model/time.ts";
import type { UserView, WebPorts } from "./ports.ts";
import { createThrottle } from "./throttle.ts";
import { createTurnstile } from "./turnstile.ts";

/** Who is asking, as of now. The secret stays in memory so that the right to go on can be asked again. */
export interface Identity {
  readonly kind: "session" | "token";
  readonly secret: string;
  readonly user: string;
  readonly role: Role;
  readonly mines: readonly MineCode[];
}

export type SignIn =
  | { readonly ok: true; readonly identity: Identity; readonly maxAge: number }
  | { readonly ok: false; readonly why: "refused" }
  | { readonly ok: false; readonly why: "throttled"; readonly waitMs: number }
  | { readonly ok: false; readonly why: "busy" };

type IdentityPorts = Pick<WebPorts, "clock" | "sessions" | "users" | "tokens">;

/** A wall screen runs through many shifts; who may change accounts signs in every day. */
const lifeOf = (role: Role): number => (role === "admin" ? 12 * HOUR : 7 * DAY);
/** Identities are looked up again after this, so that a revoked one is cut within 2 s. */
const REMEMBERED = SECOND;
const MOST_REMEMBERED = 1_000;

/** Sign-in, sessions by cookie, programs by token. */
export function createIdentities(ports: IdentityPorts) {
  const turnstile = createTurnstile({ atOnce: 2, mostWaiting: 32 });
  const byAccount = createThrottle({ most: 5, windowMs: MINUTE });
  const byAddress = createThrottle({ most: 20, windowMs: MINUTE });
  const remembered = new Map<string, { until: number; identity: Identity | null }>();

  /** Tries are counted before they are judged: a hundred at once do not pass as one. */
  async function signIn({
    name,
    password,
    address,
  }: {
    name: string;
    password: string;
    address: string;
  }): Promise<SignIn> {
    const now = ports.clock.mono();
    const waitMs = Math.max(byAddress.take(address, now), byAccount.take(name, now));
    if (waitMs > 0) return { ok: false, why: "throttled", waitMs };
    // Deriving a key takes 32 MiB and a thread that also syncs the logs.
    const verified = await turnstile(() => ports.users.verify(name, password));
    if (!verified.ok) return { ok: false, why: "busy" };
    const user = verified.value;
    if (user === null || user.disabled) return { ok: false, why: "refused" };
    byAddress.giveBack(address);
    byAccount.giveBack(name);
    const secret = randomBytes(32).toString("base64url");
    const life = lifeOf(user.role);
    await ports.sessions.create(secret, { user: user.name, expires: ports.clock.wall() + life });
    return { ok: true, identity: identityOf("session", secret, user), maxAge: Math.floor(life / SECOND) };
  }

  async function bySession(secret: string): Promise<Identity | null> {
    return SECRET.test(secret) ? lookedUp("session", secret) : null;
  }

  async function byToken(secret: string): Promise<Identity | null> {
    return TOKEN.test(secret) ? lookedUp("token", secret) : null;
  }

  async function lookedUp(kind: Identity["kind"], secret: string): Promise<Identity | null> {
    const now = ports.clock.mono();
    const key = `${kind}:${secret}`;
    const known = remembered.get(key);
    if (known !== undefined && known.until > now) return known.identity;
    const identity = await look(kind, secret);
    if (remembered.size >= MOST_REMEMBERED) remembered.clear();
    remembered.set(key, { until: now + REMEMBERED, identity });
    return identity;
  }

  async function look(kind: Identity["kind"], secret: string): Promise<Identity | null> {
    const found = await (kind === "session" ? ports.sessions.get(secret) : ports.tokens.get(secret));
    return found === null || found.user.disabled ? null : identityOf(kind, secret, found.user);
  }

  /** Whether a connection opened as `then` may go on: still valid, same role, same mines. */
  async function holds(then: Identity): Promise<boolean> {
    const now = await look(then.kind, then.secret);
    return now !== null && now.role === then.role && now.mines.join() === then.mines.join();
  }

  async function signOut(secret: string): Promise<void> {
    await ports.sessions.revoke(secret);
    remembered.delete(`session:${secret}`);
  }

  return { signIn, bySession, byToken, holds, signOut };
}

export type Identities = ReturnType<typeof createIdentities>;

const SECRET = /^[A-Za-z0-9_-]{43}$/;
const TOKEN = /^[\x21-\x7e]{16,256}$/;

const identityOf = (kind: Identity["kind"], secret: string, user: UserView): Identity => ({
  kind,
  secret,
  user: user.name,
  role: user.role,
  mines: user.mines,
});

/** Follows from the session's secret, so a page that cannot read the cookie cannot make it up. */
export const csrfOf = (secret: string): string =>
  createHmac("sha256", secret).update("csrf").digest("base64url");
