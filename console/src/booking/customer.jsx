// The customer of a booking: found while typing, or created here.

import { useEffect, useId, useState } from "preact/hooks";
import { newKey } from "../api.js";
import { Field, Problem, useAction, useDesk } from "../desk.jsx";

const PAUSE = 250;

export function Customer({ value, onChange }) {
  const { t, api, can } = useDesk();
  const id = useId();
  const [text, setText] = useState("");
  const [found, setFound] = useState([]);
  const [active, setActive] = useState(-1);
  const [making, setMaking] = useState(false);
  const [error, setError] = useState();

  useEffect(() => {
    setActive(-1);
    if (text.trim().length < 2) return setFound([]);
    const gone = new AbortController();
    const timer = setTimeout(() => {
      api.get("customers", { "filter[search]": text.trim(), "page[size]": 6 }, { signal: gone.signal }).then(
        ({ data }) => (setFound(data), setError(undefined)),
        (error) => !gone.signal.aborted && setError(error),
      );
    }, PAUSE);
    return () => (clearTimeout(timer), gone.abort());
  }, [text, api]);

  const choose = (customer) => (onChange(customer), setText(""), setFound([]), setMaking(false));
  if (value) {
    return (
      <div class="field chosen">
        <span>{t("customer")}</span>
        <p>
          <b>{value.attributes.full_name || value.attributes.company || value.attributes.email}</b> <small>{value.attributes.email}</small>
          <button type="button" class="plain" aria-label={`${t("remove")}: ${t("customer")}`} onClick={() => choose(undefined)}>✕</button>
        </p>
      </div>
    );
  }
  if (making) return <NewCustomer text={text} done={choose} back={() => setMaking(false)} />;
  const press = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && found.length) event.preventDefault(), setActive((active + step + found.length) % found.length);
    if (event.key === "Enter" && found.length) event.preventDefault(), choose(found[Math.max(0, active)]);
    if (event.key === "Escape" && text) event.stopPropagation(), setText("");
  };
  return (
    <div class="customer">
      <Field label={t("customer")}>
        <input type="search" role="combobox" autocomplete="off" aria-expanded={found.length > 0} aria-controls={id} aria-autocomplete="list"
          aria-activedescendant={active >= 0 ? `${id}-${active}` : undefined} placeholder={t("findCustomer")} value={text}
          onInput={(event) => setText(event.currentTarget.value)} onKeyDown={press} />
      </Field>
      <ul id={id} role="listbox" aria-label={t("customers")} hidden={!found.length}>
        {found.map((each, n) => (
          <li key={each.id} id={`${id}-${n}`} role="option" aria-selected={n === active} onClick={() => choose(each)}>
            {each.attributes.full_name || each.attributes.company} <small>{each.attributes.email}</small>
          </li>
        ))}
      </ul>
      <Problem error={error} />
      {can("catalog:write") && <button type="button" class="plain" onClick={() => setMaking(true)}>+ {t("newCustomer")}</button>}
    </div>
  );
}

function NewCustomer({ text, done, back }) {
  const { t, api } = useDesk();
  const [given = "", ...family] = text.includes("@") ? [] : text.trim().split(/\s+/);
  const [fields, setFields] = useState({ given_name: given, family_name: family.join(" "), email: text.includes("@") ? text.trim() : "", phone: "", company: "" });
  const { busy, error, act } = useAction();
  const [key] = useState(newKey);
  const said = () => Object.fromEntries(Object.entries(fields).filter(([, value]) => value.trim()));
  const make = () => act(async () => done((await api.create("customers", said(), undefined, key)).data));
  return (
    <fieldset class="new-customer">
      <legend>{t("newCustomer")}</legend>
      {[["given_name", "givenName"], ["family_name", "familyName"], ["email", "email"], ["phone", "phone"], ["company", "company"]].map(([name, label]) => (
        <Field key={name} label={t(label)}>
          <input type={name === "email" ? "email" : name === "phone" ? "tel" : "text"} value={fields[name]} maxLength={200} autocomplete="off"
            onInput={(event) => setFields({ ...fields, [name]: event.currentTarget.value })}
            onKeyDown={(event) => event.key === "Enter" && (event.preventDefault(), make())} />
        </Field>
      ))}
      <Problem error={error} />
      <button type="button" disabled={busy} onClick={make}>{t("add")}</button>
      <button type="button" class="plain" onClick={back}>{t("back")}</button>
    </fieldset>
  );
}
