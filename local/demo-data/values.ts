import type { GeoPoint, Timestamp, VectorValue } from "@google-cloud/firestore";

/** A Firestore reference before it is known which database it points into: the path alone. */
export class DocumentPath {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }
}

/** A value of any Firestore type; whole numbers are int64, all other numbers double, a bigint always int64. */
export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Timestamp
  | Uint8Array
  | DocumentPath
  | GeoPoint
  | VectorValue
  | Value[]
  | Fields;
export type Fields = { [field: string]: Value };

/** One document by its path from the root of a database, such as `tenants/acme/phones/phone-0001`. */
export type DemoDocument = { path: string; data: Fields };
