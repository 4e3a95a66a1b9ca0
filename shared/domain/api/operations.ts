import { z } from "zod";
import { notFound } from "../access.ts";
import type { OperationControl } from "../operation.ts";
import { type ApiApp, route } from "./route.ts";
import {
  nothing,
  opaquePage,
  operationPath,
  operationView,
  pageOf,
  pageQueryOf,
  recordIdPlace,
  tenantPath,
  viewOf,
} from "./schemas.ts";

const controls: { control: OperationControl; summary: { ja: string; en: string } }[] = [
  { control: "cancel", summary: { ja: "長い処理を取り消す", en: "Cancels a long operation" } },
  { control: "pause", summary: { ja: "長い処理を一時停止する", en: "Pauses a long operation" } },
  { control: "resume", summary: { ja: "一時停止した処理を再開する", en: "Resumes a paused operation" } },
];

/** An operation belongs to its tenant: who may not see the tenant does not learn of the operation. */
const ofOperation = {
  params: operationPath,
  query: nothing,
  body: nothing,
  response: operationView,
  tenantOf: async (app: ApiApp, { id }: { id: string }) => (await app.operations.read(id))?.tenant,
};

const operationType = z.string().regex(/^[a-z0-9-]{1,40}$/);

export const operationRoutes = [
  route({
    operationId: "listOperations",
    method: "GET",
    path: "/v1/tenants/{tenant}/operations",
    summary: { ja: "長い処理の一覧(新しい順)", en: "A tenant's long operations, newest first" },
    access: "readOperation",
    params: tenantPath,
    query: pageQueryOf(recordIdPlace).extend({
      state: z.literal("open").optional().meta({ description: "only those in which something is still to be done" }),
      type: operationType.optional().meta({ description: "only those of this type, such as failback" }),
    }),
    body: nothing,
    response: pageOf(operationView),
    async run({ app }, { params: { tenant }, query: { state, type, pageSize, pageToken } }) {
      const which = { ...(state === "open" ? { open: true as const } : {}), ...(type === undefined ? {} : { type }) };
      const page = await app.operations.list(tenant, which, {
        pageSize,
        ...(pageToken === undefined ? {} : { pageToken }),
      });
      return opaquePage({ ...page, items: page.items.map(viewOf) });
    },
  }),
  route({
    ...ofOperation,
    operationId: "getOperation",
    method: "GET",
    path: "/v1/operations/{id}",
    summary: { ja: "長い処理の進み具合", en: "A long operation and its progress" },
    access: "readOperation",
    async run({ app }, { params: { id } }) {
      const operation = await app.operations.read(id);
      if (!operation) throw notFound();
      return viewOf(operation);
    },
  }),
  ...controls.map(({ control, summary }) =>
    route({
      ...ofOperation,
      operationId: `${control}Operation`,
      method: "POST",
      path: `/v1/operations/{id}/${control}`,
      summary,
      access: "controlOperation",
      acts: true,
      async run({ audited }, { params: { id } }) {
        const { operations } = audited(`${control}-operation`, ({ type }) => ({ type }));
        return viewOf(await operations.control(id, control));
      },
    }),
  ),
];
