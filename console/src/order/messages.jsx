// The messages of an order: their state, sending one again, and a preview as the reader sees it.

import { useEffect, useRef, useState } from "preact/hooks";
import { ROOT } from "../api.js";
import { Problem, useAgain, useDesk, useEvent, useLoaded } from "../desk.jsx";

const SOON = 4_000, YOUNG = 60_000, LOOKS = 8;
const OPEN = ["waiting", "sending"], AGAIN = ["sent", "failed", "bounced"];

export function Messages({ order: { id, attributes: order }, customer, turn, act, busy }) {
  const { t, api, can, when } = useDesk();
  const [look, setLook] = useState(0);
  const [shown, setShown] = useState();
  const { value, error } = useLoaded((signal) => api.get(`orders/${id}/messages`, { "page[size]": 100 }, { signal }), [api, id, turn, look]);
  const messages = value?.data ?? [];
  // A mail is sent some seconds after the change that caused it, so the list is refreshed for a while.
  const moves = messages.some((each) => OPEN.includes(each.attributes.state)) || Date.now() - Date.parse(order.updated_at) < YOUNG;
  useAgain(value && moves && look < LOOKS, SOON, () => setLook(look + 1), [value]);
  useEffect(() => setLook(0), [turn]);
  const toggle = (key, asked) => setShown(shown?.key === key ? undefined : { key, asked });
  const known = messages.some((each) => each.attributes.kind === "confirmation");
  return (
    <section class="messages">
      <h3>{t("messages")}</h3>
      <Problem error={error} />
      {value && !messages.length && <p class="faint">{t("noMessages")}</p>}
      <ul>
        {messages.map(({ id: name, attributes: of, relationships: { customer: to, message_rule: rule } }) => (
          <li key={name}>
            <b>{t(`kind_${of.kind}`)}</b> <span class={`tag state-${of.state}`}>{t(`state_${of.state}`)}</span>
            <small>{[of.recipient ?? t(to?.data ? "customer" : "staff"), when(of.sent_at ?? of.ended_at ?? of.due_at ?? of.created_at, order.timezone)].join(" · ")}</small>
            {of.reason && of.reason !== of.state && <small class="wrong">{t(`reason_${of.reason}`)}</small>}
            <span class="actions">
              <button class="plain" aria-expanded={shown?.key === name} onClick={() => toggle(name, asked(of.kind, to?.data, rule?.data))}>{t("preview")}</button>
              {AGAIN.includes(of.state) && can("orders:notify") && (
                <button class="plain" disabled={busy} onClick={() => act(() => api.post(`messages/${name}/resend`), "sent")}>{t("sendAgain")}</button>
              )}
            </span>
            {shown?.key === name && <Preview id={id} {...shown} turn={turn} />}
          </li>
        ))}
      </ul>
      {value && !known && customer?.email && order.status === "completed" && (
        <>
          <button class="plain" aria-expanded={shown?.key === "new"} onClick={() => toggle("new", { kind: "confirmation" })}>{t("preview")}: {t("kind_confirmation")}</button>
          {shown?.key === "new" && <Preview id={id} {...shown} turn={turn} />}
        </>
      )}
    </section>
  );
}

/** The attributes that request a preview: the kind, the recipient and the rule. */
const asked = (kind, customer, rule) => ({
  kind, ...(customer && { customer_id: customer.id }), ...(rule && { message_rule_id: rule.id, recipient: customer ? "customer" : "staff" }),
});

/** A preview of the mail as it would be sent now. */
function Preview({ id, asked: attributes, turn }) {
  const { t, api } = useDesk();
  const body = { data: { type: "message-previews", attributes } };
  const { value, error } = useLoaded((signal) => api.post(`orders/${id}/messages/preview`, body, { signal }), [api, id, attributes, turn]);
  if (!value) return error ? <Problem error={error} /> : <p role="status">{t("loading")}</p>;
  const { subject, html, recipient, calendar_files: files } = value.data.attributes;
  return (
    <div class="mail">
      <p><b>{subject}</b> <small>{[recipient, ...files.map((each) => each.name)].join(" · ")}</small></p>
      <Frame key={html} title={subject} html={html} />
    </div>
  );
}

/** Shows a mail in a frame that cannot run scripts, load anything, or access the desk. */
function Frame({ title, html }) {
  const frame = useRef();
  const [height, setHeight] = useState(300);
  useEvent("message", ({ source, data }) => {
    if (source !== frame.current?.contentWindow) return;
    if (data?.ready) source.postMessage({ html }, "*");
    else if (data?.height > 0) setHeight(Math.min(data.height, 4000));
  });
  return <iframe ref={frame} src={`${ROOT}/console/mail.html`} sandbox="allow-scripts" title={title} style={{ height: `${height}px` }} />;
}
