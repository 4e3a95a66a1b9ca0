/** Each reason of the API's errors: its HTTP status, and what the XML API calls it. */
const reasons = {
  invalid: [400, "InvalidArgument"],
  // What the JSON API says when a bucket's requester pays and none is named.
  required: [400, "UserProjectMissing"],
  expiredToken: [400, "ExpiredToken"],
  unauthorized: [401, "AuthenticationRequired"],
  forbidden: [403, "AccessDenied"],
  signatureDoesNotMatch: [403, "SignatureDoesNotMatch"],
  retentionPolicyNotMet: [403, "AccessDenied"],
  notFound: [404, "NoSuchKey"],
  methodNotAllowed: [405, "MethodNotAllowed"],
  conflict: [409, "Conflict"],
  gone: [410, "Gone"],
  conditionNotMet: [412, "PreconditionFailed"],
  requestedRangeNotSatisfiable: [416, "InvalidRange"],
  rateLimitExceeded: [429, "SlowDown"],
  internalError: [500, "InternalError"],
  notImplemented: [501, "NotImplemented"],
  backendError: [503, "ServiceUnavailable"],
} as const satisfies Record<string, readonly [number, string]>;
type Reason = keyof typeof reasons;

/** An error of the API, as its clients see it. */
export class StorageError extends Error {
  override readonly name = "StorageError";
  readonly reason: string;
  readonly status: number;
  readonly xmlCode: string;

  constructor(reason: Reason, message: string) {
    super(message);
    this.reason = reason;
    [this.status, this.xmlCode] = reasons[reason];
  }

  /** The error with this status, for faults made on purpose, and for a reason that is not imitated otherwise. */
  static ofStatus(status: number, given?: string): StorageError {
    const entries = Object.entries(reasons) as [Reason, readonly [number, string]][];
    const reason = entries.find(([, [of]]) => of === status)?.[0] ?? "backendError";
    const error = new StorageError(reason, `A fault made on purpose: ${status}`);
    return Object.assign(error, { status, ...(given === undefined ? {} : { reason: given }) });
  }

  get json(): unknown {
    const { message, reason } = this;
    const place = reason === "conditionNotMet" ? { locationType: "header", location: "If-Match" } : {};
    return { error: { code: this.status, message, errors: [{ message, domain: "global", reason, ...place }] } };
  }

  get xml(): string {
    const text = this.message.replace(/[<>&]/g, (found) => `&#${found.charCodeAt(0)};`);
    return `<?xml version='1.0' encoding='UTF-8'?><Error><Code>${this.xmlCode}</Code><Message>${text}</Message></Error>`;
  }
}

/** A read whose condition says that the client has it already: 304. */
export class NotModified extends Error {}

/** No answer: the connection is cut, or stays silent. */
export class NoAnswer extends Error {
  readonly silent: boolean;

  constructor(silent: boolean) {
    super(silent ? "the answer never comes" : "the connection is cut");
    this.silent = silent;
  }
}
