import { evaluate } from "./evaluate.ts";
import { type Expression, type Scope, Unknown } from "./hcl.ts";

type Values = Record<string, unknown>;

/**
 * A value as a variable of that type takes it: what is optional gets its default, and what the type does not name is dropped.
 * @throws Error where the type is another.
 */
export function conform(type: Expression, value: unknown, where: string): unknown {
  const name = type.type === "function" ? String(type.meta.name) : type.source;
  const inner = type.children[0];
  if (value instanceof Unknown || name === "any" || (name === "bool" && typeof value === "boolean")) return value;
  if ((name === "string" || name === "number") && typeof value === name) return value;
  if (name === "list" && inner && Array.isArray(value))
    return value.map((one, index) => conform(inner, one, `${where}[${index}]`));
  if (typeof value === "object" && value !== null && inner) {
    if (name === "map") return mapped(value as Values, (key, one) => conform(inner, one, `${where}.${key}`));
    if (name === "object") return object(inner, value as Values, where);
  }
  throw new Error(`${where} is no ${type.source}: ${JSON.stringify(value)}`);
}

/** What a default may name. */
const nothing: Scope = (name) => {
  throw new Error(`a default names ${name}`);
};

const mapped = (values: Values, made: (key: string, value: unknown) => unknown): Values =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, made(key, value)]));

function object({ children }: Expression, value: Values, where: string): Values {
  const fields: [string, unknown][] = [];
  for (let index = 0; index < children.length; index += 2) {
    const [key, type] = [children[index]?.source ?? "", children[index + 1]];
    if (!type) throw new Error(`${where}.${key} has no type`);
    fields.push([key, field(type, value[key], `${where}.${key}`)]);
  }
  return Object.fromEntries(fields);
}

function field(type: Expression, value: unknown, where: string): unknown {
  if (type.meta.name !== "optional") return conform(type, value, where);
  const [inner, otherwise] = type.children;
  if (value !== undefined && value !== null && inner) return conform(inner, value, where);
  return otherwise ? evaluate(otherwise, nothing) : null;
}
