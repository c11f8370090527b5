import { Option } from "commander";
import { EXIT, Refusal } from "../lib/refusal.ts";

/** Whom a command asks, and as whom. */
export interface Asked {
  readonly url: string;
  readonly user: string;
}

/** A running gateway, asked by its REST side. */
export interface Gateway {
  get(path: string): Promise<unknown>;
  text(path: string): Promise<string>;
  post(path: string, body: object): Promise<unknown>;
  remove(path: string): Promise<void>;
}

export const urlOption = () =>
  new Option("--url <url>", "the gateway's REST address")
    .env("DAVYLAMP_URL")
    .default("http://127.0.0.1:8080");
export const userOption = (user: string) =>
  new Option(
    "--user <name>",
    "account; its password is taken from DAVYLAMP_PASSWORD, an API token from DAVYLAMP_TOKEN",
  )
    .env("DAVYLAMP_USER")
    .default(user);

/**
 * Signs in at a running gateway: by the token or password of the environment, else as the demo's account of that
 * name, which only `--dev` and the demo know.
 */
export async function gatewayAt({ url, user }: Asked): Promise<Gateway> {
  const base = `${url.replace(/\/+$/, "")}/api/v1/`;
  const token = process.env["DAVYLAMP_TOKEN"];
  const headers = token === undefined ? await signIn(base, user) : { authorization: `Bearer ${token}` };
  const ask = async (path: string, init: RequestInit) => {
    const given = init.body === undefined ? headers : { ...headers, "content-type": "application/json" };
    return answered(await reach(base + path, { ...init, headers: given }));
  };
  return {
    get: async (path) => (await ask(path, {})).json(),
    text: async (path) => (await ask(path, {})).text(),
    remove: async (path) => void (await ask(path, { method: "DELETE" })),
    post: async (path, body) => (await ask(path, { method: "POST", body: JSON.stringify(body) })).json(),
  };
}

async function signIn(base: string, name: string): Promise<Record<string, string>> {
  const password = process.env["DAVYLAMP_PASSWORD"] ?? `demo-${name}`;
  const response = await reach(`${base}sessions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name, password }),
  });
  if (response.status === 401)
    throw new Refusal(
      EXIT.usage,
      `the gateway does not know ${name} by this password: name the account with --user and its password in DAVYLAMP_PASSWORD`,
    );
  const { csrf } = (await (await answered(response)).json()) as { csrf?: string };
  const cookie = response.headers.getSetCookie().map((each) => each.split(";")[0]);
  return { cookie: cookie.join("; "), ...(csrf === undefined ? {} : { "x-csrf-token": csrf }) };
}

async function reach(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    const { cause } = error as { cause?: { code?: string } };
    throw new Refusal(
      EXIT.usage,
      `no gateway answers at ${new URL(url).origin} (${cause?.code ?? String(error)}): start it (\`davylamp start\`, \`npm run demo\`), or name it with --url`,
    );
  }
}

/** What is not well is said in the gateway's own words. */
async function answered(response: Response): Promise<Response> {
  if (response.ok) return response;
  const problem = (await response.json().catch(() => ({}))) as {
    detail?: string;
    errors?: { path: string; message: string }[];
  };
  const where = (problem.errors ?? []).map(({ path, message }) => `; ${path}: ${message}`).join("");
  const code =
    response.status === 404 || response.status === 400 || response.status === 403 ? EXIT.usage : EXIT.faults;
  throw new Refusal(
    code,
    `the gateway refused: ${problem.detail ?? response.statusText}${where} (${response.status})`,
  );
}
