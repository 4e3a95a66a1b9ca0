import { escaped } from "../html.ts";
import type { ReceivedMail } from "./inbox.ts";

/** All mails, newest first; the page looks again by itself. */
export function listPage(mails: readonly ReceivedMail[]): string {
  const rows = mails.map(
    (mail) => `<tr><td><time datetime="${escaped(mail.receivedAt)}">${timeOf(mail)}</time></td>
<td>${escaped(mail.to.join(", "))}</td><td>${escaped(mail.tenant ?? "")}</td>
<td><a href="/messages/${escaped(mail.id)}">${escaped(mail.subject) || "—"}</a></td></tr>`,
  );
  const body =
    rows.length === 0
      ? "<p>まだメールはありません。/ No mail yet.</p>"
      : `<table><thead><tr><th scope="col">受信 / Received</th><th scope="col">宛先 / To</th><th scope="col">テナント / Tenant</th><th scope="col">件名 / Subject</th></tr></thead>
<tbody>${rows.join("\n")}</tbody></table>`;
  return page("受信箱 / Inbox", `<p>${mails.length} 通 / mails</p>${body}`, '<meta http-equiv="refresh" content="5">');
}

/** One mail: as a reader sees it, as plain text, and its headers. Its HTML runs no script and is kept in a frame. */
export function mailPage(mail: ReceivedMail): string {
  const headers = Object.entries(mail.headers).flatMap(([name, values]) =>
    values.map((value) => `<tr><th scope="row">${escaped(name)}</th><td>${escaped(value)}</td></tr>`),
  );
  const body = `<p><a href="/">← 受信箱 / Inbox</a></p>
<p>${escaped(mail.from)} → ${escaped(mail.to.join(", "))}, <time datetime="${escaped(mail.receivedAt)}">${timeOf(mail)}</time></p>
<h2>表示 / HTML</h2><iframe sandbox title="HTML" srcdoc="${escaped(mail.html)}"></iframe>
<h2>テキスト / Text</h2><pre>${escaped(mail.text)}</pre>
<details><summary>ヘッダー / Headers</summary><table>${headers.join("\n")}</table></details>`;
  return page(mail.subject, body);
}

function page(title: string, body: string, head = ""): string {
  return `<!doctype html>
<html lang="ja"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">${head}<title>${escaped(title)}</title>
<style>body{font:15px/1.6 'Hiragino Sans','Noto Sans JP',Meiryo,sans-serif;margin:24px auto;max-width:960px;padding:0 16px;color:#1f2933}
table{border-collapse:collapse;width:100%}th,td{padding:6px 12px 6px 0;text-align:left;vertical-align:top;border-bottom:1px solid #d9e2ec;overflow-wrap:anywhere}
iframe{width:100%;height:480px;border:1px solid #d9e2ec}pre{white-space:pre-wrap;background:#f4f6f8;padding:12px}</style></head>
<body><h1>${escaped(title)}</h1>
${body}
</body></html>
`;
}

const japan = new Intl.DateTimeFormat("ja-JP", { timeZone: "Asia/Tokyo", dateStyle: "short", timeStyle: "medium" });

function timeOf({ receivedAt }: ReceivedMail): string {
  return japan.format(new Date(receivedAt));
}
