import { connect, type Socket } from "node:net";

/** A light HTTP client: it sends ready-made requests over a fixed number of kept connections. */
export type Sender = {
  /** Waits for a free connection, sends, and answers the HTTP status; 0 when the connection was lost. */
  send(request: Buffer): Promise<number>;
  close(): void;
};

const endOfHeaders = Buffer.from("\r\n\r\n");

/** A sender over so many connections to the server at this socket. */
export function createSender(socketPath: string, connections: number): Sender {
  const idle: Connection[] = Array.from({ length: connections }, () => new Connection(socketPath));
  const waiting: ((connection: Connection) => void)[] = [];
  return {
    async send(request) {
      const connection = idle.pop() ?? (await new Promise<Connection>((resolve) => waiting.push(resolve)));
      const status = await connection.send(request);
      const next = waiting.shift();
      if (next) next(connection);
      else idle.push(connection);
      return status;
    },
    close: () => {
      for (const connection of idle) connection.close();
    },
  };
}

/** One kept connection with at most one request in flight; connects again when the server has closed it. */
class Connection {
  readonly #path: string;
  #socket: Socket | undefined;
  #received = Buffer.alloc(0);
  #answer: ((status: number) => void) | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  send(request: Buffer): Promise<number> {
    const { promise, resolve } = Promise.withResolvers<number>();
    this.#answer = resolve;
    this.#socket ??= this.#open();
    this.#socket.write(request);
    return promise;
  }

  close(): void {
    this.#socket?.destroy();
  }

  #open(): Socket {
    const socket = connect(this.#path);
    this.#received = Buffer.alloc(0);
    socket.on("data", (data) => {
      this.#received = this.#received.length === 0 ? data : Buffer.concat([this.#received, data]);
      const status = completeStatus(this.#received);
      if (status !== undefined) this.#finish(status);
    });
    socket.on("error", () => socket.destroy());
    socket.once("close", () => {
      this.#socket = undefined;
      this.#finish(0);
    });
    return socket;
  }

  #finish(status: number): void {
    this.#received = Buffer.alloc(0);
    const answer = this.#answer;
    this.#answer = undefined;
    answer?.(status);
  }
}

/** The status of a response that has come whole; the framework always announces a body's length. */
function completeStatus(received: Buffer): number | undefined {
  const end = received.indexOf(endOfHeaders);
  if (end < 0) return undefined;
  const head = received.toString("latin1", 0, end);
  const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
  return received.length >= end + endOfHeaders.length + length ? Number(head.slice(9, 12)) : undefined;
}

/**
 * Delivers one event until it is acknowledged, as Eventarc does, and answers how often it had to be repeated.
 * @throws when twenty deliveries have failed.
 */
export async function deliver(sender: Sender, request: Buffer): Promise<number> {
  for (let repeated = 0; repeated < 20; repeated++) {
    const status = await sender.send(request);
    if (status >= 200 && status < 300) return repeated;
  }
  throw new Error("an event was refused twenty times");
}
