import { createHash } from "node:crypto";
import { escaped } from "../html.ts";

type Language = "ja" | "en";

/** Somebody to choose from. */
export type Person = { email: string; name: string; nameEn: string };

const texts = {
  ja: {
    choose: "サインインする人を選んでください",
    note: "手元で試すためのサインインです。パスワードはありません。",
    continue: "続ける",
    other: "ほかのメールアドレス",
    submit: "このアドレスでサインイン",
    wrong: "メールアドレスの形式が正しくありません。",
    refused: "サインインできません",
    signedOut: "サインアウトしました",
    mayClose: "このページは閉じてかまいません。",
    fields: {
      client_id: "client_id が、この発行者の知らないクライアントです。",
      redirect_uri: "redirect_uri は 127.0.0.1 または localhost の http(s) のアドレスに限ります。",
      post_logout_redirect_uri:
        "post_logout_redirect_uri は 127.0.0.1 または localhost の http(s) のアドレスに限ります。",
    },
  },
  en: {
    choose: "Choose who signs in",
    note: "This is a sign-in for trying things out on this machine. There is no password.",
    continue: "Continue",
    other: "Another e-mail address",
    submit: "Sign in with this address",
    wrong: "This is not an e-mail address.",
    refused: "You cannot be signed in",
    signedOut: "You are signed out",
    mayClose: "You may close this page.",
    fields: {
      client_id: "client_id names a client that this issuer does not know.",
      redirect_uri: "redirect_uri must be an http(s) address on 127.0.0.1 or localhost.",
      post_logout_redirect_uri: "post_logout_redirect_uri must be an http(s) address on 127.0.0.1 or localhost.",
    },
  },
} as const;
export type RefusedField = keyof (typeof texts)["ja"]["fields"];

/** A page without script, and the policy that holds it to that. */
export type Page = { html: string; policy: string };

export type Choice = {
  language: Language;
  people: readonly Person[];
  /** Where the form goes, which sends `email`. */
  action: string;
  /** The origin that the answer to the form leads to: browsers hold redirects of a form to the policy, too. */
  leadsTo: string;
  /** Who is most likely to sign in. */
  suggested?: string | undefined;
  /** What was entered before and is no address. */
  wrong?: string | undefined;
};

/** The people to choose from, the most likely one first and ready for the Enter key, and a field for anybody else. */
export function choicePage({ language, people, action, leadsTo, suggested, wrong }: Choice): Page {
  const text = texts[language];
  const first = people.filter(({ email }) => email === suggested);
  const isKnown = first.length > 0;
  const buttons = [...first, ...people.filter(({ email }) => email !== suggested)].map((person, index) => {
    const isFirst = isKnown && index === 0 && wrong === undefined;
    const name = language === "ja" ? person.name : person.nameEn;
    return `<li><button name="email" value="${escaped(person.email)}"${isFirst ? " autofocus" : ""}>
<span><strong>${escaped(name)}</strong><br><small>${escaped(person.email)}</small></span>${isFirst ? `<em>${text.continue}</em>` : ""}</button></li>`;
  });
  const entered = wrong ?? (isKnown ? "" : (suggested ?? ""));
  const fault = wrong === undefined ? "" : `<p id="fault" class="fault" role="alert">${text.wrong}</p>`;
  const faulty = wrong === undefined ? "" : ' aria-invalid="true" aria-describedby="fault"';
  const focused = entered === "" && wrong === undefined ? "" : " autofocus";
  const form = `<form method="post" action="${escaped(action)}">`;
  return page(
    language,
    text.choose,
    `<p>${text.note}</p>
${form}<ul>${buttons.join("\n")}</ul></form>
${form}<label for="email">${text.other}</label>
<input id="email" name="email" type="email" autocomplete="email" required value="${escaped(entered)}"${faulty}${focused}>${fault}
<button class="main">${text.submit}</button></form>`,
    `'self' ${leadsTo}`,
  );
}

/** Says what of the request is wrong, where the browser cannot be sent back. */
export function refusalPage(language: Language, field: RefusedField): Page {
  const text = texts[language];
  return page(language, text.refused, `<p>${text.fields[field]}</p>`, "'none'");
}

export function signedOutPage(language: Language): Page {
  const text = texts[language];
  return page(language, text.signedOut, `<p>${text.mayClose}</p>`, "'none'");
}

const style = `:root{color-scheme:light dark}
body{font:16px/1.6 system-ui,'Hiragino Sans','Noto Sans JP',Meiryo,sans-serif;max-width:26rem;margin:0 auto;padding:1.5rem 1rem}
h1{font-size:1.25rem;line-height:1.4}
ul{list-style:none;padding:0;margin:0 0 2rem}
li+li{margin-top:.5rem}
button,input{font:inherit;box-sizing:border-box;width:100%;min-height:2.75rem;padding:.5rem .75rem;border:1px solid GrayText;border-radius:.5rem}
button{cursor:pointer;background:Canvas;color:CanvasText}
li button{display:flex;justify-content:space-between;align-items:center;gap:.75rem;text-align:start;overflow-wrap:anywhere}
button:hover{border-color:LinkText}
:focus-visible{outline:3px solid LinkText;outline-offset:2px}
em{font-style:normal;flex:none;color:LinkText}
label{display:block;margin-bottom:.25rem}
.main{margin-top:.75rem}
.fault{margin:.25rem 0 0;font-weight:bold}
input[aria-invalid]{border-width:2px;border-color:currentColor}`;
const styleHash = createHash("sha256").update(style).digest("base64");

function page(language: Language, title: string, body: string, formAction: string): Page {
  return {
    html: `<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><style>${style}</style></head>
<body><main><h1>${title}</h1>
${body}</main></body></html>
`,
    policy: `default-src 'none'; style-src 'sha256-${styleHash}'; form-action ${formAction}; frame-ancestors 'none'; base-uri 'none'`,
  };
}
