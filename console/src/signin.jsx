// The sign-in page, on which the user pastes a token. The link that `make serve` prints contains one.

import { useState } from "preact/hooks";

export function SignIn({ t, why, enter, speak }) {
  const [text, setText] = useState("");
  const submit = (event) => {
    event.preventDefault();
    if (text.trim()) enter(text.trim());
  };
  return (
    <main class="signin">
      <h1>Frontdesk</h1>
      {why && <p class="problem" role="alert">{t(why)}</p>}
      <form onSubmit={submit}>
        <p id="paste">{t("pasteToken")}</p>
        <label class="field">
          <span>{t("token")}</span>
          <input type="password" autocomplete="off" spellcheck={false} aria-describedby="paste" value={text} onInput={(event) => setText(event.currentTarget.value)} required />
        </label>
        <button class="main">{t("signIn")}</button>
      </form>
      <button class="plain" onClick={speak}>{t("language")}</button>
    </main>
  );
}
