import { expect, it } from "vitest";
import { troubleWords } from "../../src/cli/uplink/trouble-words.ts";

const way = { url: new URL("wss://gateway.example/mqtt"), proxy: null, ca: null, cert: null };
const wrong = (code: string | number, message = "wrong") => Object.assign(new Error(message), { code });

it.each([
  ["a stranger's certificate, no CA given", wrong("SELF_SIGNED_CERT_IN_CHAIN"), {}, "写入 caFile (或 --ca)"],
  ["a stranger's certificate", wrong("UNABLE_TO_VERIFY_LEAF_SIGNATURE"), { ca: "…" }, "替换 caFile"],
  ["a certificate out of its time", wrong("CERT_NOT_YET_VALID"), {}, "核对本机的日期和时间"],
  ["a certificate of another place", wrong("ERR_TLS_CERT_ALTNAME_INVALID"), {}, "核对 url 中的地址"],
  ["a port without TLS", wrong("ERR_SSL_WRONG_VERSION_NUMBER"), {}, "核对 url 的协议和端口"],
  [
    "a certificate asked for",
    wrong("ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED"),
    {},
    "写入 certFile 和 keyFile",
  ],
  ["nobody there", wrong("ECONNREFUSED"), {}, "gateway.example 拒绝连接"],
  ["no proxy there", wrong("ECONNREFUSED"), { proxy: new URL("http://10.0.0.1:3128") }, "代理 10.0.0.1:3128"],
  ["no such name", wrong("ENOTFOUND"), {}, "检查本机的网络和 DNS"],
  ["a wrong password", wrong(5, "Not authorized"), {}, "davylamp mine token"],
  ["another web server", new Error("Unexpected server response: 404"), {}, "路径 /mqtt"],
  ["what nobody foresaw", wrong("EODD", "odd"), {}, "odd"],
])("says of %s what to do", (_, error, more, says) => {
  expect(troubleWords(error, { ...way, ...more })).toContain(says);
});
