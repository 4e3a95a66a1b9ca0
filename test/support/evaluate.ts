import { readFileSync } from "node:fs";
import { type Expression, Opened, type Scope, segmentsOf, Unknown } from "./hcl.ts";

type Values = Record<string, unknown>;
const isObject = (value: unknown): value is Values =>
  typeof value === "object" &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof Unknown) &&
  !(value instanceof Opened);

/**
 * The value of an expression. What only a cloud knows is `Unknown`.
 * @throws Error for a name, an attribute or a function that is not there, as Terraform would.
 */
export function evaluate(expression: Expression, scope: Scope): unknown {
  const { type, children } = expression;
  const inner = (index: number) => evaluate(at(children, index), scope);
  switch (type) {
    case "":
    case "templateWrap":
      return inner(0);
    case "literalValue":
      return literal(expression);
    case "template":
      return template(children.map((child) => evaluate(child, scope)));
    case "tuple":
      return children.map((child) => evaluate(child, scope));
    case "object":
      return objectOf(children, scope);
    case "scopeTraversal": {
      const [name = "", ...path] = segmentsOf(expression);
      const { value, taken } = scope(name, path);
      return path.slice(taken).reduce(attributeOf, value);
    }
    case "relativeTraversal":
      return segmentsOf(expression).reduce(attributeOf, inner(0));
    case "index":
      return attributeOf(inner(0), String(inner(1)));
    case "splat":
      return splat(expression, inner(0));
    case "conditional":
      return inner(0) === true ? inner(1) : inner(2);
    case "unaryOp":
      return expression.meta.operator === "logicalNot" ? !inner(0) : -Number(inner(0));
    case "binaryOp":
      return binary(String(expression.meta.operator), inner(0), () => inner(1));
    case "for":
      return forOf(expression, scope);
    case "function":
      return call(expression, scope);
    default:
      throw new Error(`cannot evaluate ${type}: ${expression.source}`);
  }
}

function at<T>(list: readonly T[], index: number): T {
  const found = list[index];
  if (found === undefined) throw new Error("an expression lacks a part");
  return found;
}

function literal({ meta }: Expression): unknown {
  const text = String(meta.value);
  if (meta.type === "number") return Number(text);
  if (meta.type === "bool") return text === "true";
  if (meta.type === "dynamic") return null;
  return text.replace(/\\(["\\n])/g, (_, character) => (character === "n" ? "\n" : character));
}

const template = (parts: unknown[]): string =>
  parts
    .map((part) => {
      if (part === null || part === undefined || isObject(part)) throw new Error(`no text: ${JSON.stringify(part)}`);
      return String(part);
    })
    .join("");

/** The attribute or element of that name. */
export function attributeOf(value: unknown, name: string): unknown {
  if (value instanceof Unknown) return new Unknown(`${value.address}.${name}`);
  if (value instanceof Opened) {
    const address = `${value.address}.${name}`;
    const own = (value.value as Values | undefined)?.[name];
    if (own === undefined) return new Unknown(address);
    return typeof own === "object" && own !== null && !(own instanceof Unknown) ? new Opened(address, own) : own;
  }
  if (Array.isArray(value) && value[Number(name)] !== undefined) return value[Number(name)];
  if (isObject(value) && Object.hasOwn(value, name)) return value[name];
  throw new Error(`there is no ${name} in ${JSON.stringify(value)?.slice(0, 200)}`);
}

function splat({ meta, children }: Expression, source: unknown): unknown[] {
  const list = source === null ? [] : Array.isArray(source) ? source : [source];
  const each = at(children, 1);
  return list.map((item) => (meta.eachExpression === "[*]" ? item : segmentsOf(each).reduce(attributeOf, item)));
}

function objectOf(children: readonly Expression[], scope: Scope): Values {
  const entries: [string, unknown][] = [];
  for (let index = 0; index < children.length; index += 2) {
    const key = at(children, index);
    const name = key.children.length === 0 ? key.source : String(evaluate(at(key.children, 0), scope));
    entries.push([name, evaluate(at(children, index + 1), scope)]);
  }
  return Object.fromEntries(entries);
}

function binary(operator: string, left: unknown, right: () => unknown): unknown {
  switch (operator) {
    case "equal":
      return JSON.stringify(left) === JSON.stringify(right());
    case "notEqual":
      return JSON.stringify(left) !== JSON.stringify(right());
    case "logicalAnd":
      return left === true && right() === true;
    case "logicalOr":
      return left === true || right() === true;
    case "multiply":
      return Number(left) * Number(right());
    case "divide":
      return Number(left) / Number(right());
    case "modulo":
      return Number(left) % Number(right());
    case "add":
      return Number(left) + Number(right());
    case "subtract":
      return Number(left) - Number(right());
    case "greaterThan":
      return Number(left) > Number(right());
    case "lessThan":
      return Number(left) < Number(right());
    default:
      throw new Error(`cannot evaluate the operator ${operator}`);
  }
}

/** The keys and values of a list or an object. */
const entriesOf = (value: unknown): [unknown, unknown][] => {
  if (Array.isArray(value)) return [...value.entries()];
  if (isObject(value)) return Object.entries(value);
  throw new Error(`cannot go through ${String(value)}`);
};

function forOf({ meta, children, source }: Expression, scope: Scope): unknown {
  const isMap = source.startsWith("{");
  const results: [string, unknown][] = [];
  for (const [key, value] of entriesOf(evaluate(at(children, 0), scope))) {
    const inside: Scope = (name, path) => {
      if (name === meta.valVar) return { value, taken: 0 };
      if (name === meta.keyVar && meta.keyVar !== "") return { value: key, taken: 0 };
      return scope(name, path);
    };
    const [first, second, third] = children.slice(1).map((child) => () => evaluate(child, inside));
    const condition = isMap ? third : second;
    if (condition && condition() !== true) continue;
    results.push(isMap ? [String(first?.()), second?.()] : ["", first?.()]);
  }
  if (!isMap) return results.map(([, value]) => value);
  const keys = results.map(([key]) => key);
  if (meta.groupedValue === true) {
    return Object.fromEntries(keys.map((key) => [key, results.filter(([k]) => k === key).map(([, value]) => value)]));
  }
  if (new Set(keys).size < keys.length) throw new Error(`a key comes twice: ${source}`);
  return Object.fromEntries(results);
}

function call({ meta, children }: Expression, scope: Scope): unknown {
  const name = String(meta.name);
  if (name === "try") return firstThatWorks(children, scope);
  if (name === "can") return firstThatWorks(children, scope, false) !== false;
  const values = children.map((child) => evaluate(child, scope));
  const given =
    meta.expandedFinalArgument === true ? [...values.slice(0, -1), ...(values.at(-1) as unknown[])] : values;
  const known = functions[name];
  if (!known) throw new Error(`cannot call ${name}`);
  return known(...given);
}

function firstThatWorks(children: readonly Expression[], scope: Scope, otherwise?: unknown): unknown {
  let failure: unknown = new Error("try has nothing to try");
  for (const child of children) {
    try {
      return evaluate(child, scope);
    } catch (error) {
      failure = error;
    }
  }
  if (otherwise !== undefined) return otherwise;
  throw failure;
}

const list = (value: unknown) => value as unknown[];
const plain = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_, part) => (part instanceof Unknown ? String(part) : part)));

/** The functions of Terraform that are used. */
const functions: Record<string, (...given: unknown[]) => unknown> = {
  file: (path) => readFileSync(String(path), "utf8"),
  jsondecode: (text) => JSON.parse(String(text)),
  jsonencode: (value) => JSON.stringify(plain(value)),
  values: (map) =>
    Object.keys(map as Values)
      .toSorted()
      .map((key) => (map as Values)[key]),
  keys: (map) => Object.keys(map as Values).toSorted(),
  join: (between, parts) => list(parts).map(String).join(String(between)),
  concat: (...lists) => lists.flatMap(list),
  flatten: (lists) => list(lists).flat(Number.POSITIVE_INFINITY),
  merge: (...maps) => Object.assign({}, ...(maps as Values[])),
  lookup: (map, key, otherwise) => (map as Values)[String(key)] ?? otherwise,
  contains: (all, one) => list(all).includes(one),
  toset: (all) => Object.fromEntries(list(all).map((one) => [String(one), one])),
  one: (all) => list(all)[0] ?? null,
  floor: (number) => Math.floor(Number(number)),
  replace: (text, old, replacement) => String(text).replaceAll(String(old), String(replacement)),
  length: (all) => (isObject(all) ? Object.keys(all).length : list(all).length),
  coalesce: (...all) => all.find((one) => one !== null && one !== undefined && one !== ""),
  setproduct: (first, second) => list(first).flatMap((a) => list(second).map((b) => [a, b])),
};
