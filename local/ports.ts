import { randomInt } from "node:crypto";
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

/** Below the ports that systems give out by themselves: one of those may be taken before its server is up. */
const free = { from: 10_000, to: 32_000 };

/**
 * The ports to listen on, all on 127.0.0.1: fixed distances from `base`, or from a free one when it is 0.
 * @throws StartError when one of the fixed ports is taken.
 */
export async function assignPorts(base: number): Promise<Ports> {
  if (base !== 0) return portsFrom(base);
  for (let tries = 1; ; tries++) {
    try {
      return await portsFrom(randomInt(free.from, free.to));
    } catch (error) {
      if (tries === 50) throw error;
    }
  }
}

async function portsFrom(base: number): Promise<Ports> {
  const ports = Object.entries(offsets).map(([name, offset]) => [name, base + offset] as const);
  const held: Server[] = [];
  try {
    for (const [, port] of ports) held.push(await listenOn(port));
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
