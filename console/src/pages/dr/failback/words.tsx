import { Button, Checkbox, Textarea } from "@mantine/core";
import { useState } from "react";
import { $api } from "../../../api/client.ts";
import { useMay, useTenant } from "../../../shell/tenant.ts";
import { defineTexts, useTexts } from "../../../texts/texts.ts";
import { Confirm, Paragraph } from "../../../ui/confirm.tsx";

const texts = defineTexts("failbackWords", {
  ja: {
    notice: "復旧を連絡",
    noticeTitle: "東京の復旧を連絡しますか",
    noticeBody: "テナントの管理者全員にメールで知らせます。大阪が稼働を続け、切り戻しはまだ始まりません。",
    request: "再開を依頼",
    requestTitle: "同期の再開を依頼しますか",
    requestBody:
      "運用担当にメールで知らせます。運用担当が切り戻しを実行すると、大阪での変更は東京の内容で上書きされます。",
    returned: "ソフトフォンの接続先を東京に戻しました",
    note: "メモ（任意）",
    noticeHint: "メールに記載されます（1000文字まで）",
    requestHint: "残したい変更や、切り戻しのご希望の時間があればお書きください（1000文字まで）",
  },
  en: {
    notice: "Send the recovery notice",
    noticeTitle: "Tell the tenant that Tokyo has recovered?",
    noticeBody: "All its administrators are told by mail. Osaka stays in charge; the fail back does not begin yet.",
    request: "Ask to resume",
    requestTitle: "Ask to resume the sync?",
    requestBody:
      "The operators are told by mail. When one of them fails back, what was changed in Osaka is overwritten with Tokyo's content.",
    returned: "The softphones are back in Tokyo",
    note: "Note (optional)",
    noticeHint: "Stands in the mail (up to 1000 characters)",
    requestHint: "Which changes are to be kept, or what time suits you (up to 1000 characters)",
  },
});

const useWord = () => {
  const { id: tenant } = useTenant();
  const [asking, setAsking] = useState(false);
  const [note, setNote] = useState("");
  const [returned, setReturned] = useState(false);
  const ask = () => {
    setNote("");
    setReturned(false);
    setAsking(true);
  };
  const close = () => setAsking(false);
  const init = { params: { path: { tenant } } };
  const body = note.trim() === "" ? {} : { note: note.trim() };
  return { asking, ask, close, note, setNote, returned, setReturned, init, body };
};

/** The operators' word that the primary is healthy again (R24 a). */
export function NoticeAct() {
  const t = useTexts(texts);
  const { asking, ask, close, note, setNote, init, body } = useWord();
  const send = $api.useMutation("post", "/v1/tenants/{tenant}/dr/recovery-notice", {
    onSuccess: close,
  });
  if (!useMay("sendRecoveryNotice")) return null;
  return (
    <>
      <Button onClick={ask}>{t("notice")}</Button>
      {asking ? (
        <Confirm
          title={t("noticeTitle")}
          action={t("notice")}
          pending={send.isPending}
          error={send.error}
          onConfirm={() => send.mutate({ ...init, body })}
          onClose={close}
        >
          <Paragraph>{t("noticeBody")}</Paragraph>
          <Note hint={t("noticeHint")} value={note} onChange={setNote} />
        </Confirm>
      ) : null}
    </>
  );
}

/** The tenant's word that its softphones are back, and its wish to resume (R24 b). */
export function RequestAct() {
  const t = useTexts(texts);
  const { asking, ask, close, note, setNote, returned, setReturned, init, body } = useWord();
  const send = $api.useMutation("post", "/v1/tenants/{tenant}/dr/resume-request", {
    onSuccess: close,
  });
  if (!useMay("requestResume")) return null;
  return (
    <>
      <Button onClick={ask}>{t("request")}</Button>
      {asking ? (
        <Confirm
          title={t("requestTitle")}
          action={t("request")}
          blocked={!returned}
          pending={send.isPending}
          error={send.error}
          onConfirm={() => send.mutate({ ...init, body: { ...body, softphonesReturned: true } })}
          onClose={close}
        >
          <Paragraph>{t("requestBody")}</Paragraph>
          <Checkbox
            label={t("returned")}
            checked={returned}
            onChange={(event) => setReturned(event.currentTarget.checked)}
            data-autofocus
          />
          <Note hint={t("requestHint")} value={note} onChange={setNote} />
        </Confirm>
      ) : null}
    </>
  );
}

type NoteProps = { hint: string; value: string; onChange(value: string): void };

function Note({ hint, value, onChange }: NoteProps) {
  const t = useTexts(texts);
  return (
    <Textarea
      label={t("note")}
      description={hint}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      maxLength={1000}
      rows={3}
    />
  );
}
