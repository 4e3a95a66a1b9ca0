import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import openapiTS, { astToString, type OpenAPI3 } from "openapi-typescript";
import { describeRoutes } from "../shared/domain/api/openapi.ts";
import { routes } from "../shared/domain/api/routes.ts";

/** Writes the types of the API, from the description that the API itself gives; leaves them alone if nothing changed. */
async function generate(file: URL): Promise<void> {
  const description = JSON.parse(JSON.stringify(describeRoutes(routes)), asUsed) as OpenAPI3;
  const types = astToString(await openapiTS(description));
  mkdirSync(new URL(".", file), { recursive: true });
  if (read(file) !== types) writeFileSync(file, types);
}

/** The description as the client sees it: it adds the key to every act itself, and takes what may come as a file as JSON or a blob. */
function asUsed(name: string, value: unknown): unknown {
  if (name === "parameters" && Array.isArray(value)) {
    return value.filter(({ $ref }) => $ref !== "#/components/parameters/IdempotencyKey");
  }
  if (name === "content" && typeof value === "object" && value !== null && "application/json" in value) {
    return { "application/json": value["application/json"] };
  }
  return value;
}

function read(file: URL): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

await generate(new URL("src/api/schema.gen.d.ts", import.meta.url));
