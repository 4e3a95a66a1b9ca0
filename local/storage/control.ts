import type { IncomingMessage } from "node:http";
import { z } from "zod";
import { readBody } from "../site/http.ts";
import { StorageError } from "./errors.ts";
import { type Faults, fault, faultScope } from "./faults.ts";
import type { Answer } from "./json.ts";
import type { Signer } from "./signing.ts";
import type { Store } from "./store.ts";

const permissionsBody = z.strictObject({ permissions: z.array(z.string()).optional() });
const lossBody = z.strictObject({ how: z.enum(["unavailable", "reset", "hang"]) });
const blobBody = z.object({ payload: z.base64() });

type Control = { store: Store; faults: Faults; signer: Signer };

/**
 * The switches for tests and demos, and signing:
 * `PUT /_faults`, `DELETE /_faults?bucket=…` (none of its parameters: all faults); `PUT /_permissions/{bucket}` (none: everything);
 * `PUT` and `DELETE /_locations/{location}`; `GET /_signer`; `POST /v1/projects/-/serviceAccounts/{email}:signBlob`.
 * Undefined when the request is for the service itself.
 */
export async function answerControl(control: Control, request: IncomingMessage): Promise<Answer | undefined> {
  const url = request.url ?? "";
  if (!url.startsWith("/_") && !url.startsWith("/v1/projects/-/serviceAccounts/")) return undefined;
  const { pathname, searchParams } = new URL(url, "http://local");
  const [first = "", second = ""] = pathname.slice(1).split("/");
  const read = async <T>(schema: z.ZodType<T>): Promise<T> => parse(schema, await readBody(request));
  const { store, faults, signer } = control;
  switch (`${request.method} ${first}`) {
    case "PUT _faults":
      faults.put(await read(fault));
      return { status: 204 };
    case "DELETE _faults":
      faults.clear(faultScope.parse(Object.fromEntries(searchParams)));
      return { status: 204 };
    case "PUT _permissions":
      store.changeBucket(decodeURIComponent(second), { permissions: (await read(permissionsBody)).permissions });
      return { status: 204 };
    case "PUT _locations":
      store.lose(second.toUpperCase(), (await read(lossBody)).how);
      return { status: 204 };
    case "DELETE _locations":
      store.restore(second.toUpperCase());
      return { status: 204 };
    case "GET _signer":
      return {
        status: 200,
        body: { client_email: "signer@hikae-local.iam.gserviceaccount.com", private_key: signer.privateKey },
      };
    case "POST v1": {
      if (!pathname.endsWith(":signBlob")) break;
      const { payload } = await read(blobBody);
      return {
        status: 200,
        body: { keyId: "local", signedBlob: signer.sign(Buffer.from(payload, "base64")).toString("base64") },
      };
    }
  }
  throw new StorageError("notFound", `${request.method} ${pathname} is no switch`);
}

function parse<T>(schema: z.ZodType<T>, body: Buffer): T {
  try {
    return schema.parse(JSON.parse(body.toString()));
  } catch (error) {
    throw new StorageError("invalid", error instanceof z.ZodError ? z.prettifyError(error) : String(error));
  }
}
