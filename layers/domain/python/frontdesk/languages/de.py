"""German. By the English that the source has: {values} by any name, with their shape (`d` a whole number, `w` one word)
in the English. What is more general comes later. `tests/unit/test_languages.py` finds what is missing here.
"""

TITLES: dict[str, str] = {
    "add-on not found": "Zusatzleistung nicht gefunden",
    "add_on_id required": "add_on_id fehlt",
    "before lead time": "zu kurzfristig",
    "blocker for one resource": "Sperrzeit nur für eine Ressource",
    "blocker too short": "Sperrzeit zu kurz",
    "booking canceled": "Buchung storniert",
    "booking not accepted": "Buchung nicht angenommen",
    "booking not found": "Buchung nicht gefunden",
    "booking required": "Buchung fehlt",
    "bookings required": "Buchungen fehlen",
    "busy": "ausgelastet",
    "change too large": "Änderung zu umfangreich",
    "custom field differs": "Zusatzfeld widersprüchlich",
    "custom field not found": "Zusatzfeld nicht gefunden",
    "custom field required": "Zusatzfeld erforderlich",
    "custom fields too large": "Zusatzfelder zu umfangreich",
    "customer not found": "Kunde nicht gefunden",
    "customer without email": "Kunde ohne E-Mail-Adresse",
    "data required": "data fehlt",
    "delivery not found": "Zustellung nicht gefunden",
    "delivery pending": "Zustellung noch offen",
    "end_date before start_date": "end_date vor start_date",
    "frequency required": "frequency fehlt",
    "id differs": "abweichende id",
    "id not yours": "id nicht frei wählbar",
    "idempotency key reused": "Idempotency-Key wiederverwendet",
    "import not found": "Import nicht gefunden",
    "in progress": "in Bearbeitung",
    "internal error": "interner Fehler",
    "invalid URL": "ungültige URL",
    "invalid custom field": "ungültiges Zusatzfeld",
    "invalid idempotency key": "ungültiger Idempotency-Key",
    "invalid parameter": "ungültiger Parameter",
    "invalid timezone": "ungültige Zeitzone",
    "invalid value": "ungültiger Wert",
    "mail refused": "E-Mail abgelehnt",
    "mail unavailable": "E-Mail-Dienst nicht erreichbar",
    "malformed JSON": "fehlerhaftes JSON",
    "method not allowed": "Methode nicht erlaubt",
    "nonexistent time": "Uhrzeit existiert nicht",
    "not a slot of the series": "kein Zeitfenster der Reihe",
    "not acceptable": "Format nicht verfügbar",
    "not checked in": "nicht eingecheckt",
    "not for a blocker": "nicht für eine Sperrzeit",
    "not found": "nicht gefunden",
    "only for a blocker": "nur für eine Sperrzeit",
    "order canceled": "Auftrag storniert",
    "order completed": "Auftrag abgeschlossen",
    "order expired": "Auftrag abgelaufen",
    "order not completed": "Auftrag nicht abgeschlossen",
    "order not found": "Auftrag nicht gefunden",
    "order too large": "Auftrag zu umfangreich",
    "order {status:w}": "Auftrag {status}",
    "outcome unknown": "Ausgang unbekannt",
    "outside opening hours": "außerhalb der Öffnungszeiten",
    "over maximum duration": "über der Höchstdauer",
    "parameter required": "Parameter fehlt",
    "payload too large": "Anfrage zu groß",
    "quantity mismatch": "abweichende Menge",
    "recurring end required": "Ende der Serie fehlt",
    "recurring end twice": "Ende der Serie doppelt angegeben",
    "resource not found": "Ressource nicht gefunden",
    "resource repeated": "Ressource doppelt angegeben",
    "resource_id required": "resource_id fehlt",
    "series too long": "Serie zu lang",
    "service differs": "abweichende Leistung",
    "service not found": "Leistung nicht gefunden",
    "service not offered": "Leistung nicht angeboten",
    "service_id required": "service_id fehlt",
    "slot in the past": "Zeitraum in der Vergangenheit",
    "slot pending": "Zeitraum noch ungewiss",
    "slot unavailable": "Zeitraum nicht verfügbar",
    "start not in series": "Beginn nicht in der Serie",
    "sub-booking moves along": "Unterbuchung folgt ihrer Buchung",
    "sub-booking required": "Unterbuchung fehlt",
    "subscription inactive": "Abonnement nicht aktiv",
    "timeslot series not found": "Zeitfenster-Reihe nicht gefunden",
    "timeslot series not offered": "Zeitfenster-Reihe nicht angeboten",
    "too many errors": "zu viele Fehler",
    "too many occurrences": "zu viele Termine",
    "too many subscriptions": "zu viele Abonnements",
    "type differs": "abweichender type",
    "unauthenticated": "nicht angemeldet",
    "unauthorized": "nicht berechtigt",
    "under minimum duration": "unter der Mindestdauer",
    "unknown field": "unbekanntes Feld",
    "unknown parameter": "unbekannter Parameter",
    "unsupported media type": "Medientyp nicht unterstützt",
    "until before start_date": "until vor start_date",
    "voucher exhausted": "Gutschein aufgebraucht",
    "voucher expired": "Gutschein abgelaufen",
    "voucher minimum not reached": "Mindestbetrag des Gutscheins nicht erreicht",
    "voucher needs customer": "Gutschein nur mit Kunde",
    "voucher not applicable": "Gutschein nicht anwendbar",
    "voucher not found": "Gutschein nicht gefunden",
    "voucher not yet valid": "Gutschein noch nicht gültig",
    "voucher used by customer": "Gutschein vom Kunden bereits genutzt",
    "webhook subscription not found": "Webhook-Abonnement nicht gefunden",
    "code taken": "Code vergeben",
    "e-mail taken": "E-Mail-Adresse vergeben",
    "fixed": "unveränderlich",
    "off booking interval": "außerhalb des Buchungsrasters",
    "parent within": "Teil seiner selbst",
    "precondition failed": "zwischenzeitlich geändert",
    "read only": "nur lesbar",
    "organization not found": "Organisation nicht gefunden",
    "token not found": "Token nicht gefunden",
    "{thing} not found": "{thing} nicht gefunden",
    "{field:w} required": "{field} fehlt",
}

DETAILS: dict[str, str] = {
    # The request
    "A parameter is no valid Unicode.": "Ein Parameter ist kein gültiges Unicode.",
    "A body has at most {most:d} bytes.": "Der Body darf höchstens {most} Bytes lang sein.",
    "An Idempotency-Key has 1 to 255 printable ASCII characters and no spaces.": (
        "Ein Idempotency-Key besteht aus 1 bis 255 druckbaren ASCII-Zeichen ohne Leerzeichen."
    ),
    "Answers are {one:w} or {other:w}; accept one of them.": "Antworten gibt es als {one} oder {other}; bitte eines davon akzeptieren.",
    "Send a valid token: Authorization: Bearer {{token}}.": "Bitte ein gültiges Token mitsenden: Authorization: Bearer {{token}}.",
    "Send the body as Content-Type: {type:w}.": "Bitte den Body als Content-Type: {type} senden.",
    "Something went wrong here; it has been recorded.": "Hier ist etwas schiefgegangen; der Fehler wurde aufgezeichnet.",
    "The body is not valid JSON: {error}.": "Der Body ist kein gültiges JSON: {error}.",
    "The body must be a JSON object.": "Der Body muss ein JSON-Objekt sein.",
    "There are more errors in this request; {most:d} are told at most.": (
        "Diese Anfrage hat noch mehr Fehler; höchstens {most} werden genannt."
    ),
    "There is no field {name}.": "Es gibt kein Feld {name}.",
    "There is no parameter {name} here.": "Es gibt hier keinen Parameter {name}.",
    "There is nothing at this address.": "Unter dieser Adresse gibt es nichts.",
    "This token belongs to another organization.": "Dieses Token gehört zu einer anderen Organisation.",
    "This token does not have the scope {scope:w}.": "Diesem Token fehlt die Berechtigung {scope}.",
    (
        "No answer of the database came in time. The request may have been carried out, or still may be."
        " Look before you send it again; with its Idempotency-Key it is safe to send it again."
    ): (
        "Die Datenbank hat nicht rechtzeitig geantwortet. Die Anfrage ist vielleicht schon ausgeführt oder wird es noch."
        " Bitte nachsehen, bevor sie noch einmal gesendet wird; mit ihrem Idempotency-Key darf sie wiederholt werden."
    ),
    "Too many changes at the same time. Try again in a moment.": (
        "Zu viele gleichzeitige Änderungen. Bitte gleich noch einmal versuchen."
    ),
    "{path:w} answers to {methods}.": "{path} antwortet auf {methods}.",
    # Documents
    "Ids of bookings are made by us.": "Die ids von Buchungen werden hier vergeben.",
    "Ids of subscriptions are made by us.": "Die ids von Abonnements werden hier vergeben.",
    "Send a JSON:API document: {document}.": "Bitte ein JSON:API-Dokument senden: {document}.",
    "The id is not that of the address.": "Die id ist nicht die der Adresse.",
    "The type here is {type:w}.": "Der type ist hier {type}.",
    # Lists and availability
    "A slot of a timeslot series has its own length; leave the duration out.": (
        "Ein Zeitfenster einer Reihe hat seine eigene Länge; bitte duration weglassen."
    ),
    "An id has at most {most:d} characters.": "Eine id hat höchstens {most} Zeichen.",
    "At most {most:d} days at once, unless filter[resources] says of which resources.": (
        "Höchstens {most} Tage auf einmal, außer wenn filter[resources] die Ressourcen nennt."
    ),
    "At most {most:d} days can be asked for at once.": "Es können höchstens {most} Tage auf einmal abgefragt werden.",
    "At most {most:d} resources at once.": "Höchstens {most} Ressourcen auf einmal.",
    "It takes {days:d} days of resources to tell; at most {most:d} are possible. Name fewer of them, or less time.": (
        "Dafür wären {days} Ressourcentage zu lesen; möglich sind höchstens {most}. Bitte weniger Ressourcen oder weniger Zeit angeben."
    ),
    "Must be after filter[{first}].": "Muss nach filter[{first}] liegen.",
    "Name at most {most:d} at once.": "Es können höchstens {most} auf einmal genannt werden.",
    "Of several services together there is one each.": "Von mehreren Leistungen zusammen gibt es je eine.",
    "Only one can be named here.": "Hier kann nur eine genannt werden.",
    "Only one value is possible here.": "Hier ist nur ein Wert möglich.",
    "Say when, as a date like 2026-04-15.": "Bitte angeben, wann, als Datum wie 2026-04-15.",
    "Say which, by id.": "Bitte per id angeben, welche.",
    "These are {count:d} resources and timeslot series; name at most {most:d} at once.": (
        "Das sind {count} Ressourcen und Zeitfenster-Reihen; es können höchstens {most} auf einmal genannt werden."
    ),
    "These have more than {most:d} bookings together; ask for smaller pages.": (
        "Diese haben zusammen mehr als {most} Buchungen; bitte kleinere Seiten abfragen."
    ),
    "{name} can not be included; {names} can.": "{name} kann nicht eingeschlossen werden; möglich sind {names}.",
    "{name} is nothing to sort by; {names} are.": "Nach {name} kann nicht sortiert werden; möglich sind {names}.",
    # What is named
    "There is no add-on {id} in this organization.": "In dieser Organisation gibt es keine Zusatzleistung {id}.",
    "There is no custom field {id} in this organization.": "In dieser Organisation gibt es kein Zusatzfeld {id}.",
    "There is no customer {id} in this organization.": "In dieser Organisation gibt es keinen Kunden {id}.",
    "There is no resource {id} here.": "Eine Ressource {id} gibt es hier nicht.",
    "There is no resource {id} in this organization.": "In dieser Organisation gibt es keine Ressource {id}.",
    "There is no service {id} in this organization.": "In dieser Organisation gibt es keine Leistung {id}.",
    "There is no such booking.": "Diese Buchung gibt es nicht.",
    "There is no such delivery.": "Diese Zustellung gibt es nicht.",
    "There is no such import.": "Diesen Import gibt es nicht.",
    "There is no such order.": "Diesen Auftrag gibt es nicht.",
    "There is no such webhook subscription.": "Dieses Webhook-Abonnement gibt es nicht.",
    "There is no timeslot series {id} in this organization.": "In dieser Organisation gibt es keine Zeitfenster-Reihe {id}.",
    "There is no voucher {id} in this organization.": "In dieser Organisation gibt es keinen Gutschein {id}.",
    "{id} is named before.": "{id} wurde bereits genannt.",
    "{names} is not offered on {resources}.": "{names} wird auf {resources} nicht angeboten.",
    "{names} does not take place on {resources}.": "{names} findet auf {resources} nicht statt.",
    # Orders
    "A booking has at most {most:d} services, starting fees and add-ons.": (
        "Eine Buchung hat höchstens {most} Leistungen, Grundgebühren und Zusatzleistungen."
    ),
    "A booking is an object, not null.": "Eine Buchung ist ein Objekt, nicht null.",
    "A sub-booking is an object, not null.": "Eine Unterbuchung ist ein Objekt, nicht null.",
    "An order has at least one booking.": "Ein Auftrag hat mindestens eine Buchung.",
    "Contradicts the quantities in service_id; leave one of them out.": (
        "Widerspricht den Mengen in service_id; bitte eine der beiden Angaben weglassen."
    ),
    "Say which add-on is booked.": "Bitte angeben, welche Zusatzleistung gebucht wird.",
    "Say which resource is booked.": "Bitte angeben, welche Ressource gebucht wird.",
    'Say which services are booked, as {{"service id": quantity}}.': (
        'Bitte angeben, welche Leistungen gebucht werden, als {{"service id": quantity}}.'
    ),
    "The draft has expired, and its slots are free again. Place a new order.": (
        "Der Entwurf ist abgelaufen, seine Zeiträume sind wieder frei. Bitte einen neuen Auftrag anlegen."
    ),
    "The draft has expired, and its slots are free already.": "Der Entwurf ist abgelaufen, seine Zeiträume sind bereits frei.",
    "The order is {status:w}; nothing changes about it any more.": "Der Auftrag ist {status}; daran ändert sich nichts mehr.",
    "The order is {status:w}; only a completed one has a confirmation.": (
        "Der Auftrag ist {status}; eine Bestätigung gibt es nur zu einem abgeschlossenen."
    ),
    "The order is {status:w}; only a draft can be completed.": "Der Auftrag ist {status}; nur ein Entwurf kann abgeschlossen werden.",
    "The order of this Idempotency-Key is just being placed. Ask again in a moment.": (
        "Der Auftrag zu diesem Idempotency-Key wird gerade angelegt. Bitte gleich noch einmal anfragen."
    ),
    "This Idempotency-Key was used with another body. Use a new key for a new order.": (
        "Dieser Idempotency-Key wurde mit einem anderen Body verwendet. Für einen neuen Auftrag bitte einen neuen verwenden."
    ),
    "This changes {count:d} items, more than can be changed at once. Cancel the booking and place a new order.": (
        "Das ändert {count} Einträge, mehr als auf einmal geändert werden können. "
        "Bitte die Buchung stornieren und einen neuen Auftrag anlegen."
    ),
    "This order has {bookings:d} bookings with {lines:d} items on about {days:d} days of resources;"
    " at most {most_bookings}, {most_lines} and {most_days} are possible. Split it.": (
        "Dieser Auftrag hat {bookings} Buchungen mit {lines} Positionen an etwa {days} Ressourcentagen;"
        " möglich sind höchstens {most_bookings}, {most_lines} und {most_days}. Bitte aufteilen."
    ),
    "This order names {days:d} days of resources and {ids:d} ids; at most {most:d} are possible.": (
        "Dieser Auftrag nennt {days} Ressourcentage und {ids} ids; möglich sind höchstens {most}."
    ),
    # Bookings
    "A blocker has a resource, a time, a title and notes, and is sold to nobody.": (
        "Eine Sperrzeit hat eine Ressource, einen Zeitraum, einen Titel und Notizen und wird niemandem verkauft."
    ),
    "A blocker is for one resource; make one for each.": "Eine Sperrzeit gilt für eine Ressource; bitte für jede eine anlegen.",
    "A sub-booking is at the time of the booking that it is a part of; move that.": (
        "Eine Unterbuchung liegt zur Zeit der Buchung, zu der sie gehört; bitte diese verschieben."
    ),
    "Nobody has checked in, so nobody can check out.": "Niemand hat eingecheckt, also kann niemand auschecken.",
    "Only a blocker has a title (is_blocker); for a booking there is description.": (
        "Nur eine Sperrzeit (is_blocker) hat einen Titel; für eine Buchung gibt es description."
    ),
    "The booking is canceled; place a new order.": "Die Buchung ist storniert; bitte einen neuen Auftrag anlegen.",
    "The booking is {status:w}; its order must be completed first.": (
        "Die Buchung ist {status}; zuerst muss ihr Auftrag abgeschlossen werden."
    ),
    "The service {id} is not in service_id; name it there, with its quantity.": (
        "Die Leistung {id} steht nicht in service_id; bitte dort mit ihrer Menge angeben."
    ),
    "What is occupied includes the booking itself.": "Die belegte Zeit schließt die Buchung selbst ein.",
    # Times
    "Another order is just being placed at this time; whether it is will be known in a moment.": (
        "Zu dieser Zeit wird gerade ein anderer Auftrag angelegt; ob es dabei bleibt, steht gleich fest."
    ),
    "Bookings are taken up to {minutes:d} minutes ahead.": "Buchungen werden bis {minutes} Minuten vorher angenommen.",
    "Not the name of an IANA time zone.": "Nicht der Name einer IANA-Zeitzone.",
    "Say when, in Atom format.": "Bitte angeben, wann, im Atom-Format.",
    "The booking would begin in the past.": "Die Buchung würde in der Vergangenheit beginnen.",
    "The end must come after the start.": "Das Ende muss nach dem Beginn liegen.",
    "This is none of the slots of {series}; the nearest begin {starts}.": (
        "Das ist kein Zeitfenster von {series}; die nächstgelegenen beginnen {starts}."
    ),
    "This is none of the slots of {series}.": "Das ist kein Zeitfenster von {series}.",
    "{moment} is skipped by the clock change in {zone:w}.": "{moment} wird von der Zeitumstellung in {zone} übersprungen.",
    "{owner} has {left:d} of {quantity:d} left from {start:w} to {end:w}; the booking takes {weight:d}.": (
        "{owner} hat von {start} bis {end} noch {left} von {quantity} frei; die Buchung braucht {weight}."
    ),
    "{resource} is closed during at least a part of the booking.": "{resource} ist während der Buchung ganz oder teilweise geschlossen.",
    "{service} takes at least {minutes:d} minutes.": "{service} dauert mindestens {minutes} Minuten.",
    "{service} takes at most {minutes:d} minutes.": "{service} dauert höchstens {minutes} Minuten.",
    # Series
    "A series has at most {most:d} occurrences; this one has more.": "Eine Serie hat höchstens {most} Termine; diese hat mehr.",
    "Say how often: daily, weekly, monthly or yearly.": "Bitte angeben, wie oft: daily, weekly, monthly oder yearly.",
    "Say until or count, not both.": "Bitte until oder count angeben, nicht beides.",
    "Say until when, or how many times (count).": "Bitte angeben, bis wann (until) oder wie oft (count).",
    "The booking's own start_date is not on one of these days; begin with the first that is.": (
        "Das start_date der Buchung selbst liegt an keinem dieser Tage; bitte mit dem ersten beginnen, der es ist."
    ),
    "The series ends before it begins.": "Die Serie endet, bevor sie beginnt.",
    "The series goes on after the year 2199.": "Die Serie reicht über das Jahr 2199 hinaus.",
    # Custom fields
    "Another booking of this order has another value for this field.": (
        "Eine andere Buchung dieses Auftrags hat einen anderen Wert für dieses Feld."
    ),
    "The answers together take {size:d} bytes; there is room for {most:d}.": (
        "Die Antworten sind zusammen {size} Bytes lang; Platz ist für {most}."
    ),
    "The draft does not lack an answer to a custom field {id}.": "Dem Entwurf fehlt keine Antwort auf ein Zusatzfeld {id}.",
    "{field} must be answered before the order is completed.": "{field} muss beantwortet sein, bevor der Auftrag abgeschlossen wird.",
    # Vouchers
    "The customer has used the voucher as often as each may ({most:d}).": (
        "Der Kunde hat den Gutschein so oft genutzt, wie es jedem möglich ist ({most})."
    ),
    "The voucher has been used as often as it may be ({most:d}).": "Der Gutschein wurde so oft genutzt, wie es möglich ist ({most}).",
    "The voucher has been used as often as it may be since the draft was made.": (
        "Der Gutschein wurde, seit es den Entwurf gibt, so oft genutzt, wie es möglich ist."
    ),
    "The voucher is for orders of at least {least:d} before the discount; this one is {total:d} (minor units).": (
        "Der Gutschein gilt für Aufträge ab {least} vor Abzug des Rabatts; dieser beträgt {total} (kleinste Währungseinheit)."
    ),
    "The voucher is for other services.": "Der Gutschein gilt für andere Leistungen.",
    "The voucher is limited for each customer: say who the customer is.": (
        "Der Gutschein ist pro Kunde begrenzt: bitte angeben, wer der Kunde ist."
    ),
    "The voucher is valid from {moment:w} on.": "Der Gutschein ist ab {moment} gültig.",
    "The voucher was valid until {moment:w}.": "Der Gutschein war bis {moment} gültig.",
    # Mails
    "The mail service does not answer. Try again in a moment.": (
        "Der E-Mail-Dienst antwortet nicht. Bitte gleich noch einmal versuchen."
    ),
    "The mail service does not take mails from this sender or to this recipient.": (
        "Der E-Mail-Dienst nimmt von diesem Absender oder an diesen Empfänger keine E-Mails an."
    ),
    "The order has no customer with an e-mail address.": "Der Auftrag hat keinen Kunden mit E-Mail-Adresse.",
    # Webhooks
    "A URL has at most {most:d} printable ASCII characters and no spaces.": (
        "Eine URL hat höchstens {most} druckbare ASCII-Zeichen und keine Leerzeichen."
    ),
    "A URL must not contain a user name or password; deliveries are signed instead.": (
        "Eine URL darf weder Benutzername noch Passwort enthalten; Zustellungen sind stattdessen signiert."
    ),
    "A URL must not have a fragment.": "Eine URL darf kein Fragment haben.",
    "An organization has at most {most:d} webhook subscriptions.": "Eine Organisation hat höchstens {most} Webhook-Abonnements.",
    "Only https is delivered to.": "Zugestellt wird nur an https.",
    "Say of what: {name:w} is missing.": "Bitte angeben, wovon: {name} fehlt.",
    "Say where to: {name:w} is missing.": "Bitte angeben, wohin: {name} fehlt.",
    "The delivery is not over: it is tried again by itself.": "Die Zustellung ist nicht beendet: sie wird von selbst wiederholt.",
    "The host must be a public domain name; an international one in its xn-- form.": (
        "Der Host muss ein öffentlicher Domainname sein; ein internationaler in seiner xn---Form."
    ),
    "The port must be one of {ports}.": "Der Port muss einer von {ports} sein.",
    "The subscription is inactive; switch it on first.": "Das Abonnement ist nicht aktiv; bitte zuerst einschalten.",
    "This is not a URL.": "Das ist keine URL.",
    # Values
    "A date is a string like {example:w}.": "Ein Datum ist ein String wie {example}.",
    "A slot that starts at midnight starts at 00:00 of the next day.": (
        "Ein Zeitfenster, das um Mitternacht beginnt, beginnt um 00:00 des nächsten Tages."
    ),
    "A voucher has either percent or amount.": "Ein Gutschein hat entweder percent oder amount.",
    "A {type:w} field has no {names}.": "Ein Feld vom Typ {type} hat kein {names}.",
    "A {type:w} field needs choices.": "Ein Feld vom Typ {type} braucht choices.",
    "Choices must differ from each other.": "Die choices müssen sich voneinander unterscheiden.",
    "Earliest must not be after latest.": "earliest darf nicht nach latest liegen.",
    "Extra inputs are not permitted.": "Weitere Angaben sind nicht erlaubt.",
    "Field required.": "Dieses Feld ist erforderlich.",
    "Hours are written HH:MM, up to 24:00.": "Öffnungszeiten werden als HH:MM geschrieben, bis 24:00.",
    "Interval and count are at least 1.": "interval und count sind mindestens 1.",
    "Minimum must not be above maximum.": "minimum darf nicht über maximum liegen.",
    "Must be a date like {example:w}.": "Muss ein Datum wie {example} sein.",
    "Must be a finite number.": "Muss eine endliche Zahl sein.",
    "Must be a string.": "Muss ein String sein.",
    "Must be a valid boolean.": "Muss true oder false sein.",
    "Must be a valid date.": "Muss ein gültiges Datum sein.",
    "Must be a valid decimal.": "Muss eine gültige Dezimalzahl sein.",
    "Must be a valid dictionary.": "Muss ein Objekt sein.",
    "Must be a valid integer, got a number with a fractional part.": "Muss eine ganze Zahl sein.",
    "Must be a valid integer, unable to parse string as an integer.": "Muss eine ganze Zahl sein.",
    "Must be a valid integer.": "Muss eine ganze Zahl sein.",
    "Must be a valid list.": "Muss ein Array sein.",
    "Must be a valid number.": "Muss eine Zahl sein.",
    "Must be a valid string.": "Muss ein String sein.",
    "Must be a valid tuple.": "Muss ein Array sein.",
    "Must be a whole number from {least:d} to {most:d}.": "Muss eine ganze Zahl von {least} bis {most} sein.",
    "Must be a whole or decimal number.": "Muss eine ganze Zahl oder eine Dezimalzahl sein.",
    "Must be an array with some of: {choices} and more.": "Muss ein Array mit einigen dieser Werte sein: {choices} und weiteren.",
    "Must be an array with some of: {choices}.": "Muss ein Array mit einigen dieser Werte sein: {choices}.",
    "Must be an array.": "Muss ein Array sein.",
    "Must be an object.": "Muss ein Objekt sein.",
    "Must be at least {least:w}.": "Muss mindestens {least} sein.",
    "Must be at most {most:w}.": "Darf höchstens {most} sein.",
    "Must be greater than or equal to {least:w}.": "Muss mindestens {least} sein.",
    "Must be greater than {least:w}.": "Muss größer als {least} sein.",
    "Must be less than or equal to {most:w}.": "Darf höchstens {most} sein.",
    "Must be less than {most:w}.": "Muss kleiner als {most} sein.",
    "Must be one line that is not blank.": "Muss eine Zeile sein, die nicht leer ist.",
    "Must be one line without control characters.": "Muss eine Zeile ohne Steuerzeichen sein.",
    "Must be one of {values}, or some of them with commas.": "Muss einer dieser Werte sein, oder mehrere mit Kommas: {values}.",
    "Must be one of: {choices} and more.": "Muss einer dieser Werte sein: {choices} und weitere.",
    "Must be one of: {choices}.": "Muss einer dieser Werte sein: {choices}.",
    "Must be one of {values}.": "Muss einer dieser Werte sein: {values}.",
    "Must be true or false.": "Muss true oder false sein.",
    "Must be '{values}' or '{last}'.": "Muss '{values}' oder '{last}' sein.",
    "Must be '{value}'.": "Muss '{value}' sein.",
    "Must have no control characters except line ends.": "Darf außer Zeilenenden keine Steuerzeichen enthalten.",
    "Must not be after {last:w}.": "Darf nicht nach dem {last} liegen.",
    "Must not be before {first:w}.": "Darf nicht vor dem {first} liegen.",
    "Must not be empty.": "Darf nicht leer sein.",
    "Must not be longer than {most:d} characters.": "Darf nicht länger als {most} Zeichen sein.",
    "Must not be longer than {most:d}.": "Darf nicht länger als {most} sein.",
    "Must not have a choice twice.": "Darf keinen Wert doppelt enthalten.",
    "Must not have more than {most:d} choices.": "Darf nicht mehr als {most} Werte enthalten.",
    "Not a date like {example:w}.": "Kein Datum wie {example}.",
    "Not a weekday like MO, 1MO or -1FR.": "Kein Wochentag wie MO, 1MO oder -1FR.",
    "Not between the years {first:d} and {last:d}.": "Nicht zwischen den Jahren {first} und {last}.",
    "Not valid Unicode: half of a surrogate pair.": "Kein gültiges Unicode: die Hälfte eines Surrogatpaars.",
    "Only of a month (up to 5) or a year (up to 53) are there a first and a last Monday.": (
        "Einen ersten und einen letzten Montag gibt es nur in einem Monat (bis 5) oder einem Jahr (bis 53)."
    ),
    "Opening comes before closing; hours over midnight are two entries.": (
        "Geöffnet wird vor dem Schließen; Zeiten über Mitternacht hinweg sind zwei Einträge."
    ),
    "There is no such date, time or offset.": "Dieses Datum, diese Uhrzeit oder diesen UTC-Versatz gibt es nicht.",
    "Times are written HH:MM, up to 24:00.": "Zeiten werden als HH:MM geschrieben, bis 24:00.",
    # The catalog
    "Another customer has this e-mail address.": "Ein anderer Kunde hat diese E-Mail-Adresse.",
    "Another voucher has this code, archived or not.": "Ein anderer Gutschein hat diesen Code, archiviert oder nicht.",
    "Bookings of {resource} begin every {interval:d} minutes from midnight on.": (
        "Buchungen von {resource} beginnen ab Mitternacht alle {interval} Minuten."
    ),
    "Ids are made by us.": "Die ids werden hier vergeben.",
    "Is skipped by the clock change in {zone:w}.": "Diese Uhrzeit wird von der Zeitumstellung in {zone} übersprungen.",
    "It has been changed since you read it. Read it again.": "Es wurde geändert, seit es gelesen wurde. Bitte noch einmal lesen.",
    "It would be a part of itself, or more than {most:d} levels deep.": "Es wäre ein Teil seiner selbst oder mehr als {most} Ebenen tief.",
    "Must be a currency's code like {example:w}.": "Muss der Code einer Währung wie {example} sein.",
    "Must be small letters and digits, with hyphens between.": (
        "Darf nur aus Kleinbuchstaben und Ziffern bestehen, mit Bindestrichen dazwischen."
    ),
    "Not an e-mail address.": "Keine E-Mail-Adresse.",
    "There is no organization {id} in this organization.": "Eine Organisation {id} gibt es hier nicht.",
    "There is no relationship {name}.": "Es gibt keine Beziehung {name}.",
    "There is no token {id} in this organization.": "In dieser Organisation gibt es kein Token {id}.",
    "There is no {thing} {id} in this organization.": "In dieser Organisation gibt es dies nicht: {thing} {id}.",
    "Your token does not have {scopes} itself.": "Diesem Token selbst fehlt {scopes}.",
    "{name:w} can not be changed; make a new one.": "{name} kann nicht geändert werden; bitte neu anlegen.",
    "{name:w} is not for you to set.": "{name} kann nicht gesetzt werden.",
    "{name:w} is required.": "{name} ist erforderlich.",
    'Must be {{"data": {shape}}}.': 'Muss {{"data": {shape}}} sein.',
    'Must be {{"type": {shape}}}.': 'Muss {{"type": {shape}}} sein.',
    "{label}: {detail}": "{label}: {detail}",
}

WORDS: dict[str, dict[str, str]] = {
    "status": {
        "accepted": "angenommen",
        "canceled": "storniert",
        "completed": "abgeschlossen",
        "draft": "ein Entwurf",
        "expired": "abgelaufen",
        "rejected": "abgelehnt",
        "requested": "angefragt",
        "reserved": "reserviert",
    },
}
