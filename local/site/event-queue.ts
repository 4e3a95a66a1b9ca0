/** One event on its way to a function: CloudEvent headers, and the body exactly as the function gets it. */
export type QueuedEvent = { headers: Record<string, string>; body: Buffer; tenant: string | undefined };

/** What a test may do to delivery. Chances are 0 to 1; `shuffle` delivers in random order within short windows. */
export type Faults = { duplicate: number; drop: number; delayMs: number; shuffle: boolean };

/** Events since the start, and those now on their way. `dropped` ones were lost by a fault or grew too old. */
export type QueueCounts = {
  received: number;
  pending: number;
  delivered: number;
  retried: number;
  dropped: number;
  oversize: number;
  duplicated: number;
};

export type QueueOptions = {
  /** Resolves to the HTTP status of one delivery, 0 for no answer; anything but 2xx is tried again. */
  deliver: (event: QueuedEvent) => Promise<number>;
  /** Deliveries in flight at once. */
  concurrency: number;
  /** The faults to apply to an event now. */
  faultsFor?: (event: QueuedEvent) => Faults | undefined;
  retry?: { firstMs: number; capMs: number; maximumAgeMs: number };
  /** How long a shuffled event waits for others to change places with. */
  shuffleWindowMs?: number;
  random?: () => number;
};

/** Eventarc retries for 24 hours; its 10 to 600 seconds between attempts are scaled down. */
const defaultRetry = { firstMs: 250, capMs: 10_000, maximumAgeMs: 24 * 3600_000 };

/** What one event may weigh, body and attributes together (Eventarc's quota). */
const maximumEventBytes = 512 * 1024;

type Delivery = { event: QueuedEvent; attempts: number; receivedAt: number };

/**
 * Eventarc's delivery of one trigger's events: at least once, many at a time, without order, each retried
 * with growing pauses until the function accepts it. Holds events in memory only.
 */
export class EventQueue {
  readonly #options: Required<Omit<QueueOptions, "faultsFor">> & Pick<QueueOptions, "faultsFor">;
  readonly #counts: Omit<QueueCounts, "received" | "pending"> = {
    delivered: 0,
    retried: 0,
    dropped: 0,
    oversize: 0,
    duplicated: 0,
  };
  readonly #tenants = new Map<string | undefined, { received: number; pending: number }>();
  #ready: Delivery[] = [];
  #head = 0;
  #inFlight = 0;
  #window: Delivery[] = [];

  constructor(options: QueueOptions) {
    this.#options = { retry: defaultRetry, shuffleWindowMs: 50, random: Math.random, ...options };
  }

  /** Takes an event over; it is delivered, retried or counted as lost without the caller's doing. */
  push(event: QueuedEvent): void {
    const { random, faultsFor } = this.#options;
    this.#tenant(event).received++;
    if (weigh(event) > maximumEventBytes) {
      this.#counts.oversize++;
      return;
    }
    const faults = faultsFor?.(event);
    if (faults !== undefined && random() < faults.drop) {
      this.#counts.dropped++;
      return;
    }
    this.#admit(event, faults);
    if (faults !== undefined && random() < faults.duplicate) {
      this.#counts.duplicated++;
      this.#admit(event, faults);
    }
  }

  /** The counts; with a tenant, `received` and `pending` are of that tenant's events only. */
  counts(tenant?: string): QueueCounts {
    const sum = { received: 0, pending: 0 };
    for (const [owner, { received, pending }] of this.#tenants) {
      if (tenant !== undefined && owner !== tenant) continue;
      sum.received += received;
      sum.pending += pending;
    }
    return { ...sum, ...this.#counts };
  }

  #tenant({ tenant }: QueuedEvent): { received: number; pending: number } {
    const known = this.#tenants.get(tenant);
    if (known !== undefined) return known;
    const fresh = { received: 0, pending: 0 };
    this.#tenants.set(tenant, fresh);
    return fresh;
  }

  #admit(event: QueuedEvent, faults: Faults | undefined): void {
    const delivery = { event, attempts: 0, receivedAt: Date.now() };
    this.#tenant(event).pending++;
    const release = () => (faults?.shuffle ? this.#hold(delivery) : this.#enqueue(delivery));
    if (faults === undefined || faults.delayMs === 0) release();
    else setTimeout(release, this.#options.random() * faults.delayMs);
  }

  #hold(delivery: Delivery): void {
    this.#window.push(delivery);
    if (this.#window.length > 1) return;
    setTimeout(() => {
      const held = this.#window;
      this.#window = [];
      for (let last = held.length; last > 0; last--) {
        const [chosen] = held.splice(Math.floor(this.#options.random() * last), 1);
        if (chosen !== undefined) this.#enqueue(chosen);
      }
    }, this.#options.shuffleWindowMs);
  }

  #enqueue(delivery: Delivery): void {
    this.#ready.push(delivery);
    this.#dispatch();
  }

  #dispatch(): void {
    while (this.#inFlight < this.#options.concurrency) {
      const next = this.#ready[this.#head];
      if (next === undefined) break;
      this.#head++;
      this.#inFlight++;
      void this.#attempt(next);
    }
    // Shifting an array of thousands for every event would cost more than the delivery.
    if (this.#head > 1000 || this.#head === this.#ready.length) {
      this.#ready = this.#ready.slice(this.#head);
      this.#head = 0;
    }
  }

  async #attempt(delivery: Delivery): Promise<void> {
    const status = await this.#options.deliver(delivery.event).catch(() => 0);
    this.#inFlight--;
    if (status >= 200 && status < 300) this.#finish(delivery, "delivered");
    else this.#retry(delivery);
    this.#dispatch();
  }

  #retry(delivery: Delivery): void {
    const { firstMs, capMs, maximumAgeMs } = this.#options.retry;
    if (Date.now() - delivery.receivedAt > maximumAgeMs) {
      this.#finish(delivery, "dropped");
      return;
    }
    this.#counts.retried++;
    const pauseMs = Math.min(capMs, firstMs * 2 ** delivery.attempts) * (0.5 + this.#options.random() / 2);
    setTimeout(() => this.#enqueue({ ...delivery, attempts: delivery.attempts + 1 }), pauseMs);
  }

  #finish({ event }: Delivery, how: "delivered" | "dropped"): void {
    this.#counts[how]++;
    this.#tenant(event).pending--;
  }
}

function weigh({ headers, body }: QueuedEvent): number {
  return Object.entries(headers).reduce((sum, [name, value]) => sum + name.length + value.length, body.length);
}
