import type { System } from "../../model/mine.ts";
import type { CheckItem, CheckState, ClientView, Said, TwiceView } from "../../model/mine-check.ts";
import { type Instant, MINUTE } from "../../model/time.ts";
import type { MineView, StreamView } from "../../model/view.ts";
import type { RefusedConnection } from "../../web/ports.ts";
import { item, moment, said, same } from "./item.ts";

export interface WatchedPath {
  readonly system: System;
  readonly path: string;
}

/** Who the mine is to the gateway: from where, by what, and who else tried. */
export function connectionItems(found: {
  readonly mine: MineView;
  readonly clients: readonly ClientView[];
  /** Folders in which the mine's text files come. */
  readonly folders: readonly WatchedPath[];
  /** Brokers the gateway itself is connected to, by name and address. */
  readonly brokers: readonly string[];
  readonly twice: readonly TwiceView[];
  readonly takeovers: number;
  readonly refused: readonly RefusedConnection[];
  /** Where those kept begin within the hours; null = before them. */
  readonly keptFrom: Instant | null;
  readonly now: Instant;
}): CheckItem[] {
  const { clients, folders, twice, takeovers, refused, keptFrom } = found;
  return [
    connected(found),
    credential(clients, folders),
    oneClient(twice, takeovers),
    refusedItem(refused, keptFrom),
  ];
}

const WAYS: Readonly<Record<ClientView["transport"], string>> = {
  tcp: "TCP",
  tls: "TLS",
  ws: "WebSocket",
  wss: "WebSocket/TLS",
};

const clientWords = (client: ClientView): Said => {
  const { address, clientId, transport, credential, system, since } = client;
  const scope = system === null ? "" : `, ${system}`;
  const [zh, en] = credential.kind === "password" ? ["口令", "password"] : ["证书", "certificate"];
  return said(
    `${address}，客户端号 ${clientId}，${WAYS[transport]}，${zh} ${credential.name}${scope}，自 ${moment(since)}`,
    `${address}, client id ${clientId}, ${WAYS[transport]}, ${en} ${credential.name}${scope}, since ${moment(since)}`,
  );
};

function connected({
  mine,
  clients,
  folders,
  brokers,
  now,
}: Parameters<typeof connectionItems>[0]): CheckItem {
  const { streams, config, link } = mine;
  const heard = streams.filter(({ newestMessage }) => newestMessage !== null).map(({ system }) => system);
  const missing = config.systems.filter((system) => !heard.includes(system));
  const filed = (system: System) => folders.some((folder) => folder.system === system);
  const isDown = ({ system, link, newestMessage }: StreamView) =>
    heard.includes(system) && (filed(system) ? now - (newestMessage ?? 0) > FILES_FRESH : link !== "up");
  const down = streams.filter(isDown).map(({ system }) => system);
  // Without a program of its own it comes by a broker we connect to, or by files.
  const by =
    clients.length === 0 && folders.length === 0 && heard.length > 0 && link === "up" ? brokers : null;
  const away = clients.length === 0 && folders.length === 0 && by === null;
  const state: CheckState = away ? "bad" : missing.length + down.length > 0 ? "warn" : "ok";
  return item("connected", state, {
    figure:
      folders.length === 0
        ? said(`${clients.length} 个连接`, `${clients.length} connected`)
        : said(
            `${clients.length} 个连接，${folders.length} 个文件夹`,
            `${clients.length} connected, ${folders.length} folders`,
          ),
    from: said("网关此刻的 MQTT 连接与文件夹", "MQTT connections and folders of the gateway now"),
    samples: [
      ...clients.map(clientWords),
      ...folders.map(({ system, path }) => said(`${system}：文件夹 ${path}`, `${system}: folder ${path}`)),
      ...(by === null ? [] : indirect(by)),
      ...missing.map((system) => said(`${system}：从未收到数据`, `${system}: no data ever`)),
      ...down.map((system) =>
        filed(system)
          ? said(`${system}：5 分钟内没有新文件`, `${system}: no new file for 5 minutes`)
          : said(`${system}：连接中断`, `${system}: the line is down`),
      ),
    ],
    remedy: state === "ok" ? null : connectedRemedy([...missing, ...down], filed, away),
  });
}

/** A folder that no file came into for so long is as a line that is down. */
const FILES_FRESH = 5 * MINUTE;

function connectedRemedy(absent: readonly System[], filed: (system: System) => boolean, away: boolean): Said {
  if (away)
    return said(
      "启动矿端上传程序；核对网关地址、端口、用户名与客户端号；查看下面被拒绝的连接",
      "start the mine's publisher; check address, port, user and client id; see refused connections",
    );
  const [files, lines] = [absent.filter(filed).join("、"), absent.filter((one) => !filed(one)).join("、")];
  const parts = [
    files === ""
      ? null
      : said(
          `系统 ${files}：让厂家程序把文件（煤矿编码_类型_yyyyMMddHHmmss.txt）写入该文件夹；不能用的在其中 bad/，原因在同名 .why.txt`,
          `${files}: let the vendor's program write its files (CODE_TYPE_yyyyMMddHHmmss.txt) there; see bad/ and its .why.txt`,
        ),
    lines === ""
      ? null
      : said(
          `补传系统 ${lines}；本矿没有的系统由县级从配置 systems 中删去`,
          `publish ${lines}; a system the mine does not have is taken out of its configuration`,
        ),
  ].filter((part) => part !== null);
  return said(parts.map(({ zh }) => zh).join("；"), parts.map(({ en }) => en).join("; "));
}

const indirect = (brokers: readonly string[]): Said[] => [
  said(
    "没有直接连接：数据经网关所连的服务器或文件夹进来",
    "no program of its own: it comes by a broker the gateway connects to, or by files",
  ),
  ...brokers.map(same),
];

function credential(clients: readonly ClientView[], folders: readonly WatchedPath[]): CheckItem {
  const plain = clients.filter((client) => client.plain);
  const local = clients.filter(
    ({ transport, plain: open }) => !open && (transport === "tcp" || transport === "ws"),
  );
  const secure = clients.length - plain.length - local.length;
  const state: CheckState = clients.length === 0 ? "unknown" : plain.length > 0 ? "warn" : "ok";
  return item("credential", state, {
    figure: said(
      `加密 ${secure}，本机明文 ${local.length}，例外明文 ${plain.length}`,
      `${secure} encrypted, ${local.length} plain on this machine, ${plain.length} plain by exception`,
    ),
    from: said("网关此刻的 MQTT 连接", "MQTT connections of the gateway now"),
    samples: [...plain, ...local].map(clientWords),
    remedy:
      plain.length === 0
        ? clients.length === 0 && folders.length > 0
          ? said(
              "文件夹没有 MQTT 身份：由县级核对每个文件夹只有本矿一个 FTP/SFTP 账号可写",
              "folders have no identity of MQTT: the county sees that only this mine's login may write each",
            )
          : null
        : said(
            "改用 TLS（mqtts，端口 8883）；在此之前该矿编码只能从例外清单中的地址使用",
            "use TLS (mqtts, 8883); until then the code is good from the listed address only",
          ),
  });
}

function oneClient(twice: readonly TwiceView[], takeovers: number): CheckItem {
  const state: CheckState = twice.length > 0 ? "bad" : takeovers > 3 ? "warn" : "ok";
  return item("one-client", state, {
    figure: said(`被同号顶替 ${takeovers} 次`, `taken over ${takeovers} times`),
    from: said(
      "验收时段内的连接记录；“两处同号”看最近十分钟",
      "link records of the hours; twice: the last ten minutes",
    ),
    samples: twice.map(({ clientId, addresses, times, at }) =>
      said(
        `客户端号 ${clientId} 十分钟内互相顶替 ${times} 次，来自 ${addresses.join(" 和 ")}，最近 ${moment(at)}`,
        `client id ${clientId} took its own place ${times} times in ten minutes, from ${addresses.join(" and ")}, last ${moment(at)}`,
      ),
    ),
    remedy:
      state === "ok"
        ? null
        : said(
            "两个上传程序用了同一个客户端号：停掉其中一个，或给它另一个号（以煤矿编码开头，如 编码-b）",
            "two programs use one client id: stop one, or give it another (it begins with the mine code)",
          ),
  });
}

interface Known {
  readonly fits: RegExp;
  readonly what: string;
  readonly remedy: Said;
}

const REASONS: readonly Known[] = [
  {
    fits: /wrong password|wrong or revoked/,
    what: "口令错误或已作废",
    remedy: said("口令错误：向县级重新领取口令", "ask the county for the password"),
  },
  {
    fits: /unknown mine code|no user name/,
    what: "用户名不是已登记的煤矿编码",
    remedy: said("用户名应为县级登记的煤矿编码", "the user is the mine code the county registered"),
  },
  {
    fits: /does not begin/,
    what: "客户端号不以煤矿编码开头",
    remedy: said("客户端号改为以煤矿编码开头", "let the client id begin with the mine code"),
  },
  { fits: /MQTT 5/, what: "用了 MQTT 5", remedy: said("改用 MQTT 3.1.1", "use MQTT 3.1.1") },
  {
    fits: /keep-alive/,
    what: "keep-alive 不合规定",
    remedy: said("keep-alive 设为 30–60 秒", "set keep-alive to 30–60 s"),
  },
  {
    fits: /not listed|without an exception/,
    what: "未列入例外清单的明文连接",
    remedy: said(
      "改用 TLS，或由县级把该地址列入例外清单",
      "use TLS, or have the address listed by the county",
    ),
  },
  {
    fits: /another mine|outside its own|another system/,
    what: "向别的矿或别的系统的主题发布",
    remedy: said("只向本矿、本系统的主题发布", "publish to your own mine's and system's topics only"),
  },
  {
    fits: /too many log-ins/,
    what: "登录过于频繁",
    remedy: said(
      "重连间隔过短：至少 5 秒，且不要两个程序用同一客户端号",
      "reconnect no faster than every 5 s, one program a client id",
    ),
  },
  {
    fits: /certificate|TLS/,
    what: "证书或 TLS 有误",
    remedy: said(
      "检查证书是否由县级签发、是否过期、CN 是否为煤矿编码",
      "is the certificate the county's, in date, and its CN the mine code?",
    ),
  },
];

function refusedItem(refused: readonly RefusedConnection[], keptFrom: Instant | null): CheckItem {
  const reasons = new Map<string, RefusedConnection[]>();
  for (const one of refused) reasons.set(one.reason, [...(reasons.get(one.reason) ?? []), one]);
  const known = REASONS.filter(({ fits }) => refused.some(({ reason }) => fits.test(reason)));
  const remedies = known.map(({ remedy }) => remedy);
  // Where not all of the hours are known, none is not known to be none.
  const none: CheckState = keptFrom === null ? "ok" : "unknown";
  return item("refused", refused.length > 0 ? "warn" : none, {
    figure: said(`${refused.length} 次`, `${refused.length}`),
    from: said(
      `验收时段内自称本矿、或来自本矿地址的连接（网关保留最近 500 条${keptFrom === null ? "" : `；${moment(keptFrom)} 以前的没有保留`}）`,
      `connections that claimed this code or came from its addresses (the last 500 are kept${keptFrom === null ? "" : `, none from before ${moment(keptFrom)}`})`,
    ),
    samples: [...reasons].map(([reason, all]) => {
      const { address, clientId, claimed, at } = all.at(-1) as RefusedConnection;
      const found = REASONS.find(({ fits }) => fits.test(reason));
      const why = found === undefined ? reason : `${found.what}（${reason}）`;
      return said(
        `${address}，客户端号 ${clientId || "-"}，用户名 ${claimed || "-"}：${why} × ${all.length}，最近 ${moment(at)}`,
        `${address}, client id ${clientId || "-"}, user ${claimed || "-"}: ${reason} × ${all.length}, last ${moment(at)}`,
      );
    }),
    remedy:
      refused.length === 0
        ? null
        : remedies.length === 0
          ? said("按原因改正后重连", "mend what the reason says and connect again")
          : said(remedies.map(({ zh }) => zh).join("；"), remedies.map(({ en }) => en).join("; ")),
  });
}
