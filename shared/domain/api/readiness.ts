import { z } from "zod";
import { assessReadiness } from "../readiness.ts";
import { results } from "../readiness-finding.ts";
import { route } from "./route.ts";
import { label, nothing, tenantPath, time } from "./schemas.ts";

const checkView = z
  .object({
    name: z.string(),
    label,
    result: z.enum(results),
    overridable: z.boolean().meta({ description: "whether a reason is enough to activate all the same" }),
    why: label,
    remedy: label.optional(),
    details: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({ id: "ReadinessCheck" });

const readinessView = z
  .object({
    tenant: z.string(),
    at: time,
    result: z.enum(results).meta({ description: "the gravest of all checks" }),
    summary: z.object({ pass: z.int(), warning: z.int(), blocker: z.int() }),
    primaryAnswers: z.boolean(),
    checks: z.array(checkView),
  })
  .meta({ id: "Readiness" });

export const readinessRoutes = [
  route({
    operationId: "getReadiness",
    method: "GET",
    path: "/v1/tenants/{tenant}/dr/readiness",
    summary: { ja: "いま切り替えたら何が困るか", en: "What would go wrong if the secondary were activated now" },
    access: "readReadiness",
    params: tenantPath,
    query: nothing,
    body: nothing,
    response: readinessView,
    async run({ app }, { params: { tenant } }) {
      const { at, result, checks } = await assessReadiness(app, tenant);
      const count = (of: (typeof results)[number]) => checks.filter((check) => check.result === of).length;
      return {
        ...{ tenant, at, result, checks },
        summary: { pass: count("pass"), warning: count("warning"), blocker: count("blocker") },
        primaryAnswers: checks.some(({ name, result: found }) => name === "primaryAnswers" && found === "pass"),
      };
    },
  }),
];
