// The trail: an order's history, loaded on request, and the organization's log of all other changes.

import { useState } from "preact/hooks";
import { label } from "./catalog/fields.jsx";
import { Pages, Problem, useDesk, useLoaded } from "./desk.jsx";

export function History({ id, turn }) {
  const { t } = useDesk();
  const [open, setOpen] = useState(false);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t("history")}</summary>
      {open && <Entries path={`orders/${id}/history`} turn={turn} />}
    </details>
  );
}

export function LogPage() {
  const { t } = useDesk();
  const [number, setNumber] = useState(1);
  return (
    <div class="page" tabIndex={0}>
      <h1>{t("log")}</h1>
      <Entries path="audit-log" number={number} turn={number} go={setNumber} />
    </div>
  );
}

function Entries({ path, turn, number = 1, go }) {
  const { t, api, language, when } = useDesk();
  const { value, error } = useLoaded((signal) => api.get(path, { "page[size]": 50, "page[number]": number }, { signal }), [api, path, turn]);
  return (
    <>
      <Problem error={error} />
      {value?.data.length === 0 && <p class="empty">{t("noTrail")}</p>}
      <ol class="trail">
        {value?.data.map(({ id, attributes: of, relationships: { subject } }) => (
          <li key={id}>
            <b>{t(`action_${of.action}`)}{subject && ` · ${t(subject.data.type)}`}</b>
            <span>{[when(of.at), of.actor.name ?? of.actor.type, of.reason].filter(Boolean).join(" · ")}</span>
            {of.changes.filter((each) => "after" in each && !each.attribute.startsWith("blocker_") && (each.after === null || typeof each.after !== "object")).map((each) => (
              <small key={each.attribute}>{label(each.attribute, language)}: {shown(each, "before", t, when)} → {shown(each, "after", t, when)}</small>
            ))}
          </li>
        ))}
      </ol>
      {go && <Pages number={number} last={value?.meta.page["last-page"]} go={go} />}
    </>
  );
}

const shown = ({ attribute, ...of }, which, t, when) => {
  const value = of[which];
  if (value === null || value === undefined) return "–";
  const status = `status_${value}`;
  if (attribute === "status" && t(status) !== status) return t(status);
  return /^\d{4}-\d\d-\d\dT/.test(value) ? when(value) : String(value);
};
