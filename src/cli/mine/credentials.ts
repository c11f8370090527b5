import { EXIT } from "../../lib/refusal.ts";
import { type Asked, gatewayAt } from "../ask.ts";

interface TokenOptions extends Asked {
  readonly system?: string;
  readonly note: string;
  readonly list: boolean;
  readonly json: boolean;
}

interface Listed {
  readonly id: string;
  readonly system: string | null;
  readonly note: string;
  readonly by: string;
  readonly createdAt: string;
}

type Print = (line: string) => void;
const pathOf = (mine: string) => `mines/${encodeURIComponent(mine)}/credentials`;

/** `davylamp mine token CODE`: makes what a mine, or one system of it, signs in with. Its password is shown once. */
export async function mineToken(mine: string, options: TokenOptions, print: Print): Promise<number> {
  const gateway = await gatewayAt(options);
  if (options.list) {
    const { items } = (await gateway.get(pathOf(mine))) as { items: Listed[] };
    if (options.json) print(JSON.stringify(items));
    else
      for (const { id, system, note, by, createdAt } of items)
        print(`${id}  ${system ?? "所有系统"}  ${createdAt}  ${by}  ${note}`);
    return EXIT.well;
  }
  const body = { system: options.system ?? null, note: options.note };
  const issued = (await gateway.post(pathOf(mine), body)) as {
    id: string;
    user: string;
    password: string;
    clientId: string;
  };
  if (options.json) print(JSON.stringify(issued));
  else {
    print(`用户名   ${issued.user}`);
    print(`口令     ${issued.password}`);
    print(`客户端号 以 ${issued.clientId} 开头，如 ${issued.clientId}-${options.system ?? "upload"}`);
    print(`范围     ${options.system ?? "所有系统"}`);
    print(`口令只显示这一次；作废: davylamp mine revoke ${mine} ${issued.id}`);
  }
  return EXIT.well;
}

/** `davylamp mine revoke CODE ID`: from now on it opens nothing, and what it opened is closed. */
export async function mineRevoke(mine: string, id: string, options: Asked, print: Print): Promise<number> {
  const gateway = await gatewayAt(options);
  await gateway.remove(`${pathOf(mine)}/${encodeURIComponent(id)}`);
  print(`${mine}: ${id} 已作废`);
  return EXIT.well;
}
