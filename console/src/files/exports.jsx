// The exports page: request a file, wait until it is made, and download it.

import { useState } from "preact/hooks";
import { newKey } from "../api.js";
import { Choice, Field, List, Problem, useAction, useAgain, useDesk, useLoaded } from "../desk.jsx";
import { onClock } from "../time.js";
import { download } from "./transfer.js";

const KINDS = ["bookings", "orders", "lines", "customers"], PAUSE = 1_500;

export function ExportsPage() {
  const { t, api, organization, language, can, say, when } = useDesk();
  const month = onClock(Date.now(), organization.timezone).date.slice(0, 8);
  const [form, setForm] = useState({ kind: "bookings", format: "xlsx", start: `${month}01`, end: "" });
  const [key, setKey] = useState(newKey);
  const [turn, setTurn] = useState(0);
  const { error, act } = useAction();
  const set = (change) => (setForm({ ...form, ...change }), setKey(newKey()));
  const exports = useLoaded((signal) => api.get("exports", { "page[size]": 20 }, { signal }), [api, turn]);
  const { value, error: unread } = exports;
  const moves = unread || value?.data.some(({ attributes: { status } }) => status === "pending" || status === "running");
  useAgain(moves, PAUSE, () => setTurn(turn + 1), [value, unread]);
  const submit = (event) => {
    event.preventDefault();
    const { start, end, ...said } = form;
    const period = start || end ? { start: start || undefined, end: end || undefined } : undefined;
    act(() => api.create("exports", { ...said, language: language.slice(0, 2), period }, undefined, key).then(() => (setKey(newKey()), setTurn(turn + 1))));
  };
  const keep = (id) => act(() => api.get(`exports/${id}`).then(({ data }) => (download(data.attributes.download_url), say(t("saved")))));
  const choice = (name, options) => (
    <Choice label={t(`export_${name}`)} class="short" value={form[name]} onChange={(value) => set({ [name]: value })} options={options.map((each) => [each, t(`export_${each}`)])} />
  );
  const day = (name) => (
    <Field label={`${t(`export_${name}`)} (${t("optional")})`} class="short"><input type="date" value={form[name]} onInput={(event) => set({ [name]: event.currentTarget.value })} /></Field>
  );
  return (
    <div class="page">
      <h1>{t("exports")}</h1>
      {can("exports:write") && (
        <form class="tools" onSubmit={submit}>
          {choice("kind", KINDS.filter((each) => can(each === "customers" ? "catalog:read" : "orders:read")))}
          {day("start")}{day("end")}
          {choice("format", ["xlsx", "csv"])}
          <button class="main">{t("makeFile")}</button>
        </form>
      )}
      <Problem error={error} />
      <List loaded={exports} empty="noExports" class="token">
        {({ id, attributes: of }) => (
          <>
            <b>{of.file}</b>
            <span>{[when(of.created_at), of.requested_by, of.status === "completed" && t("rows", { n: of.rows })].filter(Boolean).join(" · ")}</span>
            {of.status === "completed"
              ? <button onClick={() => keep(id)} aria-label={`${t("download")}: ${of.file}`}>{t("download")}</button>
              : <span class={`tag state-${of.status}`} role="status">{of.problem?.detail ?? t(`run_${of.status}`)}</span>}
          </>
        )}
      </List>
    </div>
  );
}
