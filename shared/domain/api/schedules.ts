import { z } from "zod";
import { jobStates, listSchedules, scheduleTimeZone, scheduleToRun } from "../schedules.ts";
import { route } from "./route.ts";
import { label, nothing, siteName, time } from "./schemas.ts";

const firing = { scheduleTime: time, startedAt: time };

const scheduleView = z
  .object({
    name: z.string(),
    site: siteName,
    cron: z.string(),
    timeZone: z.literal(scheduleTimeZone),
    purpose: label,
    availability: z.enum(["available", "unavailable"]).meta({
      description: "a site that does not answer now is unavailable, and of its schedules only the plan is known",
    }),
    state: z.enum(jobStates).optional().meta({ description: "missing: Cloud Scheduler does not have it" }),
    nextRun: time.optional(),
    lastAttempt: z
      .object({ at: time, succeeded: z.boolean() })
      .optional()
      .meta({ description: "Cloud Scheduler's last call of the function" }),
    running: z.object(firing).optional(),
    lastRun: z
      .object({
        ...firing,
        finishedAt: time.optional(),
        durationMilliseconds: z.number().optional(),
        result: z
          .enum(["succeeded", "failed", "died"])
          .meta({ description: "died: it was never heard of again; the next run does its work" }),
        outcome: z.string().meta({ description: "the run's own word, or an error's code" }),
        counts: z.record(z.string(), z.number()),
      })
      .optional(),
  })
  .meta({ id: "Schedule" });

export const scheduleRoutes = [
  route({
    operationId: "listSchedules",
    method: "GET",
    path: "/v1/schedules",
    summary: { ja: "定期処理の一覧と、前回と次回の実行", en: "Every schedule, with its last and its next run" },
    access: { operator: "readSchedules" },
    params: nothing,
    query: nothing,
    body: nothing,
    response: z.object({ items: z.array(scheduleView) }),
    async run({ app }) {
      const items = await listSchedules(app);
      return { items: items.map((item) => ({ ...item, timeZone: scheduleTimeZone })) };
    },
  }),
  route({
    operationId: "runSchedule",
    method: "POST",
    path: "/v1/schedules/{name}/run",
    summary: { ja: "定期処理を今すぐ実行する", en: "Runs a schedule now" },
    access: { operator: "runSchedule" },
    params: z.strictObject({ name: z.string().regex(/^[a-z][a-z0-9-]{0,62}$/) }),
    query: nothing,
    body: z.strictObject({
      site: siteName.optional().meta({ description: "needed only for a schedule of both sites; else the asked one" }),
    }),
    acts: true,
    response: z.object({ name: z.string(), site: siteName, requestedAt: time }),
    async run({ app, auditPlatform }, { params: { name }, body }) {
      const site = scheduleToRun(app.scheduleRows, name, body.site, app.site);
      const requestedAt = app.now();
      // Before the act, so that nothing is ever run of which the log knows nothing.
      await auditPlatform("run-schedule", { schedule: name, site });
      await app.scheduler.run(site, name);
      return { name, site, requestedAt };
    },
  }),
];
