import type { Route } from "../domain/api/route.ts";

/** A route with what stands in its `{name}` places, or the methods that the path takes: none for an unknown path. */
type Match = { route: Route; params: Record<string, string> } | { allowed: string[] };

/** Finds the route of that method and path. HEAD is served as GET. */
export function matchRoute(routes: readonly Route[], method: string, path: string): Match {
  const there = routes.flatMap((route) => {
    const params = matchPath(route.path, path);
    return params ? [{ route, params }] : [];
  });
  const wanted = method === "HEAD" ? "GET" : method;
  const allowed = there.flatMap(({ route }) => (route.method === "GET" ? ["GET", "HEAD"] : [route.method]));
  return there.find(({ route }) => route.method === wanted) ?? { allowed };
}

function matchPath(pattern: string, path: string): Record<string, string> | undefined {
  const [names, parts] = [pattern.split("/"), path.split("/")];
  if (names.length !== parts.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, name] of names.entries()) {
    const part = parts[index] ?? "";
    const placeholder = /^\{(\w+)\}$/.exec(name)?.[1];
    if (placeholder === undefined) {
      if (name !== part) return undefined;
      continue;
    }
    const value = decoded(part);
    if (!value) return undefined;
    params[placeholder] = value;
  }
  return params;
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
