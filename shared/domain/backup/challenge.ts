import { createHash, randomInt, randomUUID, timingSafeEqual } from "node:crypto";
import type { BackupBucket, Challenge } from "./buckets.ts";
import { proofCounts } from "./buckets.ts";
import { recordingsFolder } from "./names.ts";

/** Crockford's digits: none is taken for another, read aloud or typed. */
const digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const groups = 8;
const groupLength = 4;
const validDays = 7;
const mostWrongTries = 10;

/** A code of 160 random bits in groups. */
export function newCode(): string {
  const group = () => Array.from({ length: groupLength }, () => digits[randomInt(digits.length)]).join("");
  return Array.from({ length: groups }, group).join("-");
}

/** The code as it was meant: full-width, small, with spaces or hyphens of any kind, or with letters for digits. */
export function readCode(typed: string): string {
  const plain = typed
    .normalize("NFKC")
    .toUpperCase()
    .replace(/[^\p{L}\p{N}]/gu, "");
  return plain.replaceAll("O", "0").replaceAll(/[IL]/g, "1");
}

/** What is kept of a code; it is worth nothing for another tenant or bucket. */
export function hashOf(code: string, tenant: string, bucket: string): string {
  return createHash("sha256")
    .update(JSON.stringify([tenant, bucket, readCode(code)]))
    .digest("base64url");
}

/** What the names of challenges begin with. */
export const challengePrefix = `${recordingsFolder}hikae-challenge-`;

/** The object that a new challenge is left in. */
export function newChallengeObject(): string {
  return `${challengePrefix}${randomUUID()}.txt`;
}

export function expiryOf(issuedAt: Date): Date {
  return new Date(issuedAt.getTime() + validDays * 24 * 3600 * 1000);
}

/** What the owner of the bucket reads. Whoever did not ask for it learns what it means, and what to do. */
export function challengeText(code: string, tenant: string, bucket: string, expiresAt: Date): string {
  const until = expiresAt.toISOString();
  return `Hikae 録音バックアップ：バケットの所有の確認

次の確認コードを、Hikae のコンソールに入力してください。

    ${code}

テナント：${tenant}
バケット：${bucket}
有効期限：${until}（UTC）

確認が済んだら、このファイルは削除してかまいません。
お心当たりがない場合は、確認コードを誰にも知らせず、Hikae のサービスアカウントに付与した権限を
取り消してください。

----------------------------------------------------------------

Hikae recording backup: proof that this bucket is yours

Enter this code in Hikae's console:

    ${code}

Tenant:      ${tenant}
Bucket:      ${bucket}
Valid until: ${until} (UTC)

Once that is done you may delete this file. If you did not ask for it, tell nobody the code, and take
back what you granted to Hikae's service account.
`;
}

/** What a typed code is to the bucket's challenge. */
export type CodeJudgement =
  | { is: "right"; challenge: Challenge }
  /** Right, and entered before: the proof it gave is in force. */
  | { is: "proved" }
  | { is: "wrong"; next: BackupBucket; triesLeft: number }
  | { is: "exhausted" | "expired" | "none" };

/** How often a code may still be tried. */
export function triesLeft({ wrongTries }: Challenge): number {
  return Math.max(0, mostWrongTries - wrongTries);
}

/** Judges a typed code, in a time that does not tell how much of it is right (R34). */
export function judgeCode(bucket: BackupBucket | undefined, tenant: string, code: string, now: Date): CodeJudgement {
  const challenge = bucket?.challenge;
  if (!bucket || !challenge) return { is: "none" };
  const [given, kept] = [hashOf(code, tenant, bucket.bucket), challenge.hash].map((hash) => Buffer.from(hash));
  const isRight = given?.length === kept?.length && timingSafeEqual(given as Buffer, kept as Buffer);
  const used = bucket.provedAt !== undefined && bucket.provedAt >= challenge.issuedAt;
  if (used && isRight && proofCounts(bucket)) return { is: "proved" };
  if (challenge.expiresAt <= now) return { is: "expired" };
  if (triesLeft(challenge) === 0) return { is: "exhausted" };
  if (isRight) return { is: "right", challenge };
  const next = { ...bucket, challenge: { ...challenge, wrongTries: challenge.wrongTries + 1 } };
  return { is: "wrong", next, triesLeft: triesLeft(next.challenge) };
}
