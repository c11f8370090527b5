import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join, sep } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";

export interface Asset {
  readonly body: Buffer;
  /** Null where compressing gains nothing. */
  readonly gzipped: Buffer | null;
  readonly type: string;
  readonly etag: string;
  /** A name that changes with its content may be kept for ever. */
  readonly immutable: boolean;
}

/** Keyed by the path as a browser asks for it: `/index.html`, `/assets/app-1a2b3c4d.js`. */
export type Assets = ReadonlyMap<string, Asset>;

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  json: "application/json; charset=utf-8",
  webmanifest: "application/manifest+json; charset=utf-8",
  svg: "image/svg+xml",
  png: "image/png",
  ico: "image/x-icon",
  woff2: "font/woff2",
  wasm: "application/wasm",
  txt: "text/plain; charset=utf-8",
};
const COMPRESSIBLE = /^(text\/|application\/(json|manifest\+json|wasm)|image\/svg)/;
const HASHED = /-[A-Za-z0-9_-]{8,}\.[a-z0-9]+$/;

/** Reads the built console into memory; after this no path is ever resolved. An absent folder is an empty map. */
export async function readAssets(dir: string): Promise<Assets> {
  const names = await readdir(dir, { recursive: true, withFileTypes: true }).catch(absent);
  const files = names.filter((entry) => entry.isFile() && !entry.name.endsWith(".map"));
  const assets = await Promise.all(
    files.map(async (entry): Promise<[string, Asset]> => {
      const path = join(entry.parentPath, entry.name);
      const name = path.slice(join(dir, sep).length).split(sep).join("/");
      return [`/${name}`, await asset(name, await readFile(path))];
    }),
  );
  return new Map(assets);
}

function absent(error: NodeJS.ErrnoException): [] {
  if (error.code === "ENOENT") return [];
  throw error;
}

export async function asset(name: string, body: Buffer): Promise<Asset> {
  const type = TYPES[name.slice(name.lastIndexOf(".") + 1)] ?? "application/octet-stream";
  const small = COMPRESSIBLE.test(type) ? await promisify(gzip)(body, { level: 9 }) : null;
  return {
    body,
    gzipped: small !== null && small.length < body.length ? small : null,
    type,
    etag: `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`,
    immutable: HASHED.test(name),
  };
}
