import { describeRoutes } from "../../shared/domain/api/openapi.ts";
import { routes } from "../../shared/domain/api/routes.ts";

/** A JSON Schema, as far as the API's description uses it. */
export type Schema = {
  $ref?: string;
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  anyOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: Schema | boolean;
  propertyNames?: Schema;
  items?: Schema;
  minItems?: number;
  maxItems?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  format?: string;
  minimum?: number;
  maximum?: number;
};

type Content = Record<string, { schema: Schema }>;
type Described = {
  operationId: string;
  parameters: { name?: string; in?: string; required?: boolean; schema: Schema; $ref?: string }[];
  requestBody?: { content: Content };
  responses: Record<string, { content?: Content }>;
};

/** One route as the description tells it. */
export type Operation = {
  operationId: string;
  method: string;
  path: string;
  parameters: { name: string; in: "path" | "query"; required: boolean; schema: Schema }[];
  /** Whether it takes an Idempotency-Key. */
  keyed: boolean;
  body?: { type: string; schema: Schema };
  /** What may be answered: the content by its type, for each status. */
  answers: Record<string, Content>;
};

const description = describeRoutes(routes) as {
  paths: Record<string, Record<string, Described>>;
  components: { schemas: Record<string, Schema> };
};

/** The schemas that others refer to, by name. */
export const components = description.components.schemas;

/** Every route of the API's description. */
export const operations: readonly Operation[] = Object.entries(description.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, described]) => operationOf(method.toUpperCase(), path, described)),
);

function operationOf(method: string, path: string, described: Described): Operation {
  const { operationId, parameters, requestBody, responses } = described;
  const [content] = Object.entries(requestBody?.content ?? {});
  return {
    ...{ operationId, method, path },
    parameters: parameters.flatMap(({ name, in: place, required = false, schema }) =>
      name !== undefined && (place === "path" || place === "query") ? [{ name, in: place, required, schema }] : [],
    ),
    keyed: parameters.some(({ $ref }) => $ref?.endsWith("/IdempotencyKey")),
    ...(content ? { body: { type: content[0], schema: content[1].schema } } : {}),
    answers: Object.fromEntries(Object.entries(responses).map(([status, answer]) => [status, answer.content ?? {}])),
  };
}

/** The schema itself, where it only refers to one. */
export function resolved(schema: Schema): Schema {
  const name = schema.$ref?.split("/").at(-1);
  return name === undefined ? schema : resolved(components[name] ?? {});
}
