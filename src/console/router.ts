import { createRouter, createWebHashHistory } from "vue-router";
import AlarmDetail from "./views/AlarmDetail.vue";
import CountyOverview from "./views/CountyOverview.vue";
import MinePage from "./views/MinePage.vue";
import PointTrend from "./views/PointTrend.vue";

/** Addresses after the `#`: the gateway serves one page, and a link works from any of its names. */
export const router = createRouter({
  history: createWebHashHistory(),
  routes: [
    { path: "/", name: "overview", component: CountyOverview },
    { path: "/alarms/:id", name: "alarm", component: AlarmDetail, props: true },
    { path: "/mines/:code", name: "mine", component: MinePage, props: true },
    {
      path: "/points/:id",
      name: "point",
      component: PointTrend,
      props: ({ params, query }) => ({
        id: String(params.id),
        around: query.around === undefined ? null : Number(query.around),
      }),
    },
    { path: "/:rest(.*)*", redirect: "/" },
  ],
});
