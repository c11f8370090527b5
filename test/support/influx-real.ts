import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { freePort } from "./free-port.ts";

/** A real InfluxDB, and how the official client reaches it. */
export interface RealInflux {
  readonly url: string;
  readonly org: string;
  /** As the write API knows it, and as InfluxQL does. */
  readonly bucket: string;
  readonly database: string;
  readonly retentionPolicy: string | null;
  readonly token: string | null;
  /** InfluxQL; the first column is the time in ms. */
  ask(statement: string): Promise<unknown[][]>;
  /** Not of a server that somebody else runs. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

const INFLUXD = "/usr/bin/influxd";
const NGINX = "/usr/sbin/nginx";
const { INFLUX_URL, INFLUX_TOKEN, INFLUX_BUCKET = "davylamp", INFLUX_ORG = "-" } = process.env;

/** Why there is no real InfluxDB; null = there is one. */
export const noInflux: string | null =
  INFLUX_URL !== undefined || (existsSync(INFLUXD) && existsSync(NGINX))
    ? null
    : "no InfluxDB: neither INFLUX_URL nor Debian's influxdb and nginx";
if (noInflux !== null) console.log(`skipped: ${noInflux}`);

/** One that somebody else runs cannot be killed. */
export const noInfluxToKill: string | null =
  noInflux ?? (INFLUX_URL === undefined ? null : "INFLUX_URL names an InfluxDB that is not ours to kill");

export function startInflux(dir: string): Promise<RealInflux> {
  return INFLUX_URL === undefined ? debianInflux(dir) : Promise.resolve(namedInflux(INFLUX_URL));
}

function namedInflux(url: string): RealInflux {
  const [database = "", retentionPolicy = null] = INFLUX_BUCKET.split("/");
  const about = { url, database, retentionPolicy, token: INFLUX_TOKEN ?? null };
  const cannot = () => Promise.reject(new Error("not ours to stop"));
  return {
    ...about,
    org: INFLUX_ORG,
    bucket: INFLUX_BUCKET,
    ask: (statement) => ask(about, statement),
    stop: cannot,
    start: cannot,
    close: () => Promise.resolve(),
  };
}

/** Debian's 1.6.7 knows no /api/v2/write: nginx in front of it answers there as 1.8 does. */
async function debianInflux(dir: string): Promise<RealInflux> {
  await mkdir(dir, { recursive: true });
  const [http, rpc, door] = [await freePort(), await freePort(), await freePort()];
  await writeFile(join(dir, "influxd.conf"), influxdConf(dir, http, rpc));
  await writeFile(join(dir, "nginx.conf"), nginxConf(dir, http, door));
  const direct = `http://127.0.0.1:${http}`;
  let influxd: ChildProcess | null = null;

  async function start(): Promise<void> {
    influxd = spawn(INFLUXD, ["-config", join(dir, "influxd.conf")], { stdio: "ignore" });
    await answers(`${direct}/ping`);
  }
  async function stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    await ended(influxd, signal);
    influxd = null;
  }

  await start();
  const nginx = spawn(NGINX, ["-p", dir, "-c", join(dir, "nginx.conf")], { stdio: "ignore" });
  const url = `http://127.0.0.1:${door}`;
  await answers(`${url}/ping`);
  await fetch(`${direct}/query`, {
    method: "POST",
    body: new URLSearchParams({ q: "CREATE DATABASE mines" }),
  });
  const about = { url, database: "mines", retentionPolicy: "autogen", token: "any" };
  return {
    ...about,
    org: "-",
    bucket: "mines/autogen",
    ask: (statement) => ask(about, statement),
    start,
    stop,
    async close() {
      await Promise.all([stop("SIGKILL"), ended(nginx, "SIGTERM")]);
    },
  };
}

const influxdConf = (dir: string, http: number, rpc: number): string => `
reporting-disabled = true
bind-address = "127.0.0.1:${rpc}"
[meta]
  dir = "${dir}/meta"
  logging-enabled = false
[data]
  dir = "${dir}/data"
  wal-dir = "${dir}/wal"
  query-log-enabled = false
  cache-snapshot-write-cold-duration = "30s"
[coordinator]
  write-timeout = "30s"
[monitor]
  store-enabled = false
[subscriber]
  enabled = false
[http]
  bind-address = "127.0.0.1:${http}"
  log-enabled = false
`;

const nginxConf = (dir: string, http: number, door: number): string => `
daemon off;
master_process off;
pid ${dir}/nginx.pid;
error_log ${dir}/nginx.log;
events {}
http {
  access_log off;
  client_max_body_size 64m;
  client_body_temp_path ${dir}/body;
  proxy_temp_path ${dir}/proxy;
  fastcgi_temp_path ${dir}/fastcgi;
  uwsgi_temp_path ${dir}/uwsgi;
  scgi_temp_path ${dir}/scgi;
  map $arg_bucket $db { ~^(?<name>[^%/]+) $name; }
  map $arg_bucket $rp { ~^[^%/]+(?:%2F|/)(?<policy>.+)$ $policy; default ""; }
  map $arg_precision $unit { us u; default $arg_precision; }
  server {
    listen 127.0.0.1:${door};
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header Authorization "";
    location = /api/v2/write { proxy_pass http://127.0.0.1:${http}/write?db=$db&rp=$rp&precision=$unit; }
    location / { proxy_pass http://127.0.0.1:${http}; }
  }
}
`;

async function ask(
  about: Pick<RealInflux, "url" | "database" | "retentionPolicy" | "token">,
  statement: string,
): Promise<unknown[][]> {
  const { url, database, retentionPolicy, token } = about;
  const rp = retentionPolicy === null ? {} : { rp: retentionPolicy };
  const query = new URLSearchParams({ db: database, ...rp, q: statement, epoch: "ms" });
  const headers: Record<string, string> = token === null ? {} : { authorization: `Token ${token}` };
  const response = await fetch(`${url}/query?${query}`, { headers });
  const body = (await response.json()) as {
    results?: { error?: string; series?: { values: unknown[][] }[] }[];
  };
  const fault = body.results?.find(({ error }) => error !== undefined)?.error;
  if (!response.ok || fault !== undefined) throw new Error(`${statement}: ${fault ?? response.status}`);
  return (body.results ?? []).flatMap(({ series = [] }) => series.flatMap(({ values }) => values));
}

async function answers(url: string): Promise<void> {
  for (;;) {
    const answer = await fetch(url).catch(() => null);
    await answer?.arrayBuffer();
    if (answer?.ok) return;
    await wait(30);
  }
}

async function ended(child: ChildProcess | null, signal: NodeJS.Signals): Promise<void> {
  if (child === null || child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill(signal);
  await gone;
}
