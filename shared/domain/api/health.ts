import { z } from "zod";
import { route } from "./route.ts";
import { nothing, siteName } from "./schemas.ts";

export const healthRoutes = [
  route({
    operationId: "getHealth",
    method: "GET",
    path: "/v1/health",
    summary: { ja: "このサイト自身の稼働", en: "Whether this site's own parts answer" },
    access: "public",
    params: nothing,
    query: nothing,
    body: nothing,
    response: z.object({ status: z.literal("ok"), site: siteName }),
    async run({ app }) {
      await app.health();
      return { status: "ok" as const, site: app.site };
    },
  }),
];
