import { Alert, Button, Code, Stack, Text } from "@mantine/core";
import { isProblem, type Schema } from "../api/client.ts";
import { defineTexts, useLabel, useTexts } from "../texts/texts.ts";

const texts = defineTexts("failure", {
  ja: {
    forbidden: "権限がありません",
    forbiddenHint: "ご自身の役割ではこの操作や表示はできません。全社管理者または運用担当にご相談ください。",
    "not-found": "見つかりません",
    notFoundHint: "存在しないか、ご自身には公開されていません。",
    unauthenticated: "サインインが必要です",
    unauthenticatedHint: "もう一度サインインしてください。",
    "precondition-failed": "いまはできません",
    conflict: "同時に別の変更がありました",
    "method-not-allowed": "この操作はありません",
    invalid: "入力内容をご確認ください",
    "too-large": "内容が大きすぎます",
    unavailable: "いま応答できないサイトがあります",
    unavailableHint: "自動で再試行しています。",
    unconfirmedHint: "行われたかどうかを確認できていません。表示を確かめてから、もう一度実行してください。",
    internal: "予期しないエラーです",
    noAnswer: "サイトから応答がありません",
    noAnswerHint: "接続を確認しています。自動で再試行します。",
    trace: "お問い合わせの際は、この番号をお伝えください",
    retry: "再試行",
  },
  en: {
    forbidden: "You may not do this",
    forbiddenHint: "Your role does not permit this. Ask a company administrator or the operator.",
    "not-found": "There is nothing here",
    notFoundHint: "It does not exist, or it is not for you to see.",
    unauthenticated: "You are not signed in",
    unauthenticatedHint: "Sign in again.",
    "precondition-failed": "This cannot be done now",
    conflict: "Something else was changed at the same time",
    "method-not-allowed": "There is no such act",
    invalid: "Please check what you entered",
    "too-large": "This is too large",
    unavailable: "A site does not answer at the moment",
    unavailableHint: "It is tried again by itself.",
    unconfirmedHint: "Whether it was done is not confirmed. See what is shown, then press again.",
    internal: "Something unexpected went wrong",
    noAnswer: "The site does not answer",
    noAnswerHint: "The connection is tried again by itself.",
    trace: "Quote this when you ask for help",
    retry: "Try again",
  },
});

const hints = {
  forbidden: "forbiddenHint",
  "not-found": "notFoundHint",
  unauthenticated: "unauthenticatedHint",
  unavailable: "unavailableHint",
} as const;

type FailureProps = {
  /** Whatever a query or an act threw. */
  error: unknown;
  /** Asks again at once: of queries alone, which are asked again by themselves, as acts are not. */
  onRetry?: () => void;
};

/** Says what went wrong, what to do, and which fields are at fault. */
export function Failure({ error, onRetry }: FailureProps) {
  const t = useTexts(texts);
  const problem = isProblem(error) ? error : undefined;
  const passing = problem === undefined || problem.code === "unavailable";
  const hint =
    passing && !onRetry
      ? ("unconfirmedHint" as const)
      : problem
        ? hints[problem.code as keyof typeof hints]
        : ("noAnswerHint" as const);
  return (
    <Alert color="red" variant="outline" role="alert" title={t(problem?.code ?? "noAnswer")} my="sm">
      <Stack gap="xs" align="flex-start">
        {hint ? <Text size="sm">{t(hint)}</Text> : null}
        {problem ? <Detail text={problem.detail} faults={problem.fields} /> : null}
        {problem?.fields ? <FieldFaults faults={problem.fields} /> : null}
        {problem && problem.status >= 500 ? (
          <Text size="xs">
            {t("trace")}: <Code>{problem.trace}</Code>
          </Text>
        ) : null}
        {onRetry ? (
          <Button size="xs" variant="outline" onClick={onRetry}>
            {t("retry")}
          </Button>
        ) : null}
      </Stack>
    </Alert>
  );
}

type DetailProps = { text: string; faults: readonly Schema<"FieldFault">[] | undefined };

/** The API's own words, which are English: only where no label says in the reader's language what is wrong. */
export function Detail({ text, faults = [] }: DetailProps) {
  if (faults.length > 0 && faults.every(({ label }) => label)) return null;
  return (
    <Text size="sm" lang="en">
      {text}
    </Text>
  );
}

/** Which fields are at fault, and what to do about each. */
export function FieldFaults({ faults }: { faults: readonly Schema<"FieldFault">[] }) {
  const inLanguage = useLabel();
  return faults.map(({ field, problem, label }) => (
    <Text size="sm" key={`${field} ${problem}`}>
      <Code>{field}</Code> {label ? inLanguage(label) : problem}
    </Text>
  ));
}
