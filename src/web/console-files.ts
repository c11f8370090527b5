import type { FastifyReply, FastifyRequest } from "fastify";
import type { Asset, Assets } from "./assets.ts";
import { refuse } from "./problem.ts";

const FOREVER = "public, max-age=31536000, immutable";
/** Paths that are never a page of the console. */
const NOT_PAGES = /^\/(api|ws|mqtt|health|metrics|docs|assets)(\/|$)/;

/** Climbing, and signs that hide it. */
const ODD = /\.\.|%2e|%2f|%5c|%00|\\/i;

/**
 * What no route answered: a file of the console by its exact name, its page for every other path of a browser,
 * else 404. Paths are keys of a map and nothing more: none is decoded, joined or resolved.
 */
export function serveAssets(assets: Assets) {
  return (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const asked = (request.raw.url ?? "/").split("?", 1)[0] ?? "/";
    const reads = request.method === "GET" || request.method === "HEAD";
    const asset = reads
      ? (assets.get(asked === "/" ? "/index.html" : asked) ?? page(assets, asked, request))
      : null;
    if (asset === null) return refuse(reply, 404, "unknown-path", "there is nothing here");
    return send(asset, request, reply);
  };
}

function page(assets: Assets, asked: string, request: FastifyRequest): Asset | null {
  const byPerson = String(request.headers.accept ?? "").includes("text/html");
  const isPage = byPerson && !NOT_PAGES.test(asked) && !ODD.test(asked);
  return isPage ? (assets.get("/index.html") ?? null) : null;
}

function send(asset: Asset, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { headers } = request;
  reply
    .header("etag", asset.etag)
    .header("vary", "accept-encoding")
    .header("cache-control", asset.immutable ? FOREVER : "no-cache");
  if (headers["if-none-match"] === asset.etag) return reply.code(304).send();
  reply.code(200).type(asset.type);
  const zipped = /\bgzip\b/.test(String(headers["accept-encoding"] ?? "")) ? asset.gzipped : null;
  if (zipped === null) return reply.send(asset.body);
  return reply.header("content-encoding", "gzip").send(zipped);
}
