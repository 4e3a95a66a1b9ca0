import { createServer as createHttpServer } from "node:http";
import { createServer, type Server, type Socket } from "node:net";
import type { StackDescription } from "./description.ts";
import { portOf } from "./plan.ts";

/** What listens where a lost Tokyo was: it takes every connection, answers nobody, and counts who comes. */
export type BlackHoles = {
  /** Calls so far, but for softphones, which look on both sites who is in charge. */
  calls(): number;
  close(): Promise<void>;
};

/** Opens them on the addresses of the primary's API, database and inner server, which must be free. */
export async function openBlackHoles({
  sites,
  controls,
}: Pick<StackDescription, "sites" | "controls">): Promise<BlackHoles> {
  let calls = 0;
  const api = createHttpServer((request) => {
    if (request.url?.endsWith("/endpoint")) request.socket.destroy();
    else calls++;
  });
  const silent = () => createServer(() => void calls++);
  const holes = await Promise.all([
    open(api, sites.primary.api),
    open(silent(), sites.primary.firestore),
    open(silent(), controls.primary),
  ]);
  return {
    calls: () => calls,
    close: async () => void (await Promise.all(holes.map((close) => close()))),
  };
}

async function open(server: Server, address: string): Promise<() => Promise<void>> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((listening, failed) => {
    server.once("error", failed);
    server.listen(portOf(address), "127.0.0.1", listening);
  });
  return () =>
    new Promise((closed) => {
      server.close(() => closed());
      for (const socket of sockets) socket.destroy();
    });
}
