import fc from "fast-check";
import { hostileText, hostileValue } from "./hostile.ts";
import { resolved, type Schema } from "./schema.ts";

/** Values that mean something to the tenant asked about, by the name of the parameter or field. */
export type Known = Readonly<Record<string, readonly unknown[]>>;

/** Names whose values are taken from the known ones alone: any other could reach beyond the tenants of the trial. */
const onlyKnown = new Set(["tenants", "name"]);

/** A value that the schema admits, its bounds more often than what lies between. */
export function valid(schema: Schema, known: Known, name = ""): fc.Arbitrary<unknown> {
  const made = validOf(resolved(schema), known);
  const values = Object.hasOwn(known, name) ? (known[name] ?? []) : [];
  if (values.length === 0) return made;
  if (onlyKnown.has(name)) return fc.constantFrom(...values);
  return fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...values) }, { weight: 1, arbitrary: made });
}

function validOf(schema: Schema, known: Known): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map((each) => valid(each, known)));
  if (Array.isArray(schema.type)) return fc.oneof(...schema.type.map((type) => validOf({ ...schema, type }, known)));
  switch (schema.type) {
    case "object":
      return objects(schema, known);
    case "array":
      return arrays(schema, known);
    case "integer":
    case "number":
      return numbers(schema);
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "string":
      return strings(schema);
    default:
      return fc.jsonValue({ maxDepth: 1 });
  }
}

function objects(schema: Schema, known: Known): fc.Arbitrary<unknown> {
  const { properties, required = [], additionalProperties, propertyNames } = schema;
  if (properties === undefined) {
    const items = typeof additionalProperties === "object" ? additionalProperties : {};
    return fc.dictionary(strings(propertyNames ?? {}), valid(items, known), { maxKeys: 3 });
  }
  const fields = Object.entries(properties).map(([name, field]) => [name, valid(field, known, name)]);
  return fc.record(Object.fromEntries(fields), { requiredKeys: required as never[], noNullPrototype: true });
}

function arrays({ items = {}, minItems = 0, maxItems = 4 }: Schema, known: Known): fc.Arbitrary<unknown> {
  return fc.array(valid(items, known), { minLength: minItems, maxLength: Math.min(maxItems, Math.max(4, minItems)) });
}

function numbers({ type, minimum = -1000, maximum = 1000 }: Schema): fc.Arbitrary<unknown> {
  const bounds = fc.constantFrom(minimum, maximum);
  return fc.oneof(bounds, type === "integer" ? fc.integer({ min: minimum, max: maximum }) : fc.double({ noNaN: true }));
}

/** Texts that are awkward but right wherever a text is. */
const sampleTexts = ["a", "0", "電話", "=1+1", "constructor", "__proto__", "a@b.example", "+81312345678", "'\"<&>"];
const sampleTimes = ["0000-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z"];

function strings(schema: Schema): fc.Arbitrary<string> {
  const { minLength = 0, maxLength = 300, pattern, format } = schema;
  const fits = (text: string) => text.length >= minLength && text.length <= maxLength;
  if (format === "date-time") {
    const dates = fc.date({ min: new Date(0), max: new Date("2100-01-01"), noInvalidDate: true });
    return fc.oneof(
      dates.map((date) => date.toISOString()),
      fc.constantFrom(...sampleTimes),
    );
  }
  if (format === "uri") return fc.constantFrom("https://a.example/", "http://127.0.0.1:1/x?y#z", "urn:a:b");
  if (pattern !== undefined) return matching(pattern, fits);
  const bounds = [minLength, Math.min(maxLength, 6000)].map((length) => "x".repeat(length));
  return fc.oneof(
    fc.constantFrom(...sampleTexts.filter(fits), ...bounds),
    fc.string({ unit: "grapheme", minLength, maxLength: Math.min(maxLength, 60) }).filter(fits),
    // A filter that little passes would search for ever.
    ...(minLength <= 1 ? [hostileText.filter(fits)] : []),
  );
}

/** Of that pattern; where it has parts that no generator knows, one of the samples. */
function matching(pattern: string, fits: (text: string) => boolean): fc.Arbitrary<string> {
  const expression = new RegExp(pattern, "u");
  try {
    return fc.stringMatching(expression, { size: "-1" }).filter(fits);
  } catch {
    const found = [...sampleTexts, "x".repeat(22)].filter((text) => expression.test(text) && fits(text));
    return found.length > 0 ? fc.constantFrom(...found) : fc.constant("x");
  }
}

/** A value with one thing wrong with it: a type, a bound, a field too many or too few, another word, null. */
export function nearlyValid(schema: Schema, known: Known, name = ""): fc.Arbitrary<unknown> {
  const found = resolved(schema);
  const whole = valid(found, known, name);
  const wrongType = fc.constantFrom<unknown[]>(null, true, 0, 1.5, "", "x", [], {}, [null], { a: 1 });
  if (found.properties) return fc.oneof({ weight: 5, arbitrary: wrongObjects(found, known, whole) }, wrongType);
  if (found.enum || found.const !== undefined) {
    const wrongWord = whole.map((word) => (typeof word === "string" ? word.toUpperCase() : [word]));
    return fc.oneof(wrongWord, wrongType, hostileText);
  }
  const { maxLength, maxItems, minimum, maximum, items } = found;
  return fc.oneof(
    wrongType,
    hostileValue,
    ...(maxLength === undefined ? [] : [fc.constantFrom("x".repeat(maxLength + 1), "あ".repeat(maxLength + 1))]),
    ...(minimum === undefined ? [] : [fc.constant(minimum - 1)]),
    ...(maximum === undefined ? [] : [fc.constantFrom(maximum + 1, 1e308, 0.5)]),
    ...(items === undefined ? [] : [nearlyValid(items, known).map((item) => [item])]),
    ...(maxItems === undefined ? [] : [fc.constant(Array(maxItems + 1).fill("x"))]),
    whole.map((value) => [value]),
  );
}

function wrongObjects({ properties = {}, required = [] }: Schema, known: Known, whole: fc.Arbitrary<unknown>) {
  const names = Object.keys(properties);
  const changed = names.map((name) =>
    fc
      .tuple(whole, nearlyValid(properties[name] ?? {}, known, name))
      .map(([value, wrong]) => withField(value as object, name, wrong)),
  );
  const without = required.map((name) => whole.map((value) => withField(value as object, name, undefined)));
  const more = fc
    .tuple(whole, fc.constantFrom("x", "__proto__", "constructor", "toString", ""), hostileValue)
    .map(([value, name, extra]) => withField(value as object, name, extra));
  return fc.oneof(...changed, ...without, more);
}

/** The object with that field as its own, whatever the field is called. */
function withField(value: object, name: string, field: unknown): object {
  const fields = Object.entries(value).filter(([other]) => other !== name);
  return Object.fromEntries(field === undefined ? fields : [...fields, [name, field]]);
}
