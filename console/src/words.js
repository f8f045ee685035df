// Everything that the desk says, in English and German.

const WORDS = {
  plan: ["Plan", "Plan"], find: ["Search", "Suche"], catalog: ["Catalog", "Katalog"], tokens: ["Tokens", "Tokens"], log: ["Log", "Protokoll"],
  signIn: ["Sign in", "Anmelden"], signOut: ["Sign out", "Abmelden"], token: ["Token", "Token"],
  pasteToken: ["Paste the token that you were given.", "Fügen Sie das Token ein, das Sie bekommen haben."],
  tokenEnded: ["Your token is no longer valid. Sign in again.", "Ihr Token ist nicht mehr gültig. Bitte melden Sie sich neu an."],
  noOrganization: ["This token belongs to no organization.", "Dieses Token gehört zu keiner Organisation."],
  notOffered: ["This token may not see the plan. It needs the scopes orders:read and catalog:read.",
    "Dieses Token darf den Plan nicht sehen. Es braucht die Berechtigungen orders:read und catalog:read."],
  today: ["Today", "Heute"], day: ["Day", "Tag"], week: ["Week", "Woche"], list: ["List", "Liste"],
  earlier: ["Earlier", "Früher"], later: ["Later", "Später"], date: ["Date", "Datum"], allHours: ["24 hours", "24 Stunden"],
  newBooking: ["New booking", "Neue Buchung"], print: ["Print", "Drucken"], close: ["Close", "Schließen"], skip: ["Skip to the content", "Zum Inhalt"],
  offline: ["No connection. This is as of {time}; trying again.", "Keine Verbindung. Stand {time}; neuer Versuch läuft."],
  noAnswer: ["No answer. Check the connection and try again: nothing is booked twice.",
    "Keine Antwort. Bitte Verbindung prüfen und noch einmal versuchen: nichts wird doppelt gebucht."],
  noAnswerChange: ["No answer. Whether it was changed is not known: see the plan.", "Keine Antwort. Ob die Änderung ankam, ist nicht bekannt: siehe Plan."],
  loading: ["Loading …", "Lädt …"], nothing: ["Nothing here.", "Hier ist nichts."], noBookings: ["No bookings on these days.", "Keine Buchungen an diesen Tagen."],
  noResources: ["There is nothing to book yet. Add a resource and a service in the catalog.", "Es gibt noch nichts zu buchen. Legen Sie im Katalog eine Ressource und eine Leistung an."],
  of: ["{used} of {all}", "{used} von {all}"], upTo: ["up to {used} of {all}", "bis {used} von {all}"], free: ["free", "frei"],
  draft: ["Draft until {time}", "Entwurf bis {time}"], blocker: ["Blocked", "Gesperrt"], override: ["in spite of a conflict", "trotz Konflikt"],
  walkIn: ["No customer", "Ohne Kunde"], checkedIn: ["here", "da"], series: ["series", "Serie"], padding: ["{n} min around", "{n} Min. Puffer"],
  closedNow: ["closed", "geschlossen"], rooms: ["Resources", "Ressourcen"], filterRooms: ["Filter resources", "Ressourcen filtern"],
  resource: ["Resource", "Ressource"], service: ["Service", "Leistung"], start: ["Start", "Beginn"], end: ["End", "Ende"], quantity: ["Quantity", "Anzahl"],
  customer: ["Customer", "Kunde"], findCustomer: ["Name or mail", "Name oder E-Mail"], newCustomer: ["New customer", "Neuer Kunde"], remove: ["Remove", "Entfernen"],
  givenName: ["Given name", "Vorname"], familyName: ["Family name", "Nachname"], email: ["Mail", "E-Mail"], phone: ["Phone", "Telefon"], company: ["Company", "Firma"],
  addOns: ["Add-ons", "Extras"], voucher: ["Voucher", "Gutschein"], note: ["Note", "Notiz"], more: ["More", "Mehr"], notify: ["Send a confirmation", "Bestätigung senden"],
  notifyChange: ["Tell the customer by mail", "Kunden per E-Mail informieren"],
  repeats: ["Repeat", "Wiederholen"], never: ["Never", "Nie"], daily: ["Every day", "Jeden Tag"], weekly: ["Every week", "Jede Woche"], monthly: ["Every month", "Jeden Monat"],
  times: ["Times", "Anzahl der Termine"], skipTaken: ["Leave out what is taken", "Belegte Termine auslassen"],
  book: ["Book", "Buchen"], bookFor: ["Book for {total}", "Buchen für {total}"], asDraft: ["Hold as a draft", "Als Entwurf halten"],
  bookAnyway: ["Book in spite of this", "Trotzdem buchen"], anyway: ["You are booking in spite of a conflict.", "Sie buchen trotz eines Konflikts."],
  nextFree: ["Next free times", "Nächste freie Zeiten"], checking: ["Checking …", "Wird geprüft …"], available: ["Available", "Verfügbar"],
  block: ["Block time", "Zeit sperren"], blockTitle: ["Reason", "Grund"], booking: ["Booking", "Buchung"],
  priceChanged: ["The price has changed to {total}. Look again, then book.", "Der Preis beträgt jetzt {total}. Bitte prüfen und erneut buchen."],
  booked: ["Booked: {number}", "Gebucht: {number}"], blocked: ["Blocked", "Gesperrt"], moved: ["Moved to {when}", "Verschoben auf {when}"], undo: ["Undo", "Rückgängig"], undone: ["As it was before", "Wie vorher"],
  canceled: ["Canceled", "Storniert"], sent: ["Sent", "Gesendet"], saved: ["Saved", "Gespeichert"],
  order: ["Order", "Bestellung"], status: ["Status", "Status"], total: ["Total", "Summe"], tax: ["Tax {rate} %", "Steuer {rate} %"], net: ["Net", "Netto"], discount: ["Discount", "Rabatt"],
  checkIn: ["Check in", "Einchecken"], undoCheckIn: ["Undo check-in", "Check-in zurücknehmen"], checkOut: ["Check out", "Auschecken"], undoCheckOut: ["Undo check-out", "Check-out zurücknehmen"],
  move: ["Move", "Verschieben"], cancelBooking: ["Cancel booking", "Buchung stornieren"], cancelOrder: ["Cancel order", "Bestellung stornieren"], resend: ["Send the confirmation again", "Bestätigung erneut senden"],
  complete: ["Complete", "Abschließen"], really: ["Really cancel?", "Wirklich stornieren?"], yes: ["Yes, cancel", "Ja, stornieren"], no: ["No", "Nein"], removeBlocker: ["Unblock", "Freigeben"],
  open: ["Open the order", "Bestellung öffnen"], history: ["History", "Verlauf"], messages: ["Messages", "Nachrichten"], preview: ["Preview", "Vorschau"],
  noMessages: ["Nothing has been sent.", "Es wurde nichts gesendet."], staff: ["Staff", "Team"], sendAgain: ["Send again", "Erneut senden"],
  kind_confirmation: ["Confirmation", "Bestätigung"], kind_change: ["Change", "Änderung"], kind_cancellation: ["Cancellation", "Stornierung"], kind_reminder: ["Reminder", "Erinnerung"],
  state_waiting: ["waiting", "wartet"], state_sending: ["being sent", "wird gesendet"], state_sent: ["sent", "gesendet"], state_failed: ["not sent", "nicht gesendet"],
  state_withdrawn: ["withdrawn", "zurückgezogen"], state_bounced: ["not delivered", "nicht zugestellt"],
  reason_refused: ["The mail service has refused it.", "Der Maildienst hat sie abgelehnt."], reason_unavailable: ["The mail service could not be reached.", "Der Maildienst war nicht erreichbar."],
  reason_no_address: ["There is no address.", "Es gibt keine Adresse."], reason_customer_deleted: ["The customer was deleted.", "Der Kunde wurde gelöscht."],
  reason_address_bounced: ["Mails to this address come back.", "E-Mails an diese Adresse kommen zurück."], reason_address_complained: ["This address wants no more mail.", "Diese Adresse möchte keine E-Mails mehr."],
  reason_outdated: ["It was no longer true.", "Sie stimmte nicht mehr."], reason_bounced: ["The address does not take it.", "Die Adresse nimmt sie nicht an."], reason_complained: ["Its reader has complained of it.", "Der Empfänger hat sich beschwert."],
  status_accepted: ["Booked", "Gebucht"], status_reserved: ["Draft", "Entwurf"], status_requested: ["Requested", "Angefragt"], status_rejected: ["Rejected", "Abgelehnt"], status_canceled: ["Canceled", "Storniert"],
  status_draft: ["Draft", "Entwurf"], status_completed: ["Booked", "Gebucht"], status_expired: ["Expired", "Abgelaufen"],
  searchFor: ["Number, name or mail", "Nummer, Name oder E-Mail"], orders: ["Orders", "Bestellungen"], customers: ["Customers", "Kunden"], found: ["{n} found", "{n} gefunden"],
  resources: ["Resources", "Ressourcen"], services: ["Services", "Leistungen"], "add-ons": ["Add-ons", "Extras"], vouchers: ["Vouchers", "Gutscheine"], "custom-fields": ["Custom fields", "Eigene Felder"],
  "timeslot-series": ["Timeslot series", "Zeitfenster-Reihen"], "message-rules": ["Message rules", "Nachrichtenregeln"], organizations: ["Organization", "Organisation"],
  add: ["Add", "Anlegen"], change: ["Change", "Ändern"], save: ["Save", "Speichern"], archive: ["Archive", "Archivieren"], back: ["Back", "Zurück"], archived: ["Archived", "Archiviert"], restore: ["Restore", "Wiederherstellen"],
  name: ["Name", "Name"], scopes: ["Scopes", "Berechtigungen"], expires: ["Ends", "Endet"], revoke: ["Revoke", "Widerrufen"], makeToken: ["Make a token", "Token anlegen"], reallyRevoke: ["Really revoke?", "Wirklich widerrufen?"], yesRevoke: ["Yes, revoke", "Ja, widerrufen"],
  shownOnce: ["Copy it now: it is shown this once.", "Jetzt kopieren: Es wird nur dieses eine Mal angezeigt."], page: ["Page {n} of {all}", "Seite {n} von {all}"], next: ["Next", "Weiter"], previous: ["Back", "Zurück"],
  changedSince: ["Somebody has changed this meanwhile. Here it is as it is now.", "Das wurde inzwischen geändert. Hier der jetzige Stand."],
  optional: ["optional", "freiwillig"], required: ["required", "nötig"], language: ["Deutsch", "English"], always: ["Empty: always open", "Leer: immer geöffnet"], hoursHint: ["09:00-12:00, 13:00-18:00", "09:00-12:00, 13:00-18:00"],
  mon: ["Mon", "Mo"], tue: ["Tue", "Di"], wed: ["Wed", "Mi"], thu: ["Thu", "Do"], fri: ["Fri", "Fr"], sat: ["Sat", "Sa"], sun: ["Sun", "So"],
  keys: ["Keys: N new booking, T today, D day, W week, L list, ← → days, / search", "Tasten: N neue Buchung, T heute, D Tag, W Woche, L Liste, ← → Tage, / Suche"],
  failed: ["That did not work. Try again.", "Das hat nicht geklappt. Bitte noch einmal versuchen."], minutes: ["{n} min", "{n} Min."], clock: ["{time} in {zone}", "{time} in {zone}"],
};

export const LANGUAGES = ["en", "de"];

export function preferredLanguage() {
  const kept = localStorage.getItem("frontdesk-language");
  if (LANGUAGES.includes(kept)) return kept;
  return navigator.languages.map((each) => each.slice(0, 2)).find((each) => LANGUAGES.includes(each)) ?? "en";
}

/** Says a word in a language, with values in the places of their names. */
export function speaker(language) {
  const which = LANGUAGES.indexOf(language);
  return (name, values = {}) => (WORDS[name]?.[which] ?? name).replace(/\{(\w+)\}/g, (_, key) => values[key]);
}
