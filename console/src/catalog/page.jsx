// The catalog page. All types share one list and one form.

import { useState } from "preact/hooks";
import { Refused, newKey } from "../api.js";
import { Check, List, Pages, Panel, Problem, Sure, useDesk, useDocument, useLoaded } from "../desk.jsx";
import { ItemField, Related, label } from "./fields.jsx";
import { money } from "../time.js";
import { fieldsOf, meant, shown } from "./schema.js";

const TYPES = ["resources", "services", "add-ons", "customers", "vouchers", "custom-fields", "timeslot-series", "message-rules", "organizations"];
// The types of relationships whose names do not show them.
const KIND_OF = { parent: "resources" };
const SIZE = 50;

export function CatalogPage({ type = "resources", id }) {
  const { t, api, can, language, organization } = useDesk();
  const [text, setText] = useState("");
  const [number, setNumber] = useState(1);
  const [archived, setArchived] = useState(false);
  const [open, setOpen] = useState(id);
  const [turn, setTurn] = useState(0);
  const document = useDocument();
  const query = { "filter[search]": text.trim(), "filter[archived]": archived || null, "page[size]": SIZE, "page[number]": number };
  const items = useLoaded((signal) => api.get(type, query, { signal }), [api, type, text, number, archived, turn]);
  const page = items.value?.meta.page;
  const close = () => setOpen(undefined);
  return (
    <div class={open ? "page beside" : "page"}>
      <div>
        <h1>{t("catalog")}</h1>
        <nav class="types" aria-label={t("catalog")}>
          {TYPES.map((each) => <a key={each} href={`#/catalog/${each}`} aria-current={each === type ? "page" : undefined}>{t(each)}</a>)}
        </nav>
        {type !== "organizations" && (
          <div class="tools">
            <input type="search" aria-label={t("find")} placeholder={t("find")} value={text} onInput={(event) => (setText(event.currentTarget.value), setNumber(1))} />
            <Check label={t("archived")} checked={archived} onChange={(on) => (setArchived(on), setNumber(1))} />
            {can("catalog:write") && <button class="main" onClick={() => setOpen("new")}>{t("add")}</button>}
          </div>
        )}
        <Problem error={document.error} />
        <List loaded={items}>
          {({ id, attributes }) => (
            <button onClick={() => setOpen(id)} aria-current={open === id ? "true" : undefined}>
              <b>{titleOf(attributes)}</b>
              <span>{aboutOf(attributes, (value) => money(value, organization.currency, language))}</span>
            </button>
          )}
        </List>
        <Pages number={number} last={page?.["last-page"]} go={setNumber} />
      </div>
      {open && document.value && (
        <Item key={`${type} ${open}`} document={document.value} type={type} id={open} close={close} done={() => (close(), setTurn(turn + 1))} />
      )}
    </div>
  );
}

const titleOf = (of) => of.name || of.full_name || of.label || of.code || of.company || of.email || "–";
const aboutOf = (of, amount) => [of.email, (of.price ?? of.amount) > 0 && amount(of.price ?? of.amount), of.field_type, of.quantity !== undefined && of.quantity !== 1 && `× ${of.quantity}`, of.percent && `${of.percent} %`].filter(Boolean).join(" · ");

function Item({ document, type, id, close, done }) {
  const { t, api, can } = useDesk();
  const isNew = id === "new";
  const [turn, setTurn] = useState(0);
  const item = useLoaded((signal) => (isNew ? Promise.resolve({ data: undefined }) : api.get(`${type}/${id}`, {}, { signal })), [api, type, id, turn]);
  if (!item.value) return <Panel title={t(type)} close={close}><Problem error={item.error} /></Panel>;
  return (
    <Panel title={isNew ? `${t("add")}: ${t(type)}` : titleOf(item.value.data.attributes)} close={close}>
      <ItemForm key={item.value.etag ?? "new"} document={document} type={type} item={item.value.data} tag={item.value.etag} may={can("catalog:write")} done={done} again={() => setTurn(turn + 1)} />
    </Panel>
  );
}

function ItemForm({ document, type, item, tag, may, done, again }) {
  const { t, api, organization, language, say } = useDesk();
  const { maximumFractionDigits: digits } = new Intl.NumberFormat("en", { style: "currency", currency: organization.currency }).resolvedOptions();
  const place = { digits, zone: organization.timezone };
  const { attributes, relationships } = fieldsOf(document, type, !item);
  const [texts, setTexts] = useState(() => Object.fromEntries(attributes.map(({ name, kind }) => [name, shown(kind, item?.attributes[name], place)])));
  const [links, setLinks] = useState(() => Object.fromEntries(relationships.map(({ name }) => [name, item?.relationships?.[name]?.data ?? null])));
  const [error, setError] = useState();
  const [key] = useState(newKey);
  const begun = useState(() => JSON.stringify([texts, links]))[0];
  const [textsBefore, linksBefore] = JSON.parse(begun);
  const differs = (one, other) => JSON.stringify(one) !== JSON.stringify(other);
  const submit = (event) => {
    event.preventDefault();
    const said = attributes.filter(({ name, kind }) => (item ? differs(texts[name], textsBefore[name]) : differs(texts[name], shown(kind, undefined, place))));
    const body = Object.fromEntries(said.map(({ name, kind }) => [name, meant(kind, texts[name], place)]));
    const changed = Object.entries(links).filter(([name, data]) => data && differs(data, linksBefore[name]));
    const related = changed.length ? Object.fromEntries(changed.map(([name, data]) => [name, { data }])) : undefined;
    const sent = item ? api.patch(type, item.id, body, related, tag && { "If-Match": tag }) : api.create(type, body, related, key);
    sent.then(
      () => (say(t("saved")), done()),
      (failed) => (setError(failed), failed.status === 412 && (say(t("changedSince")), again())),
    );
  };
  const problemOf = (name) =>
    error instanceof Refused ? error.errors.filter((each) => each.source?.pointer?.startsWith(`/data/attributes/${name}`)).map((each) => each.detail).join(" ") : "";
  const elsewhere = error && !attributes.some(({ name }) => problemOf(name));
  const archive = () => api.call("DELETE", `${type}/${item.id}`).then(() => (say(t("saved")), done()), setError);
  return (
    <form class="form" onSubmit={submit}>
      {attributes.map((field) => (
        <ItemField key={field.name} document={document} field={field} title={label(field.name, language)} text={texts[field.name]} error={problemOf(field.name)} may={may}
          onChange={(text) => setTexts({ ...texts, [field.name]: text })} />
      ))}
      {relationships.map(({ name, many }) => (
        <Related key={name} title={label(name, language)} type={KIND_OF[name] ?? name} many={many} value={links[name]} onChange={(data) => setLinks({ ...links, [name]: data })} />
      ))}
      <Problem error={elsewhere ? error : undefined} />
      {may && (
        <footer>
          <button class="main">{item ? t("save") : t("add")}</button>
          {item?.attributes.archived && <button type="button" onClick={() => api.patch(type, item.id, { archived: false }).then(() => (say(t("saved")), done()), setError)}>{t("restore")}</button>}
          {item && !item.attributes.archived && type !== "organizations" && <Sure text={t("archive")} run={archive} />}
        </footer>
      )}
    </form>
  );
}
