import { MutationCache, QueryClient } from "@tanstack/react-query";
import createFetchClient from "openapi-fetch";
import createClient from "openapi-react-query";
import { send } from "./fetch.ts";
import type { components, paths } from "./schema.gen.d.ts";

/** A shape of the API, by its name in openapi.json. */
export type Schema<N extends keyof components["schemas"]> = components["schemas"][N];
export type Problem = Schema<"Problem">;

/** The API of this site, one method for each kind of request. Errors are returned as `error`, a `Problem`. */
export const api = createFetchClient<paths>({ baseUrl: location.origin, fetch: send });

/** The same as queries and acts of the cache: `$api.useQuery("get", …)`, `$api.useMutation("post", …)`. */
export const $api = createClient(api);

/** Shown data is asked for again so often while the page is in sight. */
export const every = { second: 1000, fewSeconds: 3000, slowly: 15_000 } as const;

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      // What the browser thinks of the network is no answer: whether the site answers is found by asking it.
      networkMode: "always",
      refetchOnReconnect: true,
      refetchInterval: every.slowly,
      staleTime: every.second,
      // What the API refuses stays refused; what did not answer is asked again by the interval.
      retry: (failures, error) => failures < 2 && !isProblem(error),
    },
    // An act is sent now or not at all: never kept, to be done once the network is back.
    mutations: { networkMode: "always", retry: false },
  },
  // Whatever was done, what is on the screen is asked for again.
  mutationCache: new MutationCache({ onSettled: () => void queryClient.invalidateQueries() }),
});

/** Whether this is an answer of the API's that describes an error, and not the lack of an answer. */
export function isProblem(error: unknown): error is Problem {
  return typeof error === "object" && error !== null && "code" in error && "status" in error;
}
