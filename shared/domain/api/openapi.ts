import { z } from "zod";
import { acts } from "../access.ts";
import { type ErrorCode, errorCodes } from "../errors.ts";
import type { Route } from "./route.ts";
import { problem } from "./schemas.ts";

type Json = Record<string, unknown>;

/** The header that makes a request that acts safe to repeat. */
export const idempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,128}$/, "give 1 to 128 visible ASCII characters, new for each act");

/** The OpenAPI 3.1 document of these routes, made of the very schemas that requests and answers are checked with. */
export function describeRoutes(routes: readonly Route[]): Json {
  const schemas: Json = {};
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: describeRoute(route, schemas) };
  }
  return {
    openapi: "3.1.1",
    jsonSchemaDialect: "https://json-schema.org/draft/2020-12/schema",
    info: {
      title: "Hikae",
      version: "1",
      summary: "Stand-by site and recording backup of a call-centre platform.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    security: [{ idToken: [] }],
    paths,
    components: {
      securitySchemes: {
        idToken: { type: "http", scheme: "bearer", bearerFormat: "JWT", description: "An OpenID Connect ID token." },
      },
      parameters: {
        IdempotencyKey: {
          name: "Idempotency-Key",
          in: "header",
          required: true,
          description: "The same key again is the same request: it acts once, and is answered the same.",
          schema: schemaOf(idempotencyKey, "input", schemas),
        },
      },
      responses: {
        Problem: {
          description: "The error, with a stable code and the fields at fault.",
          content: { "application/problem+json": { schema: schemaOf(problem, "output", schemas) } },
        },
      },
      schemas,
    },
  };
}

function describeRoute(route: Route, schemas: Json): Json {
  const { operationId, summary, access, acts: keyed, status, params, query, body, form, response, download } = route;
  const takesBody = Object.keys(body.shape).length > 0;
  return {
    operationId,
    summary: summary.en,
    "x-summary-ja": summary.ja,
    description: describeAccess(access),
    ...(access === "public" ? { security: [] } : {}),
    parameters: [
      ...parametersOf("path", params, schemas),
      ...parametersOf("query", query, schemas),
      ...(keyed ? [{ $ref: "#/components/parameters/IdempotencyKey" }] : []),
    ],
    ...(takesBody
      ? {
          requestBody: {
            required: !body.safeParse({}).success,
            content: {
              [form ? "application/x-www-form-urlencoded" : "application/json"]: {
                schema: schemaOf(body, "input", schemas),
              },
            },
          },
        }
      : {}),
    responses: {
      [status]: {
        description: status === 202 ? "Accepted; follow the operation." : "Done.",
        content: {
          "application/json": { schema: schemaOf(response, "output", schemas) },
          ...(download === undefined ? {} : { [download]: { schema: { type: "string" } } }),
        },
      },
      ...Object.fromEntries(errorsOf(route).map((code) => [errorCodes[code].status, problemReference])),
    },
  };
}

const problemReference = { $ref: "#/components/responses/Problem" };

function describeAccess(access: Route["access"]): string {
  if (access === "public") return "Needs no token.";
  if (access === "signedIn") return "For everybody who is signed in.";
  return typeof access === "object" ? "For operator." : `For ${acts[access].join(", ")}.`;
}

function errorsOf(route: Route): ErrorCode[] {
  return [
    "invalid",
    ...(route.access === "public" ? [] : (["unauthenticated", "forbidden", "conflict"] as const)),
    "not-found",
    "precondition-failed",
    ...(route.method === "GET" ? [] : (["too-large"] as const)),
    "internal",
    "unavailable",
  ];
}

function parametersOf(place: "path" | "query", shape: z.ZodObject, schemas: Json): Json[] {
  const { properties = {}, required = [] } = schemaOf(shape, "input", schemas) as {
    properties?: Json;
    required?: string[];
  };
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: place,
    required: place === "path" || required.includes(name),
    schema,
  }));
}

/** The JSON Schema; those with an id are put among `schemas` and referred to. */
function schemaOf(schema: z.ZodType, io: "input" | "output", schemas: Json): unknown {
  // A schema at the root is never replaced by a reference, one inside an object is.
  const { properties, $defs = {} } = z.toJSONSchema(z.object({ root: schema }), {
    io,
    unrepresentable: "any",
    override({ zodSchema, jsonSchema }) {
      if (zodSchema._zod.def.type === "date") Object.assign(jsonSchema, { type: "string", format: "date-time" });
      // Answers may gain fields; a client that refused them would break.
      if (io === "output" && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
    },
  });
  Object.assign(schemas, relocated($defs));
  return relocated(properties?.root);
}

function relocated(schema: unknown): object {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/'));
}
