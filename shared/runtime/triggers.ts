import type { Request, Response } from "@google-cloud/functions-framework";
import type { AppError } from "../domain/errors.ts";

/** A change event of Firestore as it is delivered: CloudEvent attributes and the undecoded protobuf body. */
export type DocumentEvent = {
  id: string;
  /** `google.cloud.firestore.document.v1.written` and its kin. */
  type: string;
  /** When the trigger sent it, for logs; never used for order. */
  time?: string;
  authType?: string;
  authId?: string;
  body: Uint8Array;
};

/** One Pub/Sub message: its JSON, or its text where it is none, and its bytes as they were published. */
export type MessageEvent = { id: string; data: unknown; bytes: Uint8Array; attributes: Record<string, string> };

/** One firing of a schedule; `scheduleTime` is the same for every delivery of one firing. */
export type ScheduleEvent = { job: string; scheduleTime: Date };

/** What a run reports to its one log line: an outcome word, and the tenant where there is one. */
export type RunReport = { outcome: string; tenant?: string } & Record<string, unknown>;

/** What a request's line tells besides: the error that it was answered with, where that is the server's own. */
export type RequestReport = RunReport & { failure?: AppError };

/** The code of a function: takes what it needs from the application `App`, and handles one invocation. */
export type Handler<App> =
  | { type: "document"; run(app: App, event: DocumentEvent): Promise<RunReport> }
  | { type: "message"; run(app: App, event: MessageEvent): Promise<RunReport> }
  | { type: "schedule"; run(app: App, event: ScheduleEvent): Promise<RunReport> }
  | { type: "http"; run(app: App, request: Request, response: Response, trace: string): Promise<RequestReport> };
