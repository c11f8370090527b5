import { parse } from "yaml";

/** What a Dockerfile says, an instruction a row; continued lines are one. */
export interface Instruction {
  readonly word: string;
  readonly rest: string;
  /** Which FROM it stands under, from 0. */
  readonly stage: number;
}

export function dockerfileOf(text: string): Instruction[] {
  let stage = -1;
  const lines = text
    .replaceAll(/^#.*\n/gm, "")
    .replaceAll(/\\\n\s*/g, "")
    .split("\n")
    .filter((line) => line.trim() !== "");
  return lines.map((line) => {
    const [, word = "", rest = ""] = /^(\S+)\s+(.*)$/.exec(line) ?? [];
    if (word === "FROM") stage += 1;
    return { word, rest, stage };
  });
}

const PINNED = /:\d+\.\d+\.\d+(-[a-z0-9.-]+)?(@sha256:[0-9a-f]{64})?$/;
export const isPinned = (image: string): boolean => PINNED.test(image);

/** What of a Dockerfile is wrong, by the files of a clean checkout and what the build makes. */
export function dockerfileFaults(
  text: string,
  checkout: readonly string[],
  built: readonly string[],
): string[] {
  const rows = dockerfileOf(text);
  const last = Math.max(...rows.map(({ stage }) => stage));
  const final = rows.filter(({ stage }) => stage === last);
  const of = (word: string, among = rows) => among.filter((row) => row.word === word).map(({ rest }) => rest);
  const faults: string[] = [];
  const say = (wrong: boolean, what: string) => void (wrong && faults.push(what));

  for (const from of of("FROM")) {
    const [image = ""] = from.split(" ");
    say(!isPinned(image), `${image} is not pinned to a version`);
  }
  for (const { rest } of rows.filter(({ word }) => word === "COPY")) {
    const words = rest.split(/\s+/);
    const stage = words[0]?.startsWith("--from=") === true;
    const known = stage ? built : checkout;
    for (const source of words.slice(stage ? 1 : 0, -1)) {
      const path = source.replace(/^\/app\//, "");
      say(
        !known.some((one) => one === path || one.startsWith(`${path}/`)),
        `COPY of ${source}, which is not there`,
      );
    }
  }
  const installs = rows.findIndex(({ word, rest }) => word === "RUN" && rest.includes("npm ci"));
  const sources = rows.findIndex(({ word, rest }) => word === "COPY" && rest.startsWith("src "));
  say(installs < 0 || sources < installs, "the sources are copied before the packages are installed");
  say(
    !of("RUN", final).some((run) => run.includes("npm ci --omit=dev")),
    "the final stage does not install by `npm ci --omit=dev`",
  );
  const [user = "root"] = (of("USER", final).at(-1) ?? "root").split(":");
  say(!/^[1-9]\d{3,}$/.test(user), `the process runs as ${user}`);
  say(of("VOLUME", final).length !== 1, "no volume for the data");
  say(of("STOPSIGNAL", final)[0] !== "SIGTERM", "no STOPSIGNAL that the gateway hears");
  say(of("HEALTHCHECK", final).length !== 1, "no healthcheck");
  for (const word of ["ENTRYPOINT", "CMD"]) {
    const [form = ""] = of(word, final);
    say(!form.startsWith("["), `${word} is not in exec form: a shell would swallow the signal`);
  }
  say(/\b(ARG|ENV)\s+\w*(PASSWORD|TOKEN|SECRET|KEY)/i.test(text), "a secret would stay in the image");
  return faults;
}

/** Whether a path reaches the builder: the rules of `.dockerignore` that are used here (`**`, `!path`, `!folder/**`). */
export function reachesBuilder(ignore: string, path: string): boolean {
  const kept = ignore
    .split("\n")
    .filter((line) => line.startsWith("!"))
    .map((line) => line.slice(1));
  return kept.some((rule) => (rule.endsWith("/**") ? path.startsWith(rule.slice(0, -2)) : path === rule));
}

export interface Service {
  readonly image?: string;
  readonly build?: string;
  readonly user?: string;
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly network_mode?: string;
  readonly networks?: readonly string[];
  readonly depends_on?: readonly string[] | Readonly<Record<string, unknown>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly tmpfs?: readonly string[];
  readonly secrets?: readonly string[];
  readonly ports?: readonly string[];
  readonly profiles?: readonly string[];
  readonly restart?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
}

export interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly networks: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
}

export const composeOf = (text: string): Compose => parse(text, { merge: true }) as Compose;

/** Services that need to write beside their volumes, and why. */
const MAY_WRITE: Readonly<Record<string, string>> = {
  influxdb: "its entry point hands folders to its own user",
};

/** What of a compose file is wrong by itself and by the files of a clean checkout. */
export function composeFaults(text: string, checkout: readonly string[]): string[] {
  const compose = composeOf(text);
  const faults: string[] = [];
  const used = { volumes: new Set<string>(), secrets: new Set<string>() };
  for (const [name, service] of Object.entries(compose.services)) {
    const say = (wrong: boolean, what: string) => void (wrong && faults.push(`${name}: ${what}`));
    say(!/:\d+\.\d+\.\d+$/.test(service.image ?? ""), `${service.image} is not pinned to a version`);
    say(service.security_opt?.includes("no-new-privileges:true") !== true, "may gain privileges");
    say(service.cap_drop?.includes("ALL") !== true, "keeps capabilities");
    say(service.read_only !== true && !(name in MAY_WRITE), "may write to its own image");
    const ends = service.restart === "no";
    say(service.restart === undefined, "no restart policy");
    say(service.healthcheck === undefined && service.build === undefined && !ends, "no healthcheck");
    say((service.networks === undefined) === (service.network_mode === undefined), "not on one network");
    for (const network of service.networks ?? [])
      say(!(network in compose.networks), `no network ${network}`);
    const needs = service.depends_on ?? [];
    for (const other of Array.isArray(needs) ? needs : Object.keys(needs))
      say(!(other in compose.services), `needs ${other}, which is no service`);
    for (const secret of service.secrets ?? []) {
      used.secrets.add(secret);
      say(!(secret in compose.secrets), `secret ${secret} is not declared`);
    }
    for (const volume of service.volumes ?? []) {
      const [from = "", , mode] = volume.split(":");
      if (!from.startsWith("./")) {
        used.volumes.add(from);
        say(!(from in compose.volumes), `volume ${from} is not declared`);
        continue;
      }
      const path = from.slice(2);
      const there = checkout.some((one) => one === path || one.startsWith(`${path}/`));
      say(!there && !path.startsWith("secrets/"), `${from} is not in the repository`);
      say(mode !== "ro", `${from} could be written to`);
    }
    for (const [key, value] of Object.entries(service.environment ?? {})) {
      const secret = /PASSWORD|TOKEN|SECRET/.test(key);
      say(secret && !key.endsWith("_FILE"), `${key} holds a secret in the text`);
      const mounted = (service.secrets ?? []).map((one) => `/run/secrets/${one}`);
      say(key.endsWith("_FILE") && !mounted.includes(value), `${key} names ${value}, which is not mounted`);
    }
  }
  for (const name of Object.keys(compose.volumes))
    if (!used.volumes.has(name)) faults.push(`volume ${name} is used by nobody`);
  for (const [name, { file }] of Object.entries(compose.secrets)) {
    if (!used.secrets.has(name)) faults.push(`secret ${name} is used by nobody`);
    // What compose says where the variable is not set is the next step of who has just begun.
    if (file !== `\${SECRETS:?run once: sh docker/secrets.sh}/${name}`)
      faults.push(`secret ${name} does not come from ./secrets, or does not say how it gets there`);
  }
  return faults;
}

/** Every path a service sees beside its image: secrets, volumes, mounted files. */
export const mounted = ({ secrets = [], volumes = [] }: Service): string[] => [
  ...secrets.map((secret) => `/run/secrets/${secret}`),
  ...volumes.map((volume) => volume.split(":")[1] ?? ""),
];
