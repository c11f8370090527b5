import { describe, expect, it } from "vitest";
import { signAcs3, signRpc } from "../../src/notify/aliyun-sign.ts";
import { signTc3 } from "../../src/notify/tencent-sign.ts";
import { signature } from "../../src/notify/webhook.ts";

/** The worked examples that the makers publish; each is enough to be wrong in any step of it. */
describe("a signature", () => {
  it("of a webhook is that of the Standard Webhooks example", () => {
    const of = {
      secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
      id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
      timestamp: "1614265330",
      body: '{"test": 2432232314}',
    };
    expect(signature(of)).toBe("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  });

  it("of Alibaba Cloud, version 3, is that of its RunInstances example", () => {
    const query = "ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd&RegionId=cn-shanghai";
    const signed = signAcs3(
      { url: `https://ecs.cn-shanghai.aliyuncs.com/?${query}`, method: "POST", headers: {}, body: null },
      {
        key: "YourAccessKeyId",
        secret: "YourAccessKeySecret",
        action: "RunInstances",
        version: "2014-05-26",
      },
      { at: Date.UTC(2023, 9, 26, 10, 22, 32), nonce: "3156853299f313e23d1673dc12e1703d" },
    );
    expect(signed.headers["authorization"]).toBe(
      "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0",
    );
  });

  it("of Alibaba Cloud, RPC, is that of its DescribeDedicatedHosts example", () => {
    const signed = signRpc(
      { url: "https://ecs.cn-beijing.aliyuncs.com/?RegionId=cn-beijing", method: "GET", headers: {} },
      {},
      { key: "testid", secret: "testsecret", action: "DescribeDedicatedHosts", version: "2014-05-26" },
      { at: Date.UTC(2023, 2, 13, 8, 34, 30), nonce: "edb2b34af0af9a6d14deaf7c1a5315eb" },
    );
    expect(new URL(signed.url).searchParams.get("Signature")).toBe("9NaGiOspFP5UPcwX8Iwt2YJXXuk=");
  });

  it("of Tencent Cloud, version 3, is that of its DescribeInstances example", () => {
    const signed = signTc3(
      {
        url: "https://cvm.tencentcloudapi.com/",
        method: "POST",
        headers: {},
        body: '{"Limit": 1, "Filters": [{"Values": ["\\u672a\\u547d\\u540d"], "Name": "instance-name"}]}',
      },
      // The page masks its key with 32 stars, and signs with them.
      {
        key: "AKID",
        secret: "*".repeat(32),
        service: "cvm",
        action: "DescribeInstances",
        version: "2017-03-12",
      },
      1_551_113_065_000,
    );
    expect(signed.headers["authorization"]).toContain(
      "Signature=10b1a37a7301a02ca19a647ad722d5e43b4b3cff309d421d85b46093f6ab6c4f",
    );
  });
});
