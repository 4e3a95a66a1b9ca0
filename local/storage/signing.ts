import {
  createHash,
  createPublicKey,
  createSign,
  createVerify,
  generateKeyPairSync,
  type KeyObject,
} from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { join } from "node:path";
import { StorageError } from "./errors.ts";

/**
 * The one key of all service accounts of this machine. As on Google Cloud it can be used without being had, through the IAM
 * Credentials API (`POST /v1/projects/-/serviceAccounts/EMAIL:signBlob`), which this stand-in answers too; for clients
 * that insist on a key, `GET /_signer` gives it. It stays the same until the stored objects are gone.
 */
export class Signer {
  readonly #directory: string;
  #keys: { privateKey: string; publicKey: KeyObject } | undefined;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** The private key, in PEM. */
  get privateKey(): string {
    return this.#ready().privateKey;
  }

  /** The RSA-SHA256 signature of these bytes. */
  sign(bytes: Buffer): Buffer {
    return createSign("RSA-SHA256").update(bytes).sign(this.#ready().privateKey);
  }

  /**
   * Lets a request of the XML API through when its URL is signed (V4) for this method, path and parameters, and has not expired.
   * @throws StorageError as the service would: 400 when it has expired, 403 otherwise.
   */
  check(request: IncomingMessage, now: number): void {
    const [path = "", search = ""] = (request.url ?? "").split("?");
    const query = new URLSearchParams(search);
    if (query.get("X-Goog-Algorithm") !== "GOOG4-RSA-SHA256") {
      throw new StorageError("forbidden", "Anonymous caller does not have storage.objects access to the object.");
    }
    const signedAt = timeOf(query.get("X-Goog-Date") ?? "");
    const seconds = Number(query.get("X-Goog-Expires"));
    if (!(seconds > 0 && seconds <= 7 * 24 * 3600))
      throw new StorageError("invalid", "X-Goog-Expires must be up to 604800.");
    if (now > signedAt + seconds * 1000) throw new StorageError("expiredToken", "The provided token has expired.");
    // Clients leave the port out of the host they sign, though it is in the header they send.
    const host = request.headers.host ?? "";
    const signed = [host, host.replace(/:\d+$/, "")].some((name) => this.#verifies(request, name, path, query));
    if (!signed) throw new StorageError("signatureDoesNotMatch", "Access denied.");
  }

  #verifies({ method = "", headers }: IncomingMessage, host: string, path: string, query: URLSearchParams): boolean {
    const names = (query.get("X-Goog-SignedHeaders") ?? "").split(";");
    const canonicalHeaders = names.map(
      (name) => `${name}:${name === "host" ? host : tidy(`${headers[name] ?? ""}`)}\n`,
    );
    const parameters = [...query]
      .filter(([name]) => name !== "X-Goog-Signature")
      .map(([name, value]) => [encoded(name), encoded(value)])
      .sort(([a = ""], [b = ""]) => (a < b ? -1 : 1))
      .map(([name, value]) => `${name}=${value}`);
    const payload = headers["x-goog-content-sha256"] ?? "UNSIGNED-PAYLOAD";
    const canonical = [method, path, parameters.join("&"), canonicalHeaders.join(""), names.join(";"), payload].join(
      "\n",
    );
    const scope = (query.get("X-Goog-Credential") ?? "").split("/").slice(1).join("/");
    const digest = createHash("sha256").update(canonical).digest("hex");
    const text = ["GOOG4-RSA-SHA256", query.get("X-Goog-Date"), scope, digest].join("\n");
    const signature = Buffer.from(query.get("X-Goog-Signature") ?? "", "hex");
    return createVerify("RSA-SHA256").update(text).verify(this.#ready().publicKey, signature);
  }

  #ready(): { privateKey: string; publicKey: KeyObject } {
    if (this.#keys === undefined) {
      const privateKey = keyIn(join(this.#directory, "signing-key.pem"));
      this.#keys = { privateKey, publicKey: createPublicKey(privateKey) };
    }
    return this.#keys;
  }
}

function keyIn(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const text = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    writeFileSync(path, text, { mode: 0o600 });
    return text;
  }
}

function timeOf(text: string): number {
  const found = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (found === null) throw new StorageError("invalid", "Invalid X-Goog-Date.");
  const [year, month, day, hour, minute, second] = found.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

function tidy(value: string): string {
  return value.trim().replace(/\s{2,}/g, " ");
}

function encoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (found) => `%${found.charCodeAt(0).toString(16).toUpperCase()}`);
}
