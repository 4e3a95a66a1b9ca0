import type { IncomingMessage, ServerResponse } from "node:http";
import { z } from "zod";
import { Inbox } from "./mail/inbox.ts";
import { listPage, mailPage } from "./mail/page.ts";
import { MailServer, mailFault } from "./mail/smtp.ts";
import { portOf } from "./plan.ts";
import { listen, readBody, sendJson } from "./site/http.ts";
import { runStandIn } from "./stand-in.ts";

type Call = { url: URL; request: IncomingMessage; response: ServerResponse };

/** A real mail server that keeps what it receives, and the inbox that shows it. */
runStandIn(async (plan) => {
  const inbox = new Inbox();
  const server = new MailServer(inbox);
  await server.listen(portOf(plan.mail.smtp));
  await listen(portOf(plan.mail.inbox), (request, response) => void answer(inbox, server, request, response));
});

async function answer(inbox: Inbox, server: MailServer, request: IncomingMessage, response: ServerResponse) {
  const url = new URL(request.url ?? "/", "http://127.0.0.1");
  const route = routes(inbox, server)[`${request.method} ${url.pathname.replace(/^(\/messages\/).+/, "$1")}`];
  if (!route) return sendJson(response, 404, { error: "there is nothing here" });
  try {
    await route({ url, request, response });
  } catch (error) {
    const isWrong = error instanceof z.ZodError || error instanceof SyntaxError;
    sendJson(response, isWrong ? 400 : 500, { error: String(error) });
  }
}

function routes(inbox: Inbox, server: MailServer): Record<string, (call: Call) => Promise<void> | void> {
  return {
    "GET /": ({ response }) => sendHtml(response, 200, listPage(inbox.list())),
    "GET /messages/": ({ url, response }) => {
      const mail = inbox.find(url.pathname.slice("/messages/".length));
      if (mail) sendHtml(response, 200, mailPage(mail));
      else sendJson(response, 404, { error: "there is no such mail" });
    },
    "GET /api/messages": ({ url, response }) => sendJson(response, 200, inbox.list(filterIn(url))),
    "DELETE /api/messages": ({ url, response }) => {
      inbox.clear(filterIn(url));
      response.writeHead(204).end();
    },
    "PUT /api/faults": async ({ request, response }) => {
      server.setFault(mailFault.parse(JSON.parse((await readBody(request)).toString())));
      response.writeHead(204).end();
    },
    "DELETE /api/faults": ({ url, response }) => {
      server.clearFaults(url.searchParams.get("to") ?? undefined);
      response.writeHead(204).end();
    },
  };
}

function filterIn({ searchParams }: URL) {
  return { to: searchParams.get("to") ?? undefined, tenant: searchParams.get("tenant") ?? undefined };
}

function sendHtml(response: ServerResponse, status: number, html: string): void {
  // What came by mail may hold anything: no script of it runs, even if it should get out of its frame.
  const policy = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; img-src data:";
  const headers = { "content-type": "text/html; charset=utf-8", "content-security-policy": policy };
  response.writeHead(status, headers).end(html);
}
