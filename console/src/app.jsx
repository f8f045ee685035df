// The desk: the user's session, the current page, and the messages at the bottom.

import "../style/app.css";
import { render } from "preact";
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { Api } from "./api.js";
import { CatalogPage } from "./catalog/page.jsx";
import { Desk, useEvent } from "./desk.jsx";
import { ExportsPage } from "./files/exports.jsx";
import { ImportsPage } from "./files/imports.jsx";
import { FindPage } from "./find.jsx";
import { PlanPage } from "./plan/page.jsx";
import { SignIn } from "./signin.jsx";
import { moment } from "./time.js";
import { TokensPage } from "./tokens.jsx";
import { LogPage } from "./trail.jsx";
import { preferredLanguage, speaker } from "./words.js";

const KEPT = "frontdesk-token";

/** Removes a token from the page's address before sending any request. */
function takeToken() {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given) {
    history.replaceState(null, "", location.pathname + location.search);
    sessionStorage.setItem(KEPT, given);
  }
  return sessionStorage.getItem(KEPT);
}

const first = takeToken();

function App() {
  const [language, setLanguage] = useState(preferredLanguage);
  const [token, setToken] = useState(first);
  const [why, setWhy] = useState();
  const [session, setSession] = useState();
  const t = useMemo(() => speaker(language), [language]);
  const leave = useCallback((reason) => {
    sessionStorage.removeItem(KEPT);
    setToken(null), setSession(undefined), setWhy(reason);
  }, []);
  const api = useMemo(() => token && new Api(token, language, () => leave("tokenEnded")), [token, language, leave]);

  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  useEffect(() => {
    if (!api) return;
    api.get("user", { include: "active_organization" }).then(
      ({ data, included = [] }) => {
        const organization = included.find((each) => each.type === "organizations");
        if (!organization) return leave("noOrganization");
        // Without the scope catalog:read, only the organization's name is known.
        setSession({
          scopes: data.attributes.scopes,
          organization: { timezone: Intl.DateTimeFormat().resolvedOptions().timeZone, currency: "EUR", ...organization.attributes, id: organization.id },
        });
      },
      (error) => error.status !== 401 && leave("failed"),
    );
  }, [api, leave]);

  const speak = () => {
    const other = language === "en" ? "de" : "en";
    localStorage.setItem("frontdesk-language", other);
    setLanguage(other);
  };
  const enter = (given) => {
    sessionStorage.setItem(KEPT, given);
    setWhy(undefined), setToken(given);
  };
  if (!token) return <SignIn t={t} why={why} enter={enter} speak={speak} />;
  if (!session) return <p class="waiting" role="status">{t("loading")}</p>;
  return <Signed api={api} session={session} language={language} t={t} speak={speak} leave={() => leave()} />;
}

function route() {
  const [page = "plan", ...rest] = location.hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);
  return { page: page || "plan", rest };
}

const go = (...parts) => {
  location.hash = `/${parts.map(encodeURIComponent).join("/")}`;
};

function Signed({ api, session, language, t, speak, leave }) {
  const [{ page, rest }, setRoute] = useState(route);
  const [notice, setNotice] = useState();
  const search = useRef();
  const follow = () => setRoute(route());
  useEvent("hashchange", follow);
  // The address may have changed before the listener was added.
  useLayoutEffect(follow, []);
  useEffect(() => {
    if (!notice) return;
    const timer = setTimeout(() => setNotice(undefined), notice.action ? 12_000 : 5_000);
    return () => clearTimeout(timer);
  }, [notice]);
  useEvent("keydown", (event) => {
    if (event.key !== "/" || event.target.closest("input, textarea, select")) return;
    event.preventDefault();
    search.current?.focus();
  });
  const can = useCallback((scope) => session.scopes.includes(scope) || session.scopes.includes("*"), [session]);
  // Dates and numbers follow the browser's region, in the chosen language.
  const region = navigator.languages.find((each) => each.startsWith(language)) ?? language;
  const desk = useMemo(() => {
    const { organization } = session, say = (text, action) => setNotice({ text, action });
    /** The text for an instant of the API's, on the place's clock. */
    const when = (iso, zone = organization.timezone) => moment(Date.parse(iso), zone, region);
    return { api, t, language: region, can, go, organization, say, when };
  }, [api, t, region, can, session]);
  const pages = [
    ["plan", can("orders:read") && can("catalog:read")],
    ["catalog", can("catalog:read")],
    ["imports", can("imports:write")],
    ["exports", can("exports:read")],
    ["tokens", can("tokens:write")],
    ["log", can("audit:read")],
  ].filter(([, allowed]) => allowed);
  return (
    <Desk.Provider value={desk}>
      <a class="skip" href="#content" onClick={(event) => (event.preventDefault(), document.getElementById("content").focus())}>{t("skip")}</a>
      <header class="top">
        <strong class="who">{session.organization.name}</strong>
        <nav>
          {pages.map(([name]) => (
            <a key={name} href={`#/${name}`} aria-current={name === page ? "page" : undefined}>{t(name)}</a>
          ))}
        </nav>
        {can("orders:read") && (
          <form role="search" onSubmit={(event) => (event.preventDefault(), search.current.value.trim() && go("find", search.current.value.trim()))}>
            <input ref={search} type="search" aria-label={t("find")} placeholder={t("searchFor")} defaultValue={page === "find" ? rest[0] : ""} />
          </form>
        )}
        <button class="plain" onClick={speak} lang={language === "en" ? "de" : "en"}>{t("language")}</button>
        <button class="plain" onClick={leave}>{t("signOut")}</button>
      </header>
      <main id="content" tabIndex={-1}>
        <Page page={page} rest={rest} can={can} t={t} />
      </main>
      <div class="notices" role="status">
        {notice && (
          <p class="notice">
            {notice.text}
            {notice.action && <button onClick={() => (setNotice(undefined), notice.action.run())}>{notice.action.text}</button>}
          </p>
        )}
      </div>
    </Desk.Provider>
  );
}

function Page({ page, rest, can, t }) {
  if (page === "find") return <FindPage text={rest[0] ?? ""} />;
  if (page === "catalog") return <CatalogPage key={rest.join("/")} type={rest[0]} id={rest[1]} />;
  if (page === "imports") return <ImportsPage id={rest[0]} />;
  if (page === "exports") return <ExportsPage />;
  if (page === "log") return <LogPage />;
  if (page === "tokens") return <TokensPage />;
  if (!can("orders:read") || !can("catalog:read")) return <p class="empty">{t("notOffered", { plan: t("scope_orders:read"), catalog: t("scope_catalog:read") })}</p>;
  return <PlanPage date={rest[0]} view={rest[1]} />;
}

render(<App />, document.getElementById("app"));
