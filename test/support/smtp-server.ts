import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, TLSSocket, type TlsOptions } from "node:tls";

export interface Letter {
  readonly from: string;
  readonly to: string;
  readonly user: string | null;
  readonly secured: boolean;
  readonly data: string;
}

/** What the server says to a command instead of its own answer; "cut" ends the connection. */
type Answer = string | "cut" | null;

/** A small SMTP server: greeting, EHLO, STARTTLS, AUTH PLAIN and LOGIN, one letter a transaction. */
export async function startSmtp(options: {
  readonly tls?: TlsOptions;
  readonly implicit?: boolean;
  readonly login?: { readonly user: string; readonly password: string };
  readonly answer?: (command: string, letters: number) => Answer;
}) {
  const letters: Letter[] = [];
  const serve = (socket: Socket) => talk(socket, options, letters);
  const server: Server =
    options.implicit === true ? createTlsServer(options.tls ?? {}, serve) : createServer(serve);
  const open = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
    socket.on("error", () => {});
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    letters,
    async close() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

function talk(first: Socket, options: Parameters<typeof startSmtp>[0], letters: Letter[]): void {
  let socket = first;
  let secured = options.implicit === true;
  let buffer = "";
  let user: string | null = null;
  let from = "";
  let to = "";
  let data: string[] | null = null;

  const say = (line: string) => socket.write(`${line}\r\n`);

  function take(chunk: Buffer): void {
    buffer += chunk.toString("utf8");
    for (let end = buffer.indexOf("\r\n"); end >= 0; end = buffer.indexOf("\r\n")) {
      const line = buffer.slice(0, end);
      buffer = buffer.slice(end + 2);
      if (data === null) command(line);
      else if (line === ".") finish(data);
      else data.push(line.startsWith(".") ? line.slice(1) : line);
    }
  }

  function finish(lines: string[]): void {
    data = null;
    const said = options.answer?.("END", letters.length) ?? null;
    if (said !== null && !said.startsWith("cut")) return void say(said);
    letters.push({ from, to, user, secured, data: lines.join("\n") });
    if (said === "cut") return void socket.destroy();
    say(`250 2.0.0 queued as ${letters.length}`);
  }

  function command(line: string): void {
    const said = options.answer?.(line, letters.length) ?? null;
    if (said === "cut") return void socket.destroy();
    if (said !== null) return void say(said);
    const verb = line.slice(0, 4).toUpperCase();
    if (verb === "EHLO") hello();
    else if (verb === "STAR") secure();
    else if (verb === "AUTH") login(line);
    else if (verb === "MAIL") {
      from = /<(.*)>/.exec(line)?.[1] ?? "";
      say(
        options.login !== undefined && user === null ? "530 5.7.0 Authentication required" : "250 2.1.0 ok",
      );
    } else if (verb === "RCPT") {
      to = /<(.*)>/.exec(line)?.[1] ?? "";
      say("250 2.1.5 ok");
    } else if (verb === "DATA") {
      data = [];
      say("354 go on");
    } else if (verb === "QUIT") {
      say("221 bye");
      socket.end();
    } else say("250 ok");
  }

  function hello(): void {
    const features = ["8BITMIME"];
    if (options.tls !== undefined && !secured) features.push("STARTTLS");
    if (options.login !== undefined) features.push("AUTH PLAIN");
    say("250-test");
    for (const [i, feature] of features.entries())
      say(`250${i === features.length - 1 ? " " : "-"}${feature}`);
  }

  function secure(): void {
    say("220 go on");
    socket.removeAllListeners("data");
    socket = new TLSSocket(socket, { ...options.tls, isServer: true });
    socket.on("error", () => {});
    socket.on("data", take);
    secured = true;
  }

  function login(line: string): void {
    const [, name, password] = Buffer.from(line.split(" ")[2] ?? "", "base64")
      .toString()
      .split("\0");
    const right = name === options.login?.user && password === options.login?.password;
    if (right) user = name ?? null;
    say(right ? "235 2.7.0 welcome" : "535 5.7.8 no");
  }

  socket.on("data", take);
  say("220 test ESMTP");
}
