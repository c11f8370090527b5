/** What a notice means and what to do, for the mine's own people; the detail beside it says of what. */
const WORDS: Readonly<Record<string, string>> = {
  "table-version": "测点表已接收并记为新版本",
  "table-confirm": "测点表的更改待县级确认：在确认之前，限值按更严的一侧判断",
  "table-held": "测点表被搁置：一次少了太多测点。确是撤除的由县级确认，否则重发完整的测点表",
  "table-confirmed": "测点表的更改已确认",
  "location-confirmed": "测点位置已由县级确认",
  "points-confirmed": "测点的位置、组、设备等已由县级确认",
  "credential-issued": "县级为本矿签发了一个 MQTT 口令",
  "credential-revoked": "县级作废了本矿的一个 MQTT 口令",
  "plain-connection": "按例外清单以明文连接：请改用 TLS（端口 8883）",
  "client-id-twice":
    "两个上传程序用了同一个客户端号，互相顶替：停掉其中一个，或给它另一个号（以煤矿编码开头，如 编码-b）",
  "seq-gap": "seq 跳号：中间的报文没有收到。检查上传程序是否丢弃了未收到 PUBACK 的报文，用 backfill 补传",
  "clock-rebased": "矿端时钟被往回调过：检查对时（NTP）",
  "clock-offset": "矿端时钟与标准时间相差 1 分钟以上：检查对时（NTP）",
  "clock-offset-alarm": "矿端时钟与标准时间相差 5 分钟以上：立即检查对时（NTP）",
  "people-fall": "井下人数突然减少：检查人员快照是否完整，分段是否齐全",
  "cut-in-calibration": "标校期间发生断电",
  "cut-in-pre-notice": "预先报备的作业期间发生断电",
};

/** The notice as a mine that listens to `out/notices` is told it. */
export const noticeJson = (notice: {
  readonly at: string;
  readonly system: string | null;
  readonly code: string;
  readonly detail: string;
}): string => {
  const zh = WORDS[notice.code];
  return JSON.stringify(zh === undefined ? notice : { ...notice, zh });
};
