import { createApp } from "vue";
import App from "./App.vue";
import { createDesk, DESK } from "./desk.ts";
import { router } from "./router.ts";
import "element-plus/es/components/base/style/css";
import "element-plus/es/components/button/style/css";
import "element-plus/es/components/dialog/style/css";
import "element-plus/es/components/input/style/css";
import "element-plus/es/components/message/style/css";
import "element-plus/es/components/radio-group/style/css";
import "element-plus/es/components/radio-button/style/css";
import "uplot/dist/uPlot.min.css";
import "./style/ground.css";
import "./style/parts.css";

createApp(App).provide(DESK, createDesk()).use(router).mount("#app");
