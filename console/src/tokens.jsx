// The tokens page: create a token, show it once, and revoke tokens.

import { useState } from "preact/hooks";
import { newKey } from "./api.js";
import { fieldsOf } from "./catalog/schema.js";
import { Check, Field, List, Problem, Sure, useAction, useDesk, useDocument, useLoaded } from "./desk.jsx";
import { instantOf, iso } from "./time.js";

export function TokensPage() {
  const { t, api, can, say, when } = useDesk();
  const [turn, setTurn] = useState(0);
  const { error, act } = useAction();
  const [made, setMade] = useState();
  const document = useDocument();
  const scopes = document.value && fieldsOf(document.value, "api-tokens", true).attributes.find(({ name }) => name === "scopes").schema.items.enum;
  const tokens = useLoaded(async () => ({ data: await api.all("api-tokens") }), [api, turn]);
  const revoke = (id) => act(() => api.call("DELETE", `api-tokens/${id}`).then(() => (say(t("saved")), setTurn(turn + 1))));
  if (!scopes && !document.error) return <p class="waiting" role="status">{t("loading")}</p>;
  return (
    <div class="page">
      <h1>{t("tokens")}</h1>
      <MakeToken scopes={scopes?.filter((scope) => can(scope) && scope !== "organizations:write") ?? []} made={(text) => (setMade(text), setTurn(turn + 1))} />
      {made && (
        <div class="secret" role="status">
          <p>{t("shownOnce")}</p>
          <code tabIndex={0}>{made}</code>
        </div>
      )}
      <Problem error={error ?? document.error} />
      <List loaded={tokens} class="token">
        {({ id, attributes: of }) => (
          <>
            <b>{of.name}</b>
            <span>{of.scopes.map((scope) => t(`scope_${scope}`)).join(", ")}</span>
            {of.expires_at && <small>{t("expires")}: {when(of.expires_at)}</small>}
            <Sure text={t("revoke")} question={t("reallyRevoke")} yes={t("yesRevoke")} run={() => revoke(id)} />
          </>
        )}
      </List>
    </div>
  );
}

function MakeToken({ scopes, made }) {
  const { t, api, organization } = useDesk();
  const [name, setName] = useState("");
  const [chosen, setChosen] = useState(["orders:read", "catalog:read"]);
  const [until, setUntil] = useState("");
  const [error, setError] = useState();
  const [key, setKey] = useState(newKey);
  const submit = (event) => {
    event.preventDefault();
    const said = { name, scopes: chosen, ...(until && { expires_at: iso(instantOf(until, organization.timezone)) }) };
    api.create("api-tokens", said, undefined, key).then(({ meta }) => (made(meta.token), setName(""), setKey(newKey()), setError(undefined)), setError);
  };
  return (
    <form class="form narrow" onSubmit={submit}>
      <Field label={t("name")}>
        <input value={name} maxLength={200} required onInput={(event) => setName(event.currentTarget.value)} />
      </Field>
      <fieldset class="scopes">
        <legend>{t("scopes")}</legend>
        {scopes.map((scope) => (
          <Check key={scope} label={t(`scope_${scope}`)} checked={chosen.includes(scope)} onChange={(on) => setChosen(on ? [...chosen, scope] : chosen.filter((each) => each !== scope))} />
        ))}
      </fieldset>
      <Field label={`${t("expires")} (${t("optional")}, ${organization.timezone})`}>
        <input type="datetime-local" value={until} onInput={(event) => setUntil(event.currentTarget.value)} />
      </Field>
      <Problem error={error} />
      <button class="main" disabled={!chosen.length}>{t("makeToken")}</button>
    </form>
  );
}
