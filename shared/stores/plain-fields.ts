import { type Fields, microseconds, typeOf, type Value } from "../domain/value.ts";

/** Fields in wire form as plain values; what has no plain form, such as a reference or a point, is left as it is. */
export function plainFields(fields: Fields): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, plainValue(value)]));
}

function plainValue(value: Value): unknown {
  switch (typeOf(value)) {
    case "stringValue":
      return value.stringValue;
    case "integerValue":
      return Number(value.integerValue);
    case "doubleValue":
      return value.doubleValue;
    case "booleanValue":
      return value.booleanValue;
    case "nullValue":
      return null;
    case "timestampValue":
      return new Date(Math.floor(microseconds(value.timestampValue ?? {}) / 1000));
    case "mapValue":
      return plainFields(value.mapValue?.fields ?? {});
    case "arrayValue":
      return (value.arrayValue?.values ?? []).map(plainValue);
    default:
      return value;
  }
}
