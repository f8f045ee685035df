"""The names that people and other systems use for columns, in English and German. Data only.

Each list begins with the most reliable name. If a file has several of the names, the first in the list is used. Only letters and digits are
compared: `Start Time` and `STARTTIME` are the same.
"""

from collections.abc import Mapping
from typing import Literal

Kind = Literal["bookings", "customers", "resources", "services"]

_PERSON: Mapping[str, str] = {
    "customer_email": (
        "customer email, email, e-mail, email address, e-mail address, mail, e-mail-adresse, emailadresse,"
        " mailadresse, client email,"
        " customer email address, client e-mail, kunden-e-mail, kundenemail, e-mail kunde, invitee email,"
        " attendee email, guest email,"
        " buyer email, holder email, booker email, contact email, attendee, attendees, required attendees,"
        " erforderliche teilnehmer, teilnehmer,"
        " primary email, e-mail 1 - value, e-mail 1"
    ),
    "customer_given_name": (
        "customer given name, given name, first name, firstname, forename, vorname, client first name, customer first name,"
        " invitee first name, guest first name"
    ),
    "customer_family_name": (
        "customer family name, family name, last name, lastname, surname, nachname, familienname, client last name,"
        " customer last name, invitee last name, guest last name"
    ),
    "customer_phone": (
        "customer phone, phone, phone number, mobile phone, mobile, mobile number, cell, cell phone, telephone, tel, telefon,"
        " telefonnummer, handy, handynummer, mobil, mobilnummer, mobiltelefon, rufnummer, client phone, customer phone number,"
        " client phone number, telefon kunde, contact number, contact no, contact phone, phone 1 - value, text reminder number,"
        " telephone number, phone no, mobile no, telefonnr, handynr, whatsapp"
    ),
    "customer_company": "customer company, company, company name, organisation, organization, firma, unternehmen, betrieb,"
    " firmenname, firmenbezeichnung, unternehmensname",
}
_CUSTOMER_IDS = (
    "customer id, customer number, customer no, client id, client number, client no, customer reference, kunden-id, kundennummer,"
    " kundennr, kunden-nr, kd-nr, mitgliedsnummer, member id, reference id"
)

# Names of columns that contain either a customer's number or name.
PEOPLE = (
    "customer, kunde, kundin, kunde/kundin, client, customers, guest, gast, mieter, mitglied, member, patient"
)

# Columns with the title of a booking. A column with its description beside them is then a note.
TITLES = "title, titel, subject, betreff, summary, event"

GUESTS = (
    "persons, people, guests, pax, party size, participants, number of people, number of guests, number of participants,"
    " attendees count, group size, personen, anzahl personen, personenzahl, teilnehmerzahl, anzahl teilnehmer, gäste, anzahl gäste"
)

BOOKINGS: Mapping[str, str] = {
    "external_id": (
        "external id, id, booking id, booking number, booking no, booking reference, booking ref, booking code, appointment id,"
        " appointment reference, appointment ref, appointment number, reservation id, reservation number, reservation code,"
        " confirmation number, confirmation code, reference, reference number, ref, ref no, ref #, code, uid, uuid, invitee uuid,"
        " booking uid, order number, order id, buchungsnummer, buchungs-id, buchungsnr, buchungscode, reservierungsnummer,"
        " terminnummer, termin-id, book number, book id,"
        " vorgangsnummer, auftragsnummer, bestellnummer, referenz, nummer, nr, lfd nr, no, visit id, booking id external reference id,"
        " belegnummer, belegnr, vorgangsnr"
    ),
    "date": (
        "date, datum, tag, day, booking day, appointment date, scheduled date, reservation date, service date, event date,"
        " session date, class date, visit date, termin, termindatum, am, arrival date, anreisedatum, date from, datum von"
    ),
    "start_date": (
        "start date, start, starts, starts at, start at, begin, begins, beginn, beginnt, beginnt am, start date & time,"
        " start date and time, start datetime, start date/time, start time (date), booking start, appointment start,"
        " reservation start, date & time, date and time, datetime, date/time, date time, appointment date & time,"
        " appointment date/time, booking date & time, startdatum, beginndatum, anfang, anfangsdatum, startzeitpunkt,"
        " beginn datum, start datum, datum und uhrzeit, datum/uhrzeit, datum uhrzeit, datum & uhrzeit, terminbeginn,"
        " buchungsbeginn, from, from date, von, vom, ab, check in, check-in, checkin, check-in date, arrival, anreise, stay date from,"
        " dtstart, session start,"
        " slot, time slot, timeslot, when, wann, booking date, buchungsdatum"
    ),
    "start_time": (
        "start time, starttime, time, begin time, from time, beginn um, beginnt um, beginn uhrzeit, beginn zeit, startzeit,"
        " startuhrzeit, start uhrzeit, anfangszeit, uhrzeit, zeit, von uhrzeit, uhrzeit von, scheduled time, appointment time,"
        " booking time, reservation time, class time, session time, zeitraum, zeit von, time from"
    ),
    "end_date": (
        "end date, end, ends, ends at, end at, finish, ende, endet, endet am, end date & time, end date and time, end datetime,"
        " end date/time, booking end, appointment end, reservation end, enddatum, schluss, endzeitpunkt, ende datum, terminende,"
        " buchungsende, to, to date, date to, datum bis, until, till, bis,"
        " check out, check-out, checkout, check-out date, departure, departure date, abreise, abreisedatum, dtend, session end,"
        " stay date to"
    ),
    "end_time": (
        "end time, endtime, finish time, to time, ende um, endet um, ende uhrzeit, ende zeit, endzeit, enduhrzeit, end uhrzeit,"
        " bis uhrzeit, uhrzeit bis, zeit bis, scheduled end time, time to"
    ),
    "duration": (
        "duration, length, dauer, länge, duration minutes, duration mins, duration min, dauer in minuten,"
        " dauer minuten, dauer min,"
        " termindauer, minutes, minuten, mins, time length, service duration, hours, stunden, duration hours, duration hrs,"
        " dauer in stunden, dauer stunden, dauer std"
    ),
    "all_day": (
        "all day, all-day, allday, all day event, is all day, whole day, ganztägig, ganztaegig, ganztags, ganztägiges ereignis,"
        " ganzer tag"
    ),
    "resource": (
        "resource, resources, resource name, resource id, room, rooms, room name, raum, räume, raumname, raum name, ressource,"
        " ressourcen, zimmer, zimmernummer, saal, besprechungsraum, meeting room, desk, tisch, table, platz, arbeitsplatz, court,"
        " lane, bahn, space, station, chair, stuhl, equipment, gerät, booked resource, team member, staff, staff member,"
        " staff name, employee, employee name, mitarbeiter, mitarbeiterin, mitarbeiter/in, provider, provider name, practitioner,"
        " therapist, therapeut, behandler, instructor, teacher, trainer, coach, stylist, specialist, barber, doctor, arzt, host,"
        " assigned to, calendar, calendar name, kalender, unit, accommodation, unterkunft, apartment, ferienwohnung, cabin, site, pitch,"
        " hall, halle, studio, vehicle, fahrzeug, car, bike, boat, boot, location, location name, ort, standort, place, where, wo,"
        " venue, with,"
        " unit type, spaces, courts, desks, tables, tische, plätze, units, listing, classroom, class room, seminarraum, hörsaal,"
        " konferenzraum, sitzungszimmer, meeting space, room number, room no, room nr, zimmer-nr, raumnummer, raum-nr, court number,"
        " table number, tischnummer, tisch-nr, desk number, resource title, service provider, listing name, room type, zimmertyp,"
        " zimmerkategorie"
    ),
    "nights": (
        "nights, # of nights, no of nights, no of night, number of nights, nächte, anzahl nächte, anzahl der nächte, übernachtungen,"
        " anzahl übernachtungen, los, length of stay, duration (nights), dauer (nächte)"
    ),
    "service": (
        "service, services, service name, service id, services booked, treatment, treatments, behandlung, leistung, leistungen,"
        " dienstleistung, dienstleistungen, angebot, product, product name, product title, produkt, appointment type, event type,"
        " event type name, type of appointment, terminart, termintyp, buchungsart, kurs, class, class name, session type,"
        " session name, visit type, activity, item, items, booking type, type, typ, art, event name"
    ),
    "customer": f"customer, {_CUSTOMER_IDS}, {PEOPLE}",
    "customer_name": (
        "customer name, customer full name, client name, name, full name, fullname, kundenname, name des kunden, name kunde,"
        " kunde name, vor- und nachname, vorname nachname, person, booked by, gebucht von, gebucht für, booked for, invitee name,"
        " attendee name, guest name, gastname, contact name, contact, kontakt, ansprechpartner, mietername, patient name, booker,"
        " lead name, name des gastes, guest name(s), holder, holder name, booking holder, organizer"
    ),
    **_PERSON,
    "price": (
        "price, appointment price, booking price, service price, event price, net sales, gross sales, total price, total gross,"
        " preis, gesamtpreis, betrag, summe, kosten, gebühr, entgelt, preis brutto, bruttopreis, amount, total, total amount,"
        " cost, fee, value, price paid, preis in, preis eur, price eur, price usd, price gbp, umsatz"
    ),
    "status": (
        "status, booking status, appointment status, reservation status, event status, state, buchungsstatus, terminstatus,"
        " reservierungsstatus, zustand, label"
    ),
    "canceled": (
        "canceled, cancelled, is canceled, is cancelled, is cancel, was canceled, was cancelled, storniert,"
        " abgesagt, canceled at, cancelled at, canceled on,"
        " cancelled on, canceled date, cancelled date, cancellation date, cancelation date, deleted at, storniert am, stornodatum"
    ),
    "no_show": "no show, no-show, marked as no-show, is no show, noshow?, nicht erschienen, no show?",
    "currency": "currency, currency code, price currency, währung",
    "quantity": f"quantity, qty, count, anzahl, menge, stück, {GUESTS}",
    "description": "description, beschreibung, title, titel, subject, betreff, summary, anlass, thema, purpose, zweck, event",
    "note": (
        "note, notes, notiz, notizen, bemerkung, bemerkungen, anmerkung, anmerkungen, kommentar, comment, comments,"
        " internal note,"
        " internal notes, interne notiz, interne notizen, staff notes, appointment notes, booking notes,"
        " meeting notes, remarks, hinweis"
    ),
    "customer_note": (
        "customer note, customer notes, client notes, client note, message, nachricht, customer comment,"
        " special requests, wünsche,"
        " kundennotiz, kundenwunsch, kommentar des kunden"
    ),
    "booking_add_ons": "booking add ons, add ons, addons, add-on, extras, zusatzleistungen, zusatzleistung, optionen, zubehör",
    "voucher_code": (
        "voucher code, voucher, coupon, coupon code, promo code, discount code, gutschein, gutscheincode,"
        " gutschein-code"
    ),
    "recurring_frequency": (
        "repeats, repeat, recurrence, recurring, recurs, frequency, repetition, recurrence pattern, wiederholung, wiederholt,"
        " wiederholt sich, turnus, rhythmus"
    ),
    "recurring_until": (
        "repeat until, repeats until, recurs until, recurring until, recurrence end, series end, wiederholung bis, wiederholen bis,"
        " serie bis, serienende"
    ),
    "recurring_count": "occurrences, number of occurrences, repetitions, wiederholungen, anzahl wiederholungen",
    "order_ref": "order ref, order reference, group, gruppe, auftrag, bestellung",
    "paid": (
        "paid, paid?, bezahlt, bezahlt?, is paid, payment status, zahlungsstatus, amount paid,"
        " amount paid online, total paid"
    ),
}

CUSTOMERS: Mapping[str, str] = {
    "external_id": f"external id, id, {_CUSTOMER_IDS}, uuid, nummer, nr, no, reference, ref",
    "email": _PERSON["customer_email"],
    "name": (
        "name, full name, fullname, customer name, client name, customer, client, kunde, kundin, kundenname, vor- und nachname,"
        " display name, contact name, ansprechpartner, member name, person, anzeigename"
    ),
    "given_name": _PERSON["customer_given_name"],
    "family_name": _PERSON["customer_family_name"],
    "mobile": "mobile, mobile phone, mobile number, cell, cell phone, handy, handynummer, mobil, mobilnummer, mobiltelefon",
    "phone": _PERSON["customer_phone"],
    "company": _PERSON["customer_company"],
    "notes": (
        "notes, note, notiz, notizen, bemerkung, bemerkungen, anmerkung, anmerkungen, kommentar, comment,"
        " comments, client notes, customer notes"
    ),
    "locale": "locale, language, sprache",
}

RESOURCES: Mapping[str, str] = {
    "external_id": "external id, id, resource id, room id, nummer, nr, no, ressourcen-id, raumnummer, reference, ref, code",
    "name": (
        "name, resource, resource name, room, room name, raum, raumname, ressource, bezeichnung, title, titel, staff,"
        " team member,"
        " employee, mitarbeiter, calendar, kalender, table, tisch, platz, desk"
    ),
    "slug": "slug, kürzel, kurzname",
    "description": "description, beschreibung, notes, notiz, notizen, bemerkung",
    # Not capacity or seats: these are the people whom a room holds, and so many bookings at once would be a mistake.
    "quantity": "quantity, count, anzahl, menge, stück, units",
    "timezone": "timezone, time zone, zeitzone",
    "opening_hours": (
        "opening hours, hours, öffnungszeiten, business hours, availability, verfügbarkeit,"
        " working hours, arbeitszeiten"
    ),
    "parent": "parent, belongs to, gehört zu, part of, übergeordnet, building, gebäude",
    "hidden": "hidden, versteckt, verborgen, ausgeblendet",
}

SERVICES: Mapping[str, str] = {
    "external_id": (
        "external id, id, service id, product id, sku, nummer, nr, no, artikelnummer, leistungsnummer,"
        " reference, ref, code"
    ),
    "name": (
        "name, service, service name, treatment, treatment name, leistung, leistungen, behandlung, dienstleistung,"
        " angebot, bezeichnung,"
        " product, product name, produkt, title, titel, appointment type, event type, terminart, kurs, class, item name"
    ),
    "slug": "slug, kürzel, kurzname",
    "description": "description, beschreibung, notes, notiz, details",
    "price": (
        "price, preis, retail price, amount, betrag, cost, kosten, fee, gebühr, entgelt, price eur, preis in,"
        " preis eur, bruttopreis,"
        " preis brutto, gross price, net price, nettopreis, preis netto, unit price, einzelpreis, price usd, price gbp"
    ),
    "tax_rate": (
        "tax rate, tax, vat, vat rate, vat %, tax %, mwst, mwst satz, mwst %, ust, ust satz, ust %, umsatzsteuer, mehrwertsteuer,"
        " steuersatz, steuer"
    ),
    "is_net_price": "is net price, net, is net, netto, price is net, preis ist netto",
    "duration": (
        "duration, length, dauer, länge, duration minutes, duration mins, dauer in minuten, dauer minuten,"
        " dauer min, minutes, minuten, mins"
    ),
    "charge_interval": "charge interval, price per, preis pro, abrechnungsintervall, per, pro, takt",
    "starting_fee": "starting fee, base fee, grundgebühr, grundpreis",
    "padding_before": "padding before, buffer before, puffer vorher, vorbereitungszeit, rüstzeit vorher, vorlauf",
    "padding_after": (
        "padding after, buffer after, extra time, puffer, puffer nachher, nachbereitungszeit, rüstzeit,"
        " processing time"
    ),
    "min_duration": "min duration, minimum duration, mindestdauer",
    "max_duration": "max duration, maximum duration, höchstdauer, maximaldauer",
    "resources": (
        "resources, resource, rooms, room, räume, raum, ressourcen, ressource, staff, team members, team member,"
        " employees, mitarbeiter,"
        " calendars, calendar, providers, bookable on, buchbar in"
    ),
    "hidden": "hidden, versteckt, verborgen, ausgeblendet",
}

# Columns with the day of departure. The next booking may begin on that day.
DEPARTURES = "check out, check-out date, check out day, departure, departure date, abreise, abreisedatum, abreisetag, stay date to"
# Words in front of what belongs to the customer: `Patient phone`, `Owner - First Name`.
HOLDERS = (
    "customer, client, guest, patient, student, pupil, member, attendee, invitee, participant, visitor, owner, tenant, renter, booker,"
    " kunde, kunden, gast, mieter, mitglied, schüler, teilnehmer, besucher, parent"
)
# Words behind the name of what is booked, if the column has its name or its number: `space_name`, `court_id`.
LABELS: Mapping[str, str] = {
    "name": "name, title, bezeichnung",
    "external_id": "id, no, nr, number, nummer, code, key, uuid",
}
# Words in front of a column's name that do not change its meaning: `Appt. status` is a status, `Rental start` a start. "Order" is not
# included, because an order date is the date of the sale.
QUALIFIERS = (
    "appt, appointment, appointments, booking, bookings, reservation, scheduled, session, class, lesson, visit, rental, hire, event,"
    " slot, planned, requested, termin, buchung, buchungs, reservierung, reservierungs, miet, gebuchte, gebuchter, gebuchtes"
)

ALIASES: Mapping[Kind, Mapping[str, str]] = {
    "bookings": BOOKINGS,
    "customers": CUSTOMERS,
    "resources": RESOURCES,
    "services": SERVICES,
}
# The kind of a file by its name, used if the header fits several kinds.
NAMES_OF_KINDS: Mapping[Kind, str] = {
    "customers": "customer, client, contact, kunde, kontakt, mitglied, member, people, personen, guest, patient, student",
    "resources": (
        "resource, ressource, room, raum, raeume, räume, staff, mitarbeiter, team, desk, tisch, employee, doctor, therapist, trainer,"
        " stylist, space, court, vehicle, fahrzeug, zimmer"
    ),
    "services": "service, leistung, treatment, behandlung, product, produkt, angebot, preisliste, menu",
    "bookings": "booking, buchung, appointment, termin, reservation, reservierung, schedule, calendar, kalender",
}

# In a file of repeating bookings: the end of the repetition, if another column has the booking's end.
UNTIL = "until, till, bis, end date, enddatum, ends on, endet am, end, ende"
FREQUENCIES: Mapping[str, str] = {
    "daily": "daily, every day, each day, täglich, jeden tag",
    "weekly": "weekly, every week, each week, wöchentlich, jede woche",
    "monthly": "monthly, every month, monatlich, jeden monat",
    "yearly": "yearly, annually, every year, jährlich, jedes jahr",
    "": "never, none, does not repeat, once, one-off, single, nie, keine, einmalig, einmal",
}

STATUSES: Mapping[str, str] = {
    "confirmed": (
        "confirmed, booked, accepted, active, scheduled, new, approved, open, ok, upcoming, pending, requested, planned, amended,"
        " successful,"
        " tentative, checked in,"
        " reserved, paid, unpaid, not paid, bestätigt, gebucht, reserviert, offen, aktiv, geplant, angenommen, neu,"
        " bezahlt, vorgemerkt, zugesagt, in-house, not confirmed, unconfirmed, pending confirmation, pending payment, on hold,"
        " currently hosting, arriving soon, arriving today, checking out today"
    ),
    "completed": (
        "completed, complete, done, finished, arrived, attended, checked out, checked-out, show, showed, signed in,"
        " fulfilled, started, past guest,"
        " abgeschlossen, erledigt, erschienen, beendet, durchgeführt, stattgefunden, wahrgenommen, eingecheckt"
    ),
    "canceled": (
        "canceled, cancelled, cancelled by client, canceled by client, cancelled by customer, canceled by customer,"
        " declined, rejected, deleted, late cancelled,"
        " late canceled, early cancelled, late cancel, early cancel, cancelled by seller, cancelled by buyer,"
        " cancelled by staff, void, refunded, storniert, abgesagt, gelöscht, storno, abgelehnt, canceled by host"
    ),
    "no_show": (
        "no show, noshow, no-show, did not show, absent, missed, nicht erschienen, nichterschienen,"
        " nicht gekommen, abwesend"
    ),
}
# A status that begins with one of these words has that meaning, whoever canceled: `cancelled_by_guest`, `No Show (charged)`.
BEGINNINGS: Mapping[str, str] = {
    "canceled": "canceled, cancelled, storniert, abgesagt",
    "no_show": "no show, noshow, nicht erschienen",
}
TOTALS = (
    "total, totals, grand total, subtotal, sum, summe, gesamt, gesamtsumme, insgesamt, zwischensumme, total amount,"
    " gesamtbetrag, anzahl"
    " gesamt, total count, endsumme, number of bookings, anzahl buchungen, anzahl termine"
)
# Names that do not stand for a particular customer.
NOBODY = frozenset(
    {
        "walkin",
        "walkins",
        "walkinclient",
        "walkincustomer",
        "laufkundschaft",
        "laufkunde",
        "anonym",
        "anonymous",
        "unbekannt",
        "unknown",
        "guest",
        "gast",
        "na",
        "none",
        "keine",
        "barverkauf",
    }
)
