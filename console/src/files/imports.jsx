// The imports page: check a file, import it, and undo an import.

import { useState } from "preact/hooks";
import { newKey } from "../api.js";
import { Check, List, Problem, Sure, useAction, useAgain, useDesk, useLoaded } from "../desk.jsx";
import { Mapping } from "./mapping.jsx";
import { download, firstLines, upload } from "./transfer.js";

const SHOWN = 500, PAUSE = 1_000;
const RESULTS = ["created", "updated", "unchanged", "skipped", "refused", "failed"];
const ENDED = ["completed", "refused", "failed", "expired"];
const LINES = "application/x-ndjson";

export function ImportsPage({ id }) {
  const { t, api, go, language } = useDesk();
  const [file, setFile] = useState();
  const [mapping, setMapping] = useState({});
  const [trial, setTrial] = useState();
  const { busy, error, act } = useAction();
  /** Uploads the file, for a dry run or for the import itself. `kind` and `again` are kept with the mapping: all are choices for this file. */
  const send = (given, dry_run, { kind, again, ...said }) =>
    act(async () => {
      const announced = { name: given.name, size: given.size, language: language.slice(0, 2), dry_run, kind, again, mapping: said };
      const { data } = await api.create("imports", announced, undefined, newKey());
      await upload(data.attributes.upload, given);
      if (dry_run) setTrial(data.id);
      else setTrial(undefined), setFile(undefined), go("imports", data.id);
    });
  const check = (given, chosen) => (setMapping(chosen), send(given, true, chosen));
  const take = (given) => {
    if (!given || busy) return;
    setFile(given), setTrial(undefined), check(given, {});
  };
  if (id) return <div class="page"><p><a href="#/imports">← {t("imports")}</a></p><Run key={id} id={id} /></div>;
  return (
    <div class="page">
      <h1>{t("imports")}</h1>
      <Drop file={file} take={take} busy={busy} />
      <Problem error={error} />
      {busy && <p role="status">{t("uploading")}</p>}
      {file && trial && (
        <Run key={trial} id={trial}>
          {(run, told) => (
            <>
              <p class="actions">
                {run.created + run.updated > 0 && (
                  <button class="main" disabled={busy} onClick={() => send(file, false, mapping)}>{t("importRows", { n: run.created + run.updated })}</button>
                )}
                {run.problem?.code === "imported_before" && <button disabled={busy} onClick={() => check(file, { ...mapping, again: true })}>{t("importAgain")}</button>}
              </p>
              <Mapping value={mapping} onChange={setMapping} told={told} unmatched={run.unmatched} kind={mapping.kind ?? run.kind} />
              <p class="actions"><button disabled={busy} onClick={() => check(file, mapping)}>{t("checkAgain")}</button></p>
            </>
          )}
        </Run>
      )}
      {!trial && !busy && <Recent />}
    </div>
  );
}

function Drop({ file, take, busy }) {
  const { t } = useDesk();
  const [over, setOver] = useState(false);
  const drop = (event) => (event.preventDefault(), setOver(false), take(event.dataTransfer.files[0]));
  return (
    <label class={`drop${over ? " over" : ""}${file ? " taken" : ""}`} onDragOver={(event) => (event.preventDefault(), setOver(true))} onDragLeave={() => setOver(false)} onDrop={drop}>
      <b>{file ? file.name : t("dropFile")}</b>
      <small>{t("fileKinds")}</small>
      <input type="file" disabled={busy} accept=".csv,.tsv,.txt,.xlsx,.xlsm,.ics,.jsonl,.ndjson" onChange={(event) => (take(event.currentTarget.files[0]), (event.currentTarget.value = ""))} />
    </label>
  );
}

function Recent() {
  const { t, api, when } = useDesk();
  const recent = useLoaded((signal) => api.get("imports", { "page[size]": 20 }, { signal }), [api]);
  return (
    <>
      <h2>{t("recent")}</h2>
      <List loaded={recent}>
        {({ id, attributes: of }) => (
          <a href={`#/imports/${id}`}>
            <b>{of.file}</b>
            <span>{when(of.started_at)}</span>
            <State run={of} />
            <span class="sum">{t("rows", { n: of.rows })}</span>
          </a>
        )}
      </List>
    </>
  );
}

function State({ run: { status, dry_run } }) {
  const { t } = useDesk();
  return <span class={`tag state-${status}`}>{t(dry_run && status === "completed" ? "dryRun" : `run_${status}`)}</span>;
}

/** Shows one import until it has ended. After a dry run, `children` renders the next step from the run and the columns' meanings. */
function Run({ id, children }) {
  const { t, api, say } = useDesk();
  const [turn, setTurn] = useState(0);
  const { error, act } = useAction();
  const { value, error: unread } = useLoaded((signal) => api.get(`imports/${id}`, {}, { signal }), [api, id, turn]);
  const run = value?.data.attributes;
  const ended = run && ENDED.includes(run.status);
  const moves = unread || (run && (!ended || run.undo?.status === "running"));
  useAgain(moves, PAUSE, () => setTurn(turn + 1), [value, unread]);
  const undo = () => act(() => api.post(`imports/${id}/undo`).then(() => setTurn(turn + 1)));
  const keep = () =>
    act(async () => {
      const { files } = (await api.get(`imports/${id}/results`)).data.attributes;
      download((files.find((each) => each.name === run.file) ?? files.find((each) => each.media_type !== LINES) ?? files[0]).url);
      say(t("saved"));
    });
  if (!run) return unread ? <Problem error={unread} /> : <p role="status">{t("loading")}</p>;
  // The meaning found for each column of the file, also if the file was refused.
  const told = { ...run.read.columns, ...Object.fromEntries((run.read.ignored ?? []).map((each) => [each, null])), ...run.problem?.columns };
  return (
    <section class="run" aria-label={run.file}>
      <p class="standing"><b>{run.file}</b> <State run={run} /></p>
      <Problem error={error ?? unread} />
      {!ended && (
        <p role="status">
          <progress max={run.rows || undefined} value={run.rows ? run.processed : undefined} aria-label={t("progress")} /> {run.rows > 0 && t("of", { used: run.processed, all: run.rows })}
        </p>
      )}
      {run.problem && <p class="problem" role="alert">{run.problem.detail}</p>}
      {ended && run.rows > 0 && (
        <ul class="counts">
          {RESULTS.filter((each) => run[each] > 0).map((each) => <li key={each} class={each}><b>{run[each]}</b> {t(`${run.dry_run ? "would" : "did"}_${each}`, { n: run[each] })}</li>)}
        </ul>
      )}
      {run.problems.length > 0 && (
        <ul class="problem">{run.problems.map((each) => <li key={each.detail}>{each.count > 1 && `${each.count} × `}{each.detail}{each.lines.length > 0 && ` (${t(each.count > 1 ? "lines" : "lineOf", { lines: each.lines.join(", ") })}${each.count > each.lines.length ? " …" : ""})`}</li>)}</ul>
      )}
      {ended && children?.(run, told)}
      {ended && run.rows > 0 && (
        <>
          <p class="actions">
            <button onClick={keep}>{t("marked")}</button>
            {!run.dry_run && !run.undo && run.created + run.updated > 0 && <Sure text={t("undoImport")} question={t("reallyUndo", { n: run.created + run.updated })} yes={t("undoImport")} run={undo} />}
          </p>
          {run.undo && <Undone undo={run.undo} />}
          <Rows id={id} />
        </>
      )}
    </section>
  );
}

function Undone({ undo }) {
  const { t } = useDesk();
  const left = Object.entries(undo.left);
  return (
    <div role="status">
      <p class="fine">{undo.status === "running" ? t("undoing", { n: undo.done, all: undo.total ?? "…" }) : t("undidRows", { n: undo.undone })}</p>
      {left.length > 0 && <ul>{left.map(([why, n]) => <li key={why}>{n} {t(`left_${why}`)}</li>)}</ul>}
    </div>
  );
}

/** The result of each row, in the order of the file. */
function Rows({ id }) {
  const { t, api } = useDesk();
  const [only, setOnly] = useState(false);
  const { value, error } = useLoaded(async (signal) => {
    const { files } = (await api.get(`imports/${id}/results`, {}, { signal })).data.attributes;
    return firstLines(files.find((each) => each.media_type === LINES).url, SHOWN, signal);
  }, [api, id]);
  const shown = value?.filter((each) => !only || each.errors.length > 0) ?? [];
  return (
    <section>
      <div class="tools"><h2>{t("eachRow")}</h2> <Check label={t("onlyProblems")} checked={only} onChange={setOnly} /></div>
      <Problem error={error} />
      <table class="rows">
        <thead><tr><th scope="col">{t("line")}</th><th scope="col">{t("result")}</th><th scope="col">{t("problem")}</th></tr></thead>
        <tbody>
          {shown.map((each) => (
            <tr key={each.line} class={each.result}>
              <td>{each.line}{each.external_id && ` · ${each.external_id}`}</td>
              <td>{t(`row_${each.result}`)}</td>
              <td>{each.errors.map((error) => error.detail).join(" ")}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {value?.length === SHOWN && <p class="faint">{t("firstRows", { n: SHOWN })}</p>}
    </section>
  );
}
