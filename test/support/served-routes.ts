import { once } from "node:events";
import type { AddressInfo } from "node:net";
import * as framework from "@google-cloud/functions-framework";
import { getTestServer } from "@google-cloud/functions-framework/testing";
import type { Route } from "../../shared/domain/api/route.ts";
import { type HttpApp, serveRoutes } from "../../shared/runtime/http.ts";
import { takeBodiesUnparsed } from "../../shared/runtime/http-body.ts";
import { traceOf } from "../../shared/runtime/trace.ts";

/** These routes under the functions framework, as a function of that name, with no more around them. */
export async function startServedRoutes(
  name: string,
  routes: readonly Route[],
  app: HttpApp,
): Promise<{ url: string; stop(): void }> {
  takeBodiesUnparsed();
  const serve = serveRoutes(routes);
  framework.http(name, async (request, response) => void (await serve(app, request, response, traceOf(request))));
  const server = getTestServer(name);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}
