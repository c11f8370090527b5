import { randomBytes } from "node:crypto";
import { sameText } from "../lib/same-text.ts";
import type { Actor, CredentialAct } from "../model/act.ts";
import type { MineCode, MineConfig, System } from "../model/mine.ts";
import type { Store } from "../store/api.ts";
import type { WebPorts } from "../web/ports.ts";
import { type MineLogin, mineNamed } from "./accounts.ts";
import { sha256 } from "./hash.ts";

/** `id-secret`: the id finds the row, of the secret only the SHA-256 is kept (160 bits of chance need no slow hash). */
const SHAPE = /^([a-z2-7]{8})-([a-z2-7]{32})$/;
const ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";

export interface Credentials {
  readonly ports: WebPorts["credentials"];
  /** Null = the password is none of ours: it is for others to judge. */
  login(
    mines: readonly MineConfig[],
    login: { readonly user: string; readonly password: string },
  ): MineLogin | null;
}

/** What mines sign in with: made by an administrator for a mine or one system of it, shown once, revoked at any time. */
export async function createCredentials(options: {
  readonly store: Pick<Store, "credentials">;
  readonly now: () => number;
  /** Resolves when the journal has it. */
  readonly record: (act: CredentialAct, by: Actor) => Promise<void>;
  readonly revoked: (mine: MineCode) => void;
}): Promise<Credentials> {
  const { store, now, record } = options;
  const rows = new Map((await store.credentials.list()).map((row) => [row.id, row]));

  return {
    ports: {
      list: (mine) =>
        [...rows.values()]
          .filter((row) => row.mine === mine)
          .map(({ id, system, note, by, createdAt }) => ({ id, system, note, by, createdAt })),
      async issue(mine, { system, note, by }) {
        const [id, secret] = [letters(8), letters(32)];
        const row = { id, mine, system, note, by: by.user, createdAt: now(), hash: sha256(secret) };
        await record({ do: "credentials", mine, what: "issued", credential: id, system }, by);
        await store.credentials.put(row);
        rows.set(id, row);
        return { id, password: `${id}-${secret}` };
      },
      async revoke(mine, id, by) {
        const row = rows.get(id);
        if (row?.mine !== mine) return false;
        const { system } = row;
        await record({ do: "credentials", mine, what: "revoked", credential: id, system }, by);
        rows.delete(id);
        await store.credentials.remove(id);
        options.revoked(mine);
        return true;
      },
    },
    login(mines, { user, password }) {
      const [, id = "", secret = ""] = SHAPE.exec(password) ?? [];
      if (id === "") return null;
      const row = rows.get(id);
      const mine = mineNamed(mines, user);
      if (mine === undefined) return { ok: false, reason: "unknown mine code" };
      if (row === undefined || row.mine !== mine.code || !sameText(sha256(secret), row.hash))
        return { ok: false, reason: "wrong or revoked credential" };
      return { ok: true, mine: mine.code, aliases: mine.aliases, system: row.system as System | null };
    },
  };
}

const letters = (n: number): string =>
  Array.from(randomBytes(n), (byte) => ALPHABET[byte & 31] as string).join("");
