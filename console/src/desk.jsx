// What every room of the desk needs: who is signed in, a way to say something, and parts that look the same everywhere.

import { cloneElement, createContext } from "preact";
import { useContext, useEffect, useId, useRef, useState } from "preact/hooks";
import { ROOT, Unanswered } from "./api.js";

export const Desk = createContext();
export const useDesk = () => useContext(Desk);

/** What a failed call means for whoever sees it. */
export function told(error, t, changed = false) {
  if (error instanceof Unanswered) return t(changed ? "noAnswerChange" : "noAnswer");
  return error.errors ? error.message : t("failed");
}

export function Problem({ error }) {
  const { t } = useDesk();
  return error ? <p class="problem" role="alert">{told(error, t)}</p> : null;
}

/** Loads something once, and again whenever what it depends on changes. */
export function useLoaded(load, needs) {
  const [state, setState] = useState({});
  useEffect(() => {
    const gone = new AbortController();
    load(gone.signal).then(
      (value) => !gone.signal.aborted && setState({ value }),
      (error) => !gone.signal.aborted && setState((before) => ({ ...before, error })),
    );
    return () => gone.abort();
  }, needs);
  return state;
}

/** Looks again a while after each answer, as long as something moves. */
export function useAgain(moves, pause, again, answers) {
  useEffect(() => {
    const timer = moves ? setTimeout(again, pause) : undefined;
    return () => clearTimeout(timer);
  }, answers);
}

/** The API's own document, which says what there is to fill in. */
export const useDocument = () => useLoaded(() => fetch(`${ROOT}/docs/openapi.json`).then((answer) => answer.json()), []);

/** A panel at the side (on a phone, over everything), which Escape closes. The focus goes in, and back to where it came from. */
export function Panel({ title, close, children }) {
  const { t } = useDesk();
  const panel = useRef();
  useEffect(() => {
    const before = document.activeElement;
    panel.current.focus();
    return () => before?.isConnected && before.focus();
  }, []);
  useEffect(() => {
    const press = (event) => event.key === "Escape" && close();
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, [close]);
  // What had the focus may be gone, with what was done.
  useEffect(() => {
    if (document.activeElement === document.body) panel.current.focus();
  });
  return (
    <div ref={panel} class="panel" role="dialog" aria-label={title} tabIndex={-1}>
      <header>
        <h2>{title}</h2>
        <button class="plain" aria-label={t("close")} onClick={close}>✕</button>
      </header>
      {children}
    </div>
  );
}

/** One input with its label; what is said of it beside that is its description, not its name. */
export function Field({ label, hint, error, children, class: of }) {
  const id = useId(), told = `${id}-told`;
  return (
    <div class={`field ${of ?? ""}`}>
      <label for={id}>{label}</label>
      {cloneElement(children, { id, "aria-describedby": hint || error ? told : undefined, "aria-invalid": error ? "true" : undefined })}
      {(hint || error) && (
        <div id={told}>
          {hint && <small>{hint}</small>} {error && <small class="wrong">{error}</small>}
        </div>
      )}
    </div>
  );
}

/** A start and an end on the wall clock of a place, each `{date, time}`; `set(which, change)`. */
export function Times({ value, set }) {
  const { t } = useDesk();
  return (
    <div class="when">
      {["start", "end"].map((which) => (
        <fieldset key={which}>
          <legend>{t(which)}</legend>
          {["date", "time"].map((part) => (
            <input key={part} type={part} aria-label={part === "date" ? `${t(which)}: ${t("date")}` : t(which)} value={value[which][part]} required
              onChange={(event) => event.currentTarget.value && set(which, { [part]: event.currentTarget.value })} />
          ))}
        </fieldset>
      ))}
    </div>
  );
}

/** The way between the pages of a list. */
export function Pages({ number, last, go }) {
  const { t } = useDesk();
  if (!(last > 1)) return null;
  return (
    <p class="pages">
      <button disabled={number === 1} onClick={() => go(number - 1)}>{t("previous")}</button>
      {t("page", { n: number, all: last })}
      <button disabled={number >= last} onClick={() => go(number + 1)}>{t("next")}</button>
    </p>
  );
}

/** One of several: `options` are pairs of a value and what it is called. */
export function Choice({ label, options, onChange, class: of, ...input }) {
  return (
    <Field label={label} class={of}>
      <select {...input} onChange={(event) => onChange(event.currentTarget.value)}>
        {options.map(([value, text]) => <option key={value} value={value}>{text}</option>)}
      </select>
    </Field>
  );
}

export function Check({ label, checked, onChange }) {
  return (
    <label class="check">
      <input type="checkbox" checked={checked} onChange={(event) => onChange(event.currentTarget.checked)} />
      <span>{label}</span>
    </label>
  );
}

/** A button that asks before it does what can't be taken back. */
export function Sure({ text, question, yes, run, children }) {
  const { t } = useDesk();
  const [asking, setAsking] = useState(false);
  if (!asking) return <button class="danger" onClick={() => setAsking(true)}>{text}</button>;
  return (
    <fieldset class="sure">
      <legend>{question ?? t("really")}</legend>
      {children}
      <button class="danger" onClick={() => (setAsking(false), run())}>{yes ?? t("yes")}</button>
      <button autofocus onClick={() => setAsking(false)}>{t("no")}</button>
    </fieldset>
  );
}
