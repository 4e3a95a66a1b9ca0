import type { Label } from "../catalogue.ts";

/**
 * What each error code means to a caller: the HTTP status it becomes, and whether the same request
 * may succeed when it is repeated. An event whose error may pass is delivered again; one whose error
 * cannot pass goes to the dead letters at once.
 */
export const errorCodes = {
  invalid: { status: 400, retry: false },
  unauthenticated: { status: 401, retry: false },
  forbidden: { status: 403, retry: false },
  "not-found": { status: 404, retry: false },
  "method-not-allowed": { status: 405, retry: false },
  conflict: { status: 409, retry: false },
  "precondition-failed": { status: 412, retry: false },
  "too-large": { status: 413, retry: false },
  internal: { status: 500, retry: true },
  unavailable: { status: 503, retry: true },
} as const;

export type ErrorCode = keyof typeof errorCodes;

/** One field at fault: a path such as `body.reason`, and what to do about it; `label` says it in both languages. */
export type FieldFault = { field: string; problem: string; label?: Label };

/** Every error that is not an expected result. The code alone decides what happens; the text is for people. */
export class AppError extends Error {
  override readonly name = "AppError";
  readonly code: ErrorCode;
  readonly fields: readonly FieldFault[];
  /** Whether the text is for the caller even where the code is a server's own fault. */
  readonly forCaller: boolean;

  constructor(
    code: ErrorCode,
    message: string,
    detail: { fields?: readonly FieldFault[]; cause?: unknown; forCaller?: boolean } = {},
  ) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.code = code;
    this.fields = detail.fields ?? [];
    this.forCaller = detail.forCaller ?? false;
  }
}

/** The error as an AppError: anything unforeseen is `internal`, and may be tried again. */
export function asAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new AppError("internal", message, { cause: error });
}
