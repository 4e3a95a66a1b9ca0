import { createServer, type Server } from "node:net";
import { StartError } from "./start-error.ts";

/** Every port of the local cloud, as its distance from the port base. */
const offsets = {
  "primary.api": 0,
  "secondary.api": 1,
  "primary.firestore": 2,
  "secondary.firestore": 3,
  pubsub: 4,
  issuer: 5,
  "primary.run": 6,
  "secondary.run": 7,
  "primary.control": 8,
  "secondary.control": 9,
  storage: 10,
  scheduler: 11,
  smtp: 12,
  inbox: 13,
  telephony: 14,
  schedulerSwitches: 15,
  recordings: 16,
} as const;

type PortName = keyof typeof offsets;
export type Ports = Record<PortName, number>;

export const defaultPortBase = 4400;

/**
 * The ports to listen on, all on 127.0.0.1: fixed distances from `base`, or any free ports when it is 0.
 * @throws StartError when one of the fixed ports is taken.
 */
export async function assignPorts(base: number): Promise<Ports> {
  const names = Object.keys(offsets) as PortName[];
  // All are held open until the last is known, so that no free port is given out twice.
  const held: Server[] = [];
  try {
    const ports: [PortName, number][] = [];
    for (const name of names) {
      const server = await listenOn(base === 0 ? 0 : base + offsets[name]);
      held.push(server);
      const address = server.address();
      if (address === null || typeof address === "string") throw new Error("a TCP server has a port");
      ports.push([name, address.port]);
    }
    return Object.fromEntries(ports) as Ports;
  } finally {
    await Promise.all(held.map((server) => new Promise((closed) => server.close(closed))));
  }
}

function listenOn(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => {
      const taken = `ポート ${port} は使用できません。--port-base で変えられます / Port ${port} cannot be used (${error.code}); choose other ports with --port-base`;
      reject(new StartError(taken));
    });
    server.listen({ host: "127.0.0.1", port, exclusive: true }, () => resolve(server));
  });
}
