// All texts of the desk, in English and German.

const WORDS = {
  plan: ["Plan", "Plan"], find: ["Search", "Suche"], catalog: ["Catalog", "Katalog"], tokens: ["Tokens", "Tokens"], log: ["Log", "Protokoll"], signIn: ["Sign in", "Anmelden"], signOut: ["Sign out", "Abmelden"], token: ["Token", "Token"],
  pasteToken: ["Paste the token that you were given.", "Fügen Sie das Token ein, das Sie bekommen haben."], tokenEnded: ["Your token is no longer valid. Sign in again.", "Ihr Token ist nicht mehr gültig. Bitte melden Sie sich neu an."],
  noOrganization: ["This token belongs to no organization.", "Dieses Token gehört zu keiner Organisation."], notOffered: ["This token cannot show the plan. Its scopes must include “{plan}” and “{catalog}”.",
  "Mit diesem Token können Sie den Plan nicht sehen. Es braucht die Berechtigungen „{plan}“ und „{catalog}“."], today: ["Today", "Heute"], day: ["Day", "Tag"], week: ["Week", "Woche"], columns: ["Columns", "Spalten"], list: ["List", "Liste"],
  earlier: ["Earlier", "Früher"], later: ["Later", "Später"], date: ["Date", "Datum"], allHours: ["24 hours", "24 Stunden"], newBooking: ["New booking", "Neue Buchung"], print: ["Print", "Drucken"], close: ["Close", "Schließen"], skip: ["Skip to the content", "Zum Inhalt"],
  offline: ["No connection. Last updated at {time}; trying again.", "Keine Verbindung. Stand: {time}. Neuer Versuch läuft."], noAnswer: ["No answer. Check the connection.", "Keine Antwort. Bitte prüfen Sie die Verbindung."], tryAgain: ["Try again", "Noch einmal versuchen"],
  noAnswerBooking: ["No answer. Check the connection and try again. Nothing is booked twice.", "Keine Antwort. Bitte prüfen Sie die Verbindung und versuchen Sie es noch einmal. Nichts wird doppelt gebucht."], noAnswerChange: ["No answer. Check the plan to see whether the change was made.", "Keine Antwort. Bitte sehen Sie im Plan nach, ob die Änderung angekommen ist."],
  loading: ["Loading …", "Lädt …"], nothing: ["Nothing here.", "Hier ist nichts."], noBookings: ["No bookings on these days.", "Keine Buchungen an diesen Tagen."],
  noResources: ["There is nothing to book yet. Add a resource and a service in the catalog.", "Es gibt noch nichts zu buchen. Legen Sie im Katalog eine Ressource und eine Leistung an."],
  of: ["{used} of {all}", "{used} von {all}"], upTo: ["up to {used} of {all}", "bis {used} von {all}"], draft: ["Draft until {time}", "Entwurf bis {time}"], blocker: ["Blocked", "Gesperrt"], override: ["despite a conflict", "trotz Konflikt"],
  walkIn: ["No customer", "Ohne Kunde"], checkedIn: ["here", "da"], series: ["series", "Serie"], rooms: ["Resources", "Ressourcen"], filterRooms: ["Filter resources", "Ressourcen filtern"],
  resource: ["Resource", "Ressource"], service: ["Service", "Leistung"], start: ["Start", "Beginn"], end: ["End", "Ende"], quantity: ["Quantity", "Anzahl"],
  customer: ["Customer", "Kunde"], findCustomer: ["Name or email", "Name oder E-Mail"], newCustomer: ["New customer", "Neuer Kunde"], remove: ["Remove", "Entfernen"],
  givenName: ["Given name", "Vorname"], familyName: ["Family name", "Nachname"], email: ["Email", "E-Mail"], phone: ["Phone", "Telefon"], company: ["Company", "Firma"],
  addOns: ["Add-ons", "Extras"], voucher: ["Voucher", "Gutschein"], note: ["Note", "Notiz"], more: ["More", "Mehr"], notify: ["Send a confirmation", "Bestätigung senden"], notifyChange: ["Notify the customer by email", "Kunden per E-Mail informieren"],
  repeats: ["Repeat", "Wiederholen"], never: ["Never", "Nie"], daily: ["Every day", "Jeden Tag"], weekly: ["Every week", "Jede Woche"], monthly: ["Every month", "Jeden Monat"], times: ["Times", "Anzahl der Termine"], skipTaken: ["Leave out dates that are taken", "Belegte Termine auslassen"],
  book: ["Book", "Buchen"], bookFor: ["Book for {total}", "Buchen für {total}"], asDraft: ["Hold as a draft", "Als Entwurf halten"], bookAnyway: ["Book anyway", "Trotzdem buchen"], anyway: ["You are booking despite a conflict.", "Sie buchen trotz eines Konflikts."],
  nextFree: ["Next free times", "Nächste freie Zeiten"], checking: ["Checking …", "Wird geprüft …"], available: ["Available", "Verfügbar"], block: ["Block time", "Zeit sperren"], blockTitle: ["Reason", "Grund"], booking: ["Booking", "Buchung"],
  booked: ["Booked: {number}", "Gebucht: {number}"], blocked: ["Blocked", "Gesperrt"], moved: ["Moved to {when}", "Verschoben auf {when}"], undo: ["Undo", "Rückgängig"], undone: ["Undone", "Rückgängig gemacht"],
  canceled: ["Canceled", "Storniert"], sent: ["Sent", "Gesendet"], saved: ["Saved", "Gespeichert"], order: ["Order", "Auftrag"], status: ["Status", "Status"], total: ["Total", "Summe"], tax: ["Tax {rate} %", "Steuer {rate} %"], discount: ["Discount", "Rabatt"],
  checkIn: ["Check in", "Einchecken"], undoCheckIn: ["Undo check-in", "Check-in zurücknehmen"], checkOut: ["Check out", "Auschecken"], undoCheckOut: ["Undo check-out", "Check-out zurücknehmen"],
  move: ["Move", "Verschieben"], moveAnyway: ["Move anyway", "Trotzdem verschieben"], cancelBooking: ["Cancel booking", "Buchung stornieren"], cancelOrder: ["Cancel order", "Auftrag stornieren"], resend: ["Send the confirmation again", "Bestätigung erneut senden"],
  complete: ["Complete", "Abschließen"], yes: ["Yes, cancel", "Ja, stornieren"], no: ["No", "Nein"], removeBlocker: ["Unblock", "Freigeben"], unblocked: ["Unblocked", "Freigegeben"], open: ["Open the order", "Auftrag öffnen"], history: ["History", "Verlauf"],
  noTrail: ["No entries yet. What happened to an order is in its own history.", "Noch keine Einträge. Was mit einem Auftrag geschah, steht in ihrem Verlauf."],
  action_placed: ["placed", "angelegt"], action_completed: ["completed", "abgeschlossen"], action_changed: ["changed", "geändert"], action_canceled: ["canceled", "storniert"], action_expired: ["expired", "abgelaufen"],
  action_checked_in: ["checked in", "eingecheckt"], action_check_in_undone: ["check-in undone", "Check-in zurückgenommen"], action_checked_out: ["checked out", "ausgecheckt"], action_check_out_undone: ["check-out undone", "Check-out zurückgenommen"],
  action_created: ["created", "angelegt"], action_archived: ["archived", "archiviert"], action_revoked: ["revoked", "widerrufen"], action_deleted: ["deleted", "gelöscht"], action_undone: ["undone", "zurückgenommen"],
  "api-tokens": ["Tokens", "Tokens"], "webhook-subscriptions": ["Webhooks", "Webhooks"], messages: ["Messages", "Nachrichten"], preview: ["Preview", "Vorschau"],
  imports: ["Imports", "Importe"], exports: ["Exports", "Exporte"], dropFile: ["Drop a file here, or choose one", "Datei hierher ziehen oder auswählen"],
  fileKinds: ["CSV, Excel or a calendar (.ics). You first see what would happen to each row.", "CSV, Excel oder Kalender (.ics). Zuerst sehen Sie, was mit jeder Zeile geschehen würde."],
  uploading: ["Uploading …", "Wird hochgeladen …"], recent: ["Earlier imports", "Bisherige Importe"], dryRun: ["Only checked", "Nur geprüft"], progress: ["Progress", "Fortschritt"], rows: ["{n} rows", "{n} Zeilen"], rows_one: ["{n} row", "{n} Zeile"],
  run_waiting: ["Waiting for the file", "Wartet auf die Datei"], run_planning: ["Being read", "Wird gelesen"], run_running: ["In progress", "Läuft"], run_pending: ["In progress", "Läuft"], run_completed: ["Done", "Fertig"],
  run_refused: ["Not accepted", "Nicht angenommen"], run_failed: ["Failed", "Fehlgeschlagen"], run_expired: ["Expired", "Abgelaufen"], mapping: ["Meaning of the columns", "Bedeutung der Spalten"], column: ["Column in the file", "Spalte der Datei"],
  means: ["Meaning", "Bedeutung"], map_ignored: ["(ignored)", "(nicht beachtet)"], map_auto: ["as detected", "wie erkannt"], map_kind: ["The rows are", "Die Zeilen sind"], map_bookings: ["Bookings", "Buchungen"],
  map_customers: ["Customers", "Kunden"], map_resources: ["Resources", "Ressourcen"], map_services: ["Services", "Leistungen"], map_default: ["{name}, if empty", "{name}, falls leer"], map_date_format: ["Dates", "Datum"],
  "map_dd/mm/yyyy": ["Day first", "Tag zuerst"], "map_mm/dd/yyyy": ["Month first", "Monat zuerst"], map_past: ["Past bookings", "Vergangene Buchungen"], map_book: ["Book them", "Buchen"], map_skip: ["Leave them out", "Auslassen"],
  map_missing: ["New customers", "Neue Kunden"], map_create: ["Create", "Anlegen"], map_refuse: ["Refuse", "Ablehnen"], map_decimal: ["Decimals", "Dezimalzeichen"], map_comma: ["Comma", "Komma"], map_point: ["Point", "Punkt"],
  unmatched: ["{name}: unknown values", "{name}: unbekannte Werte"], moreUnmatched: ["And {n} more: use a mapping file.", "Und {n} weitere: Bitte verwenden Sie eine Zuordnungsdatei."], value_confirmed: ["Confirmed", "Bestätigt"], value_completed: ["Completed", "Abgeschlossen"], value_canceled: ["Canceled", "Storniert"], value_no_show: ["No-show", "Nicht erschienen"],
  checkAgain: ["Check again", "Erneut prüfen"], importRows: ["Import {n} rows", "{n} Zeilen importieren"], importRows_one: ["Import {n} row", "{n} Zeile importieren"], importAgain: ["Import anyway", "Trotzdem importieren"], marked: ["Download the file with its results", "Datei mit Ergebnissen herunterladen"],
  would_created: ["would be created", "würden angelegt"], would_updated: ["would be changed", "würden geändert"], would_unchanged: ["exist already", "sind schon vorhanden"], would_skipped: ["would be left out", "würden ausgelassen"],
  would_refused: ["would be refused", "würden abgelehnt"], would_failed: ["could not be checked", "konnten nicht geprüft werden"], did_created: ["created", "angelegt"], did_updated: ["changed", "geändert"], did_unchanged: ["existed already", "waren schon vorhanden"],
  did_skipped: ["left out", "ausgelassen"], did_refused: ["refused", "abgelehnt"], did_failed: ["failed", "fehlgeschlagen"], lines: ["lines {lines}", "Zeilen {lines}"], lineOf: ["line {lines}", "Zeile {lines}"], line: ["Line", "Zeile"], result: ["Result", "Ergebnis"], problem: ["Problem", "Problem"],
  row_created: ["new", "neu"], row_updated: ["changed", "geändert"], row_unchanged: ["unchanged", "unverändert"], row_skipped: ["left out", "ausgelassen"], row_refused: ["refused", "abgelehnt"], row_failed: ["failed", "fehlgeschlagen"],
  would_created_one: ["would be created", "würde angelegt"], would_updated_one: ["would be changed", "würde geändert"], would_unchanged_one: ["exists already", "ist schon vorhanden"],
  would_skipped_one: ["would be left out", "würde ausgelassen"], would_refused_one: ["would be refused", "würde abgelehnt"], would_failed_one: ["could not be checked", "konnte nicht geprüft werden"], did_unchanged_one: ["existed already", "war schon vorhanden"],
  eachRow: ["Each row", "Jede Zeile"], onlyProblems: ["Only rows with problems", "Nur Zeilen mit Problemen"], firstRows: ["The first {n} rows. Download the file for all of them.", "Die ersten {n} Zeilen. Alle stehen in der Datei zum Herunterladen."],
  undoImport: ["Undo the import", "Import zurücknehmen"], reallyUndo: ["Undo everything that the import created ({n})? Anything changed since stays.", "Was der Import angelegt hat ({n}), zurücknehmen? Was seither geändert wurde, bleibt."],
  undoing: ["Undoing: {n} of {all}", "Wird zurückgenommen: {n} von {all}"], undidRows: ["{n} undone", "{n} zurückgenommen"], left_changed: ["were changed since, and stay", "wurden seither geändert und bleiben"],
  left_ended_before: ["had ended before", "waren schon beendet"], left_gone: ["no longer exist", "gibt es nicht mehr"], left_in_use: ["have bookings, and stay", "haben Buchungen und bleiben"],
  left_updated: ["were there before, and stay as they are now", "gab es schon vorher; sie bleiben, wie sie jetzt sind"], export_kind: ["Content", "Inhalt"], export_bookings: ["Bookings", "Buchungen"], export_orders: ["Orders", "Aufträge"],
  export_lines: ["Lines, for the accountant", "Posten, für die Buchhaltung"], export_customers: ["Customers", "Kunden"], export_start: ["From", "Von"], export_end: ["Until", "Bis"], export_format: ["Format", "Format"], export_xlsx: ["Excel", "Excel"],
  export_csv: ["CSV", "CSV"], noExports: ["No files yet.", "Noch keine Dateien."], makeFile: ["Create the file", "Datei erstellen"], download: ["Download", "Herunterladen"], noMessages: ["No messages yet.", "Noch keine Nachrichten."], staff: ["Staff", "Team"], sendAgain: ["Send again", "Erneut senden"],
  kind_confirmation: ["Confirmation", "Bestätigung"], kind_change: ["Change", "Änderung"], kind_cancellation: ["Cancellation", "Stornierung"], kind_reminder: ["Reminder", "Erinnerung"],
  state_waiting: ["waiting", "wartet"], state_sending: ["being sent", "wird gesendet"], state_sent: ["sent", "gesendet"], state_failed: ["not sent", "nicht gesendet"], state_withdrawn: ["withdrawn", "zurückgezogen"], state_bounced: ["not delivered", "nicht zugestellt"],
  reason_refused: ["The mail service rejected it.", "Der Maildienst hat sie abgelehnt."], reason_unavailable: ["The mail service could not be reached.", "Der Maildienst war nicht erreichbar."],
  reason_no_address: ["There is no address.", "Es gibt keine Adresse."], reason_customer_deleted: ["The customer was deleted.", "Der Kunde wurde gelöscht."],
  reason_address_bounced: ["Mails to this address bounce.", "E-Mails an diese Adresse kommen zurück."], reason_address_complained: ["The owner of this address wants no more mail.", "Der Inhaber dieser Adresse möchte keine E-Mails mehr."],
  reason_outdated: ["Its content was out of date.", "Ihr Inhalt war überholt."], reason_bounced: ["The address does not accept it.", "Die Adresse nimmt sie nicht an."], reason_complained: ["Its reader reported it as spam.", "Der Empfänger hat sie als Spam gemeldet."],
  status_accepted: ["Booked", "Gebucht"], status_reserved: ["Draft", "Entwurf"], status_requested: ["Requested", "Angefragt"], status_rejected: ["Rejected", "Abgelehnt"], status_canceled: ["Canceled", "Storniert"],
  status_draft: ["Draft", "Entwurf"], status_completed: ["Booked", "Gebucht"], status_expired: ["Expired", "Abgelaufen"], searchFor: ["Number, name or email", "Nummer, Name oder E-Mail"], orders: ["Orders", "Aufträge"], customers: ["Customers", "Kunden"], found: ["{n} found", "{n} gefunden"],
  resources: ["Resources", "Ressourcen"], services: ["Services", "Leistungen"], "add-ons": ["Add-ons", "Extras"], vouchers: ["Vouchers", "Gutscheine"], "custom-fields": ["Custom fields", "Eigene Felder"],
  "timeslot-series": ["Timeslot series", "Zeitfenster-Reihen"], "message-rules": ["Message rules", "Nachrichtenregeln"], organizations: ["Organization", "Organisation"],
  add: ["Add", "Anlegen"], save: ["Save", "Speichern"], archive: ["Archive", "Archivieren"], back: ["Back", "Zurück"], archived: ["Archived", "Archiviert"], restore: ["Restore", "Wiederherstellen"],
  name: ["Name", "Name"], scopes: ["Scopes", "Berechtigungen"], expires: ["Expires", "Läuft ab"], timesIn: ["Times in {zone}", "Zeiten in {zone}"], revoke: ["Revoke", "Widerrufen"], makeToken: ["Create a token", "Token anlegen"], reallyRevoke: ["Really revoke?", "Wirklich widerrufen?"], yesRevoke: ["Yes, revoke", "Ja, widerrufen"],
  "scope_orders:read": ["See the plan and orders", "Plan und Aufträge sehen"], "scope_orders:write": ["Book, move and cancel", "Buchen, verschieben und stornieren"], "scope_orders:notify": ["Send mails again", "E-Mails erneut senden"],
  "scope_orders:price": ["Set prices by hand", "Preise von Hand festlegen"], "scope_catalog:read": ["See the catalog and customers", "Katalog und Kunden sehen"], "scope_catalog:write": ["Change the catalog and customers", "Katalog und Kunden ändern"],
  "scope_imports:write": ["Import files", "Dateien importieren"], "scope_exports:read": ["Download exports", "Exporte herunterladen"], "scope_exports:write": ["Create exports", "Exporte erstellen"], "scope_audit:read": ["See the log", "Protokoll sehen"],
  "scope_tokens:write": ["Create and revoke tokens", "Tokens anlegen und widerrufen"], "scope_organizations:write": ["Create organizations", "Organisationen anlegen"], "scope_*": ["Everything", "Alles"],
  shownOnce: ["Copy it now. It is shown only once.", "Bitte jetzt kopieren. Es wird nur einmal angezeigt."], page: ["Page {n} of {all}", "Seite {n} von {all}"], next: ["Next", "Weiter"], previous: ["Back", "Zurück"],
  changedSince: ["Somebody else has changed this. This is the current version.", "Das wurde inzwischen geändert. Sie sehen den aktuellen Stand."],
  optional: ["optional", "optional"], required: ["required", "erforderlich"], language: ["Deutsch", "English"], always: ["Empty: always open", "Leer: immer geöffnet"], hoursHint: ["09:00-12:00, 13:00-18:00", "09:00-12:00, 13:00-18:00"],
  mon: ["Mon", "Mo"], tue: ["Tue", "Di"], wed: ["Wed", "Mi"], thu: ["Thu", "Do"], fri: ["Fri", "Fr"], sat: ["Sat", "Sa"], sun: ["Sun", "So"],
  hintDrag: ["Drag over free time to book it. Drag a booking to move it. Drag its end to change its length.", "Ziehen Sie über freie Zeit, um zu buchen. Ziehen Sie eine Buchung, um sie zu verschieben, oder ihr Ende, um die Dauer zu ändern."],
  hintTap: ["Tap free time to book it.", "Tippen Sie auf freie Zeit, um zu buchen."], keys: ["Keys: N new booking, T today, D day, C columns, W week, L list, ← → days, / search", "Tasten: N neue Buchung, T heute, D Tag, C Spalten, W Woche, L Liste, ← → Tage, / Suche"],
  failed: ["That did not work. Try again.", "Das hat nicht geklappt. Bitte noch einmal versuchen."],
};

export const LANGUAGES = ["en", "de"];

export function preferredLanguage() {
  const kept = localStorage.getItem("frontdesk-language");
  if (LANGUAGES.includes(kept)) return kept;
  return navigator.languages.map((each) => each.slice(0, 2)).find((each) => LANGUAGES.includes(each)) ?? "en";
}

/** Returns a function that gives the text with a name in a language, with its values filled in. */
export function speaker(language) {
  const which = LANGUAGES.indexOf(language);
  return (name, values = {}) => (((values.n === 1 && WORDS[`${name}_one`]) || WORDS[name])?.[which] ?? name).replace(/\{(\w+)\}/g, (_, key) => values[key]);
}
