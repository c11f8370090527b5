import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

/** What each room may import: other rooms, npm packages, and whether Node's own modules (docs/ARCHITECTURE.md). */
const ROOMS: Record<string, { rooms: string[]; packages: string[]; node: boolean }> = {
  model: { rooms: [], packages: [], node: false },
  core: { rooms: ["model"], packages: [], node: false },
  wire: { rooms: ["model"], packages: ["zod", "yaml", "@marcbachmann/cel-js", "protobufjs"], node: false },
  lib: { rooms: [], packages: ["pino", "prom-client"], node: true },
  log: { rooms: ["lib"], packages: [], node: true },
  mqtt: { rooms: ["model", "wire", "lib"], packages: ["aedes", "mqtt-packet", "mqtt", "ws"], node: true },
  files: { rooms: ["model", "wire", "lib", "log"], packages: [], node: true },
  store: { rooms: ["model", "wire", "lib", "log"], packages: ["@photostructure/sqlite"], node: true },
  influx: { rooms: ["model", "wire", "lib", "log"], packages: ["@influxdata/influxdb-client"], node: true },
  notify: { rooms: ["model", "wire", "lib"], packages: ["nodemailer", "web-push"], node: true },
  web: {
    rooms: ["model", "wire", "lib"],
    packages: [
      "fastify",
      "fastify-type-provider-zod",
      "@fastify/cookie",
      "@fastify/helmet",
      "@fastify/rate-limit",
      "@fastify/swagger",
      "ws",
      "zod",
    ],
    node: true,
  },
  console: {
    rooms: ["model", "wire"],
    packages: ["vue", "vue-router", "element-plus", "uplot"],
    node: false,
  },
};
const TOP = ["main.ts", "app.ts", "gateway.ts"];

interface Import {
  file: string;
  room: string;
  target: string;
}

/** A room that is in the table and not yet built imports nothing. */
function imports(room: string): Import[] {
  const folder = join("src", room);
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(ts|vue)$/.test(name) && name !== "vite.config.ts")
    .flatMap((name) => {
      const file = join(folder, name);
      return importsOf(readFileSync(file, "utf8")).map((target) => ({ file, room, target }));
    });
}

function importsOf(source: string): string[] {
  const found = source.matchAll(/(?:from\s+|import\s*\(\s*|import\s+)["']([^"'\n]+)["']/g);
  return [...found].map((match) => match[1] as string);
}

/** The room a relative import leads to, or the package it names. */
function strangers({ file, room, target }: Import): string | null {
  const allowed = ROOMS[room];
  if (allowed === undefined) return `${file}: no such room`;
  if (target.startsWith("node:")) return allowed.node ? null : `${file}: ${room} may not import ${target}`;
  if (target.startsWith(".")) {
    const path = join(file, "..", target).split("/").slice(1);
    const to = path.length === 1 ? "top" : (path[0] as string);
    return to === room || allowed.rooms.includes(to)
      ? null
      : `${file}: ${room} may not import ${to} (${target})`;
  }
  const name = target.startsWith("@")
    ? target.split("/").slice(0, 2).join("/")
    : (target.split("/")[0] as string);
  return allowed.packages.includes(name) ? null : `${file}: ${room} may not import the package ${name}`;
}

describe("the rooms", () => {
  const all = Object.keys(ROOMS).flatMap((room) => imports(room));

  it("import only what the table allows", () => {
    expect(all.map(strangers).filter((s) => s !== null)).toEqual([]);
  });

  it("are all in the table", () => {
    const folders = readdirSync("src", { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
    expect(folders.filter((name) => name !== "cli" && name !== "app" && !(name in ROOMS))).toEqual([]);
  });

  it("meet only in app, gateway, main and cli", () => {
    const top = readdirSync("src").filter((name) => name.endsWith(".ts"));
    expect(top.filter((name) => !TOP.includes(name))).toEqual([]);
  });

  it("gateway.ts knows the core and the model, and no edge", () => {
    const source = readFileSync(join("src", "gateway.ts"), "utf8");
    const rooms = importsOf(source).map((target) => target.split("/")[1]);
    expect(rooms.filter((room) => room !== "core" && room !== "model")).toEqual([]);
  });

  it("are seen at all by this test", () => {
    expect(all.length).toBeGreaterThan(20);
  });

  it("would be caught at it", () => {
    const caught = (room: string, target: string) => strangers({ file: `src/${room}/x.ts`, room, target });
    expect(caught("core", "node:fs")).toContain("core may not import node:fs");
    expect(caught("core", "../wire/topic.ts")).toContain("core may not import wire");
    expect(caught("mqtt", "../store/index.ts")).toContain("mqtt may not import store");
    expect(caught("web", "aedes")).toContain("package aedes");
    expect(caught("core", "../model/time.ts")).toBeNull();
  });
});
