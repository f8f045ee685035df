// Shared by all pages of the desk: the session, messages to the user, and common components.

import { cloneElement, createContext } from "preact";
import { useContext, useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { ROOT, Unanswered } from "./api.js";
import { isElsewhere } from "./time.js";

export const Desk = createContext();
export const useDesk = () => useContext(Desk);

/** Returns the text that explains a failed call to the user. */
export function told(error, t, unanswered = "noAnswer") {
  if (error instanceof Unanswered) return t(unanswered);
  return error.errors ? error.message : t("failed");
}

export function Problem({ error, unanswered, again }) {
  const { t } = useDesk();
  if (!error) return null;
  return <p class="problem" role="alert">{told(error, t, unanswered)} {again && error instanceof Unanswered && <button onClick={again}>{t("tryAgain")}</button>}</p>;
}

/** Performs one action at a time: `act` with the function that does it. Returns `busy` meanwhile, and the last action's `error`. */
export function useAction() {
  const [state, setState] = useState({});
  const act = (run) => {
    if (state.busy) return;
    setState({ busy: true });
    Promise.resolve().then(run).then(() => setState({}), (error) => setState({ error }));
  };
  return { ...state, act };
}

/** Loads data once, and again whenever its dependencies change, or by `again`. */
export function useLoaded(load, needs) {
  const [state, setState] = useState({});
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const gone = new AbortController();
    load(gone.signal).then(
      (value) => !gone.signal.aborted && setState({ value }),
      (error) => !gone.signal.aborted && setState((before) => ({ ...before, error })),
    );
    return () => gone.abort();
  }, [...needs, turn]);
  return { ...state, again: () => setTurn(turn + 1) };
}

/** Calls `hear` for an event of the window. */
export function useEvent(name, hear) {
  useLayoutEffect(() => {
    addEventListener(name, hear);
    return () => removeEventListener(name, hear);
  });
}

/** Reloads some time after each answer, as long as something is in progress. */
export function useAgain(moves, pause, again, answers) {
  useEffect(() => {
    const timer = moves ? setTimeout(again, pause) : undefined;
    return () => clearTimeout(timer);
  }, answers);
}

/** Loads the API's OpenAPI document, which describes the forms. */
export const useDocument = () => useLoaded(() => fetch(`${ROOT}/docs/openapi.json`).then((answer) => answer.json()), []);

/** A panel at the side, or over the whole page on a phone. Escape closes it. The focus moves in, and back when it closes. */
export function Panel({ title, close, children }) {
  const { t } = useDesk();
  const panel = useRef();
  useEffect(() => {
    const before = document.activeElement;
    panel.current.focus();
    return () => before?.isConnected && before.focus();
  }, []);
  useEvent("keydown", (event) => event.key === "Escape" && close());
  // The element that had the focus may no longer exist.
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

/** An input with its label. A hint becomes the input's description, not part of its name. */
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

/** Inputs for a start and an end on a zone's clock, each `{date, time}`. A change calls `set(which, change)`. */
export function Times({ value, zone, set }) {
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
      {isElsewhere(Date.now(), zone) && <small>{t("timesIn", { zone })}</small>}
    </div>
  );
}

/** A list of what was loaded. `children` renders an item. */
export function List({ loaded: { value, error, again }, empty = "nothing", class: of, children }) {
  const { t } = useDesk();
  return (
    <>
      <Problem error={error} again={again} />
      {value?.data.length === 0 && <p class="empty">{t(empty)}</p>}
      <ul class="found">{value?.data.map((each) => <li key={each.id} class={of}>{children(each)}</li>)}</ul>
    </>
  );
}

/** The navigation between the pages of a list. */
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

/** A choice of one option. `options` are pairs of a value and its label. */
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

/** A button that asks for confirmation before an action that cannot be undone. */
export function Sure({ text, question = `${text}?`, yes = text, run, children }) {
  const { t } = useDesk();
  const [asking, setAsking] = useState(false);
  if (!asking) return <button class="danger" onClick={() => setAsking(true)}>{text}</button>;
  return (
    <fieldset class="sure">
      <legend>{question}</legend>
      {children}
      <button class="danger" onClick={() => (setAsking(false), run())}>{yes}</button>
      <button autofocus onClick={() => setAsking(false)}>{t("no")}</button>
    </fieldset>
  );
}
