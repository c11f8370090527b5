import type { Way } from "./tunnel.ts";

const ASK = "请联系县级管理人员";

/** What keeps the line from standing, in words that tell the mine's own people what to do about it. */
export function troubleWords(error: unknown, way: Pick<Way, "url" | "proxy" | "ca" | "cert">): string {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && "code" in error ? error.code : null;
  const words = typeof code === "number" ? loginWords(code) : codeWords(String(code), way);
  if (words !== null) return `${words} (${typeof code === "number" ? message : code})`;
  const answer = /Unexpected server response: (\d+)/.exec(message);
  if (answer !== null)
    return `${way.url.host} 应答 HTTP ${answer[1]}, 不是 MQTT: 请核对 url 的地址和路径 ${way.url.pathname}`;
  return message;
}

/** CONNACK of MQTT 3.1.1, §3.2.2.3. */
function loginWords(code: number): string | null {
  if (code === 4 || code === 5) {
    return `网关拒绝登录, 用户或口令不对: 请核对煤矿编码、user 和口令文件; 仍不行${ASK}用 davylamp mine token 重新发放`;
  }
  if (code === 2) return `网关不接受客户端标识: 请核对煤矿编码, 或${ASK}`;
  return code === 3 ? "网关暂不可用" : null;
}

function codeWords(
  code: string,
  { url, proxy, ca, cert }: Parameters<typeof troubleWords>[1],
): string | null {
  const to = proxy === null ? url.host : `代理 ${proxy.host}`;
  switch (code) {
    case "UNABLE_TO_VERIFY_LEAF_SIGNATURE":
    case "UNABLE_TO_GET_ISSUER_CERT":
    case "UNABLE_TO_GET_ISSUER_CERT_LOCALLY":
    case "SELF_SIGNED_CERT_IN_CHAIN":
    case "DEPTH_ZERO_SELF_SIGNED_CERT":
    case "CERT_SIGNATURE_FAILURE":
    case "INVALID_CA":
      return ca === null
        ? `不能确认 ${url.host} 就是县级网关, 未发送任何数据: 请向县级管理人员索取 CA 证书文件, 写入 caFile (或 --ca), 然后重启本程序`
        : `${url.host} 的证书不是 caFile 中的 CA 签发的, 未发送任何数据: 请核对 url; 无误则向县级管理人员索取正确的 CA 证书文件, 替换 caFile, 然后重启本程序`;
    case "CERT_HAS_EXPIRED":
    case "CERT_NOT_YET_VALID":
      return `${url.host} 的证书不在有效期内: 请先核对本机的日期和时间; 无误则${ASK}更换网关证书`;
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return `${url.host} 的证书上写的不是这个地址: 请核对 url 中的地址; 无误则${ASK}更换网关证书`;
    case "EPROTO":
    case "ERR_SSL_WRONG_VERSION_NUMBER":
      return `${url.host} 这个端口没有使用 TLS: 请核对 url 的协议和端口`;
    case "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED":
    case "ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE":
    case "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA":
      return cert === null
        ? `网关要求本机出示证书: 请向县级管理人员索取, 写入 certFile 和 keyFile`
        : `网关不接受 certFile 中的证书: ${ASK}`;
    case "ECONNREFUSED":
      return `${to} 拒绝连接: 请核对地址和端口, 或对方尚未启动`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `找不到 ${to}: 请核对地址, 并检查本机的网络和 DNS`;
    case "ETIMEDOUT":
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return `到 ${to} 的网络不通: 请检查网络和防火墙`;
    case "ECONNRESET":
    case "EPIPE":
      return "连接被对方断开";
    default:
      return null;
  }
}
