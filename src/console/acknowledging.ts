import { ElMessage } from "element-plus";
import { shallowRef } from "vue";
import { isWaiting } from "./alarm-order.ts";
import type { Desk } from "./desk.ts";
import type { AlarmJson } from "./shapes.ts";

/** Which alarm the acknowledge dialog is about; says why where there is nothing to acknowledge. */
export function useAcknowledging(desk: Desk) {
  const asked = shallowRef<AlarmJson | null>(null);
  return {
    asked,
    ask(alarm: AlarmJson): void {
      if (!desk.mayAcknowledge()) {
        ElMessage({ message: desk.speech.value.t("ack.not-allowed"), type: "info", grouping: true });
      } else if (isWaiting(alarm)) {
        asked.value = alarm;
      }
    },
    done(): void {
      asked.value = null;
    },
  };
}
