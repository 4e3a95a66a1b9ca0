import domain from "node:domain";

/**
 * Keeps the framework from running each request in a domain of Node. The first domain of a process turns on hooks around
 * every promise in it, and has the garbage collector tell of each that is gone: a quarter of a busy function's processor time
 * went there. What a domain was for is done here already: every handler's failure is caught and answered. A failure
 * outside of any handler ends the process, by the framework's own rule, and its requests come again.
 */
export function runWithoutDomains(): void {
  domain.create = () => noDomain;
  // The framework asks the present domain for a callback that handlers like ours never call.
  Object.assign(process, { domain: noDomain });
}

/** What the framework uses of a domain. */
const noDomain = { on: () => noDomain, run: call, bind: <F>(callback: F) => callback } as unknown as domain.Domain;

function call(work: () => unknown): unknown {
  return work();
}
