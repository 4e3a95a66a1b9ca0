import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { z } from "zod";
import { readBody } from "../site/http.ts";
import type { createCodes, SignedIn } from "./codes.ts";
import { choicePage, type Page, type Person, refusalPage, signedOutPage } from "./page.ts";
import { type AuthorizationRequest, isLocal, languageOf, readAuthorizationRequest, withParameters } from "./request.ts";

type Visit = { request: IncomingMessage; response: ServerResponse; url: URL };

/** What the issuer shows to browsers: choosing who signs in, and signing out. */
export type BrowserPages = {
  /** Shows the people, or takes the one who was chosen; with `prompt=none` answers for who is signed in already. */
  authorize(visit: Visit): Promise<void>;
  endSession(visit: Visit): void;
};

export function createBrowserPages(
  clientId: string,
  people: readonly Person[],
  codes: ReturnType<typeof createCodes>,
): BrowserPages {
  const sessions = new Map<string, string>();
  const emailOf = (visit: Visit) => sessions.get(sessionOf(visit) ?? "");
  const personOf = (visit: Visit, email: string): SignedIn => {
    const known = people.find((person) => person.email === email);
    return { email, name: (languageOfVisit(visit) === "ja" ? known?.name : known?.nameEn) ?? email };
  };
  const grant = (visit: Visit, asked: AuthorizationRequest, email: string) => {
    const code = codes.issue(asked, personOf(visit, email));
    redirect(visit, withParameters(asked.redirectUri, { code, state: asked.state }));
  };
  const choose = (visit: Visit, asked: AuthorizationRequest, wrong?: string) =>
    show(
      visit,
      wrong === undefined ? 200 : 400,
      choicePage({
        language: languageOfVisit(visit),
        people,
        action: visit.url.pathname + visit.url.search,
        leadsTo: new URL(asked.redirectUri).origin,
        suggested: asked.loginHint ?? emailOf(visit),
        wrong,
      }),
    );

  return {
    async authorize(visit) {
      const read = readAuthorizationRequest(visit.url.searchParams, clientId);
      if (read.type === "refused") return show(visit, 400, refusalPage(languageOfVisit(visit), read.field));
      if (read.type === "error") {
        const { error, description, redirectUri, state } = read;
        return redirect(visit, withParameters(redirectUri, { error, error_description: description, state }));
      }
      const { request: asked } = read;
      if (visit.request.method === "POST") {
        const entered = new URLSearchParams((await readBody(visit.request)).toString("utf8")).get("email")?.trim();
        const email = z.email().safeParse(entered).data;
        if (email === undefined) return choose(visit, asked, entered ?? "");
        const session = randomUUID();
        sessions.set(session, email);
        visit.response.setHeader("set-cookie", cookie(visit, session));
        return grant(visit, asked, email);
      }
      if (!asked.isSilent) return choose(visit, asked);
      const email = emailOf(visit);
      if (email !== undefined && (asked.loginHint ?? email) === email) return grant(visit, asked, email);
      redirect(visit, withParameters(asked.redirectUri, { error: "login_required", state: asked.state }));
    },
    endSession(visit) {
      const back = visit.url.searchParams.get("post_logout_redirect_uri");
      if (back !== null && !isLocal(back)) {
        return show(visit, 400, refusalPage(languageOfVisit(visit), "post_logout_redirect_uri"));
      }
      sessions.delete(sessionOf(visit) ?? "");
      visit.response.setHeader("set-cookie", `${cookie(visit, "")}; Max-Age=0`);
      if (back === null) return show(visit, 200, signedOutPage(languageOfVisit(visit)));
      redirect(visit, withParameters(back, { state: visit.url.searchParams.get("state") ?? undefined }));
    },
  };
}

/** Cookies do not tell ports apart, so several issuers on one machine need names of their own. */
function cookieName({ url }: Visit): string {
  return `hikae-issuer-${url.port}`;
}

function cookie(visit: Visit, session: string): string {
  return `${cookieName(visit)}=${session}; Path=/; HttpOnly; SameSite=Lax`;
}

function sessionOf(visit: Visit): string | undefined {
  const cookies = (visit.request.headers.cookie ?? "").split("; ").map((pair) => pair.split("="));
  return cookies.find(([name]) => name === cookieName(visit))?.[1];
}

function languageOfVisit({ request, url }: Visit): "ja" | "en" {
  return languageOf(url.searchParams.get("ui_locales"), request.headers["accept-language"]);
}

function redirect({ response }: Visit, location: string): void {
  response.writeHead(303, { location, "cache-control": "no-store", "referrer-policy": "no-referrer" }).end();
}

function show({ response }: Visit, status: number, { html, policy }: Page): void {
  response
    .writeHead(status, {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": policy,
      "cache-control": "no-store",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
    })
    .end(html);
}
