"""Errors about an imported file's rows. Each error shows the value and the name of its column, as they are in the file."""

from frontdesk.errors.entries import Error, Said, Text

ERRORS = {
    "wrong_number_of_cells": Error(
        422,
        en=Text(
            "wrong number of cells",
            "The row has {cells} cells, but the header has {columns}. Add or remove cells.",
        ),
        de=Text(
            "falsche Anzahl Zellen",
            "Die Zeile hat {cells} Zellen, die Kopfzeile aber {columns}. Bitte gleichen Sie die Zeile an.",
        ),
        at="the row",
        when="more or fewer cells than the header",
    ),
    "cell_wrong": Error(
        422,
        en=Text("cell not understood", "{column} {value:q}: {reason}"),
        de=Text("Zelle nicht verstanden", "{column} {value:q}: {reason}"),
        at="the column",
        when="a value that does not fit its column",
    ),
    "name_not_found": Error(
        422,
        en=Text("name not found", "{column} {value:q}: {reason}"),
        de=Text("Name nicht gefunden", "{column} {value:q}: {reason}"),
        at="the column",
        when="no item has this id, external id, slug or name",
    ),
    "name_ambiguous": Error(
        422,
        en=Text("name ambiguous", "{column} {value:q}: {reason}"),
        de=Text("Name nicht eindeutig", "{column} {value:q}: {reason}"),
        at="the column",
        when="several items have this name",
    ),
    "no_end": Error(
        422,
        en=Text(
            "no end",
            "The row has neither an end nor a duration, and the service has no fixed duration. Add a column with the end or "
            "the duration.",
        ),
        de=Text(
            "kein Ende",
            "Die Zeile hat weder Ende noch Dauer, und die Leistung hat keine feste Dauer. Bitte ergänzen Sie eine Spalte"
            " mit dem Ende oder der Dauer.",
        ),
        at="`end_date`",
        when="no end, no duration, and no service with a fixed duration",
    ),
    "past_row": Error(
        422,
        en=Text(
            "in the past",
            "The booking would start in the past. In the mapping, set 'past' to 'book' or 'skip'.",
        ),
        de=Text(
            "in der Vergangenheit",
            "Die Buchung würde in der Vergangenheit beginnen. Bitte setzen Sie 'past' in der Zuordnung auf 'book' oder 'skip'.",
        ),
        at="the start",
        when="a past row, and no `past` in the mapping",
    ),
    "external_id_differs": Error(
        422,
        en=Text("external id differs", "All rows of an order must have the same 'external_id'."),
        de=Text("abweichende external_id", "Alle Zeilen eines Auftrags müssen dieselbe 'external_id' haben."),
        at="`external_id`",
        when="rows of one order with different ids",
    ),
    "external_id_reused": Error(
        422,
        en=Text(
            "external id reused",
            "This file or an earlier file already created an order with this 'external_id', or the series of this date, but with "
            "different content. Change that order, or use a new 'external_id'. If this 'external_id' is an order number that "
            "several rows share, map the column to 'order_ref' instead of 'external_id'.",
        ),
        de=Text(
            "external_id wiederverwendet",
            "Aus dieser oder einer früheren Datei gibt es schon einen Auftrag mit dieser 'external_id' oder die Serie dieses "
            "Termins, aber mit anderem Inhalt. Bitte ändern Sie jenen Auftrag, oder verwenden Sie eine neue 'external_id'. "
            "Ist diese 'external_id' eine Auftragsnummer, die mehrere Zeilen gemeinsam haben, so ordnen Sie die Spalte bitte "
            "'order_ref' statt 'external_id' zu.",
        ),
        at="`external_id`",
        when="an order with this id, or the series of this date, has other content",
    ),
    "order_column_differs": Error(
        422,
        en=Text(
            "order column differs",
            "Another row of this order has a different value here. Use the same value in each row.",
        ),
        de=Text(
            "abweichende Angabe zum Auftrag",
            "Eine andere Zeile dieses Auftrags hat hier einen anderen Wert. Bitte verwenden Sie in jeder Zeile denselben Wert.",
        ),
        at="the column",
        when="a value for the whole order differs between its rows",
    ),
    "order_refused": Error(
        422,
        en=Text("order refused", "Other rows of this order were refused: {lines}. Correct them first."),
        de=Text(
            "Auftrag abgelehnt",
            "Andere Zeilen dieses Auftrags wurden abgelehnt: {lines}. Bitte korrigieren Sie zuerst diese.",
        ),
        at="",
        when="a row without errors in an order that has a refused row",
    ),
    "customer_given_twice": Error(
        422,
        en=Text("customer given twice", "Specify the customer by id or by email address, not both."),
        de=Text(
            "Kunde doppelt angegeben",
            "Bitte geben Sie den Kunden entweder mit seiner ID oder mit seiner E-Mail-Adresse an.",
        ),
        at="`customer`",
        when="the customer is given both by id and by address",
    ),
    "not_imported": Error(
        503,
        en=Text("not imported", "This row could not be imported now. Import the file again."),
        de=Text(
            "nicht importiert",
            "Diese Zeile konnte jetzt nicht importiert werden. Bitte importieren Sie die Datei noch einmal.",
        ),
        at="",
        when="the row could not be processed now",
    ),
}

PHRASES = {
    # cell_wrong
    "not_date_format": Said(
        "Must be a date format such as dd/mm/yyyy or mm/dd/yyyy.",
        "Muss ein Datumsformat wie dd/mm/yyyy oder mm/dd/yyyy sein.",
    ),
    "not_date_or_time": Said(
        "Must be a date or time, such as 2031-01-13 or 9:00.",
        "Muss ein Datum oder eine Uhrzeit sein, wie 13.01.2031 oder 9:00.",
    ),
    "no_such_day": Said(
        "There is no such day, if the date is read like the other dates of this column.",
        "Diesen Tag gibt es nicht, wenn das Datum wie die anderen dieser Spalte gelesen wird.",
    ),
    "no_day_in_cell": Said(
        "The row has a time but no date. Add the date.",
        "Die Zeile hat eine Uhrzeit, aber kein Datum. Bitte ergänzen Sie das Datum.",
    ),
    "no_time_in_cell": Said(
        "The row has a date but no time. Add the time.",
        "Die Zeile hat ein Datum, aber keine Uhrzeit. Bitte ergänzen Sie die Uhrzeit.",
    ),
    "cell_empty": Said(
        "The row has no date or time. Add both.",
        "Die Zeile hat weder Datum noch Uhrzeit. Bitte ergänzen Sie beides.",
    ),
    "not_duration": Said(
        "Must be a duration, such as 60, 1:15 or 1h 15min.",
        "Muss eine Dauer sein, wie 60, 1:15 oder 1 Std. 15 Min.",
    ),
    "unit_unknown": Said(
        "Is this hours or minutes? Write '4 h' or '4 min', or name the column 'Duration (hours)'.",
        "Sind das Stunden oder Minuten? Schreiben Sie '4 Std.' oder '4 Min.', oder nennen Sie die Spalte 'Dauer (Stunden)'.",
    ),
    "nights_differ": Said(
        "Does not match the first and last day of the row. Correct the nights or the days.",
        "Passt nicht zum ersten und letzten Tag der Zeile. Bitte korrigieren Sie die Nächte oder die Tage.",
    ),
    "not_amount": Said("Must be an amount of money.", "Muss ein Geldbetrag sein."),
    "not_number": Said("Must be a number.", "Muss eine Zahl sein."),
    "number_shortened": Said(
        "A spreadsheet has shortened this number, and its digits are lost. Export the file again, and do not save it in a spreadsheet. Or"
        " ignore the column.",
        "Eine Tabellenkalkulation hat diese Nummer gekürzt, Ziffern sind verloren. Bitte exportieren Sie die Datei noch einmal, und"
        " speichern Sie sie nicht in der Tabellenkalkulation. Oder lassen Sie die Spalte weg.",
    ),
    "negative_amount": Said("Must not be negative.", "Darf nicht negativ sein."),
    "other_currency": Said("Prices must be in {currency}.", "Preise müssen in {currency} angegeben sein."),
    "not_in_minor_units": Said(
        "Amounts in {currency} cannot have that many decimal places.",
        "Beträge in {currency} können nicht so viele Nachkommastellen haben.",
    ),
    "not_truth": Said("Must be yes or no.", "Muss ja oder nein sein."),
    "price_of_several": Said(
        "A price belongs to one booking. Give each booking a row of its own.",
        "Ein Preis gehört zu einer Buchung. Bitte geben Sie jeder Buchung eine eigene Zeile.",
    ),
    "not_status": Said(
        "Unknown status. Use 'confirmed', 'completed', 'canceled' or 'no_show', or translate the status in the mapping "
        "('values').",
        "Unbekannter Status. Möglich sind 'confirmed', 'completed', 'canceled' und 'no_show'. Sie können den Status auch in "
        "der Zuordnung übersetzen ('values').",
    ),
    "not_frequency": Said(
        "Unknown frequency. Use 'daily', 'weekly', 'monthly' or 'yearly', or translate the frequency in the mapping "
        "('values'). If each repetition has a row of its own, let the mapping ignore this column ('columns').",
        "Unbekannte Häufigkeit. Möglich sind 'daily', 'weekly', 'monthly' und 'yearly'. Sie können die Häufigkeit auch in der "
        "Zuordnung übersetzen ('values'). Wenn jede Wiederholung eine eigene Zeile hat, lassen Sie die Spalte in der Zuordnung weg "
        "('columns').",
    ),
    "not_rule": Said(
        "This recurrence rule cannot be read, or does not include the first day.",
        "Diese Wiederholungsregel ist nicht lesbar oder enthält den ersten Tag nicht.",
    ),
    "not_hours": Said(
        "Must be opening hours, such as Mon-Fri 9:00-18:00, Sat 10:00-14:00.",
        "Muss Öffnungszeiten enthalten, wie Mo-Fr 9:00-18:00, Sa 10:00-14:00.",
    ),
    # missing_columns
    "no_header": Said(
        "The first line has values instead of column names. Above this line, add a line with the names of the columns.",
        "Die erste Zeile enthält Werte statt Spaltennamen. Bitte fügen Sie über dieser Zeile eine Zeile mit den Namen der "
        "Spalten ein.",
    ),
    # email_taken
    "address_in_row_taken": Said(
        "Another customer already has this email address, from an earlier row or from before. Leave the address out of this row, or "
        "use another address.",
        "Ein anderer Kunde hat diese E-Mail-Adresse bereits, aus einer früheren Zeile oder von vorher. Bitte lassen Sie die Adresse "
        "in dieser Zeile weg, oder verwenden Sie eine andere.",
    ),
    # customer_not_found
    "two_customers": Said(
        "The customer number and the email address belong to two customers. Leave one of them out.",
        "Die Kundennummer und die E-Mail-Adresse gehören zu zwei verschiedenen Kunden. Bitte lassen Sie eine der Angaben weg.",
    ),
    "no_customer_of_name": Said(
        "There is no customer {name:q}. To create new customers, set 'missing' to 'create' in the mapping.",
        "Es gibt keinen Kunden {name:q}. Um neue Kunden anzulegen, setzen Sie 'missing' in der Zuordnung auf 'create'.",
    ),
    # name_not_found, name_ambiguous
    "name_of_none": Said(
        "No item has this name. Correct the name, or create the item first.",
        "Es gibt keinen Eintrag mit diesem Namen. Bitte korrigieren Sie den Namen, oder legen Sie den Eintrag zuerst an.",
    ),
    "name_of_none_but_near": Said(
        "No item has this name. Similar names: {nearest:q}.",
        "Es gibt keinen Eintrag mit diesem Namen. Ähnliche Namen: {nearest:q}.",
    ),
    "name_of_several": Said(
        "Several items have this name: {candidates}. Use the id.",
        "Mehrere Einträge haben diesen Namen: {candidates}. Bitte verwenden Sie die ID.",
    ),
}
