/** A primary that is slower than this does not answer, for whoever waits to leave it. */
const patienceMilliseconds = 1500;

/** Whether the primary says of itself that it works; any other answer, and none in 1.5 s, means that it does not. */
export function createPrimaryProbe(url: string): () => Promise<boolean> {
  return async () => {
    try {
      const answer = await fetch(`${url}/v1/health`, { signal: AbortSignal.timeout(patienceMilliseconds) });
      await answer.body?.cancel();
      return answer.ok;
    } catch {
      return false;
    }
  };
}
