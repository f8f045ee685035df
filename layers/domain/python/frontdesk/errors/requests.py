"""Errors about requests as such: path, caller, parameters, headers and document; and internal errors."""

from frontdesk.errors.entries import Error, Said, Text

# API Gateway's own errors. Their texts, in English only, are in template.yaml.
GATEWAY = frozenset({"bad_request", "too_many_requests", "gateway_timeout"})

ERRORS = {
    "bad_request": Error(
        400,
        en=Text("bad request", "The request can not be understood."),
        de=Text("ungültige Anfrage", "Die Anfrage ist nicht zu verstehen."),
        at="",
        when="API Gateway can not read the request",
    ),
    "malformed_json": Error(
        400,
        en=Text("malformed JSON", "{reason}"),
        de=Text("fehlerhaftes JSON", "{reason}"),
        at="",
        when="the body, or a row of an import, is not JSON, or not Unicode",
    ),
    "unknown_parameter": Error(
        400,
        en=Text("unknown parameter", "There is no parameter {name:q} here."),
        de=Text("unbekannter Parameter", "Es gibt hier keinen Parameter {name:q}."),
        at="the parameter",
        when="a query parameter that is not known here",
    ),
    "invalid_parameter": Error(
        400,
        en=Text("invalid parameter", "{reason}"),
        de=Text("ungültiger Parameter", "{reason}"),
        at="the parameter",
        when="a flag that is not `true`, `1`, `false` or `0`; a page, filter, sort, include, id, date or number that is"
        " not right or beyond its limit",
    ),
    "parameter_required": Error(
        400,
        en=Text("parameter required", "{reason}"),
        de=Text("Parameter fehlt", "{reason}"),
        at="the parameter",
        when="one that the call can't do without",
    ),
    "invalid_idempotency_key": Error(
        400,
        en=Text(
            "invalid idempotency key",
            "An Idempotency-Key has 1 to 255 printable ASCII characters and no spaces.",
        ),
        de=Text(
            "ungültiger Idempotency-Key",
            "Ein Idempotency-Key besteht aus 1 bis 255 druckbaren ASCII-Zeichen ohne Leerzeichen.",
        ),
        at="`Idempotency-Key`",
        when='see "Idempotency"',
    ),
    "unauthenticated": Error(
        401,
        en=Text("unauthenticated", "Send a valid token: Authorization: Bearer {{token}}."),
        de=Text("nicht angemeldet", "Bitte ein gültiges Token mitsenden: Authorization: Bearer {{token}}."),
        at="`Authorization`",
        when="no token, an unknown or an expired one",
    ),
    "unauthorized": Error(
        403,
        en=Text("unauthorized", "{reason}"),
        de=Text("nicht berechtigt", "{reason}"),
        at="`o`, `A/scopes`, `A/expires_at`, `A/events`, or none",
        when="another organization; a token without the call's scope; a new token with scopes that its maker lacks, or that"
        " ends later; a subscription to events that its maker can't read",
    ),
    "id_not_yours": Error(
        403,
        en=Text("id not yours", "Ids are made by us."),
        de=Text("id nicht frei wählbar", "Die ids werden hier vergeben."),
        at="`/data/id`",
        when="something new with an id",
    ),
    "not_found": Error(
        404,
        en=Text("not found", "There is nothing at this address."),
        de=Text("nicht gefunden", "Unter dieser Adresse gibt es nichts."),
        at="",
        when="no such address",
    ),
    "method_not_allowed": Error(
        405,
        en=Text("method not allowed", "{path} answers to {methods}."),
        de=Text("Methode nicht erlaubt", "{path} antwortet auf {methods}."),
        at="",
        when="`Allow` has the methods",
    ),
    "not_acceptable": Error(
        406,
        en=Text("not acceptable", "Answers are {types:or}; accept one of them."),
        de=Text(
            "Format nicht verfügbar",
            "Antworten gibt es als {types:or}; bitte eines davon akzeptieren.",
        ),
        at="`Accept`",
        when='no JSON is accepted; see "Formats and languages"',
    ),
    "type_differs": Error(
        409,
        en=Text("type differs", "The type here is {type}."),
        de=Text("abweichender type", "Der type ist hier {type}."),
        at="`/data/type`",
        when="the document is of something else",
    ),
    "id_differs": Error(
        409,
        en=Text("id differs", "The id is not that of the address."),
        de=Text("abweichende id", "Die id ist nicht die der Adresse."),
        at="`/data/id`",
        when="the document is of another one than the address",
    ),
    "in_progress": Error(
        409,
        en=Text(
            "in progress",
            "The order of this Idempotency-Key is just being placed. Ask again in a moment.",
        ),
        de=Text(
            "in Bearbeitung",
            "Der Auftrag zu diesem Idempotency-Key wird gerade angelegt. Bitte gleich noch einmal anfragen.",
        ),
        at="`Idempotency-Key`",
        when="the key's order is being placed; `Retry-After`",
    ),
    "precondition_failed": Error(
        412,
        en=Text("precondition failed", "It has been changed since you read it. Read it again."),
        de=Text(
            "zwischenzeitlich geändert",
            "Es wurde geändert, seit es gelesen wurde. Bitte noch einmal lesen.",
        ),
        at="`If-Match`",
        when="changed since",
    ),
    "payload_too_large": Error(
        413,
        en=Text("payload too large", "A body has at most {most} bytes."),
        de=Text("Anfrage zu groß", "Der Body darf höchstens {most} Bytes lang sein."),
        at="",
        when="a body over 1,000,000 bytes",
    ),
    "unsupported_media_type": Error(
        415,
        en=Text("unsupported media type", "Send the body as Content-Type: {type}."),
        de=Text("Medientyp nicht unterstützt", "Bitte den Body als Content-Type: {type} senden."),
        at="`Content-Type`",
        when="a body that is not `application/vnd.api+json`",
    ),
    "data_required": Error(
        422,
        en=Text("data required", "Send a JSON:API document: {document}."),
        de=Text("data fehlt", "Bitte ein JSON:API-Dokument senden: {document}."),
        at="`/data`",
        when="no document",
    ),
    "invalid_type": Error(
        422,
        en=Text("invalid value", "{reason}"),
        de=Text("ungültiger Wert", "{reason}"),
        at='`""`',
        when="the body, or a row of an import, is not an object",
    ),
    "invalid_value": Error(
        422,
        en=Text("invalid value", "{reason}"),
        de=Text("ungültiger Wert", "{reason}"),
        at="the field",
        when="a wrong type or format, or beyond a limit below",
    ),
    "unknown_field": Error(
        422,
        en=Text("unknown field", "{reason}"),
        de=Text("unbekanntes Feld", "{reason}"),
        at="the field",
        when="there is no such field or relationship",
    ),
    "idempotency_key_reused": Error(
        422,
        en=Text(
            "idempotency key reused",
            "This Idempotency-Key was used with another body. Use a new key for another request.",
        ),
        de=Text(
            "Idempotency-Key wiederverwendet",
            "Dieser Idempotency-Key wurde mit einem anderen Body verwendet. Für eine andere Anfrage bitte einen neuen"
            " verwenden.",
        ),
        at="`Idempotency-Key`",
        when="used with another body",
    ),
    "secret_not_repeated": Error(
        409,
        en=Text(
            "secret not repeated",
            "With this Idempotency-Key {id:q} was made before. The secret was in that answer, and is not shown again:"
            " delete what was made if the secret is lost, and use a new key.",
        ),
        de=Text(
            "Geheimnis wird nicht wiederholt",
            "Mit diesem Idempotency-Key wurde {id:q} bereits angelegt. Das Geheimnis stand in der Antwort darauf und wird"
            " nicht noch einmal gezeigt. Ist es verloren, bitte das Angelegte löschen und einen neuen Key verwenden.",
        ),
        at="`Idempotency-Key`",
        when="a token, an organization or a webhook subscription was made with the key before; `meta.id` is its id",
    ),
    "answer_too_large": Error(
        400,
        en=Text(
            "answer too large",
            "The answer would be larger than {most} bytes. Ask for less: a smaller page[size], fewer paths in include,"
            " fewer attributes in fields, a shorter time.",
        ),
        de=Text(
            "Antwort zu groß",
            "Die Antwort wäre größer als {most} Bytes. Bitte weniger anfordern: ein kleineres page[size], weniger in"
            " include, weniger Attribute in fields, einen kürzeren Zeitraum.",
        ),
        at="",
        when="of a list; the answer about one order is cut",
    ),
    "too_many_errors": Error(
        422,
        en=Text("too many errors", "There are more errors in this request; {most} are told at most."),
        de=Text("zu viele Fehler", "Diese Anfrage hat noch mehr Fehler; höchstens {most} werden genannt."),
        at="the body",
        when="the last of 1,000 errors, or of those that an answer has room for, where there are more; its status is theirs",
        also=(400,),
    ),
    "too_many_requests": Error(
        429,
        en=Text("too many requests", "Too many requests. Try again in a moment."),
        de=Text("zu viele Anfragen", "Zu viele Anfragen. Bitte gleich noch einmal versuchen."),
        at="",
        when="API Gateway's own limit",
    ),
    "internal_error": Error(
        500,
        en=Text("internal error", "Something went wrong here; it has been recorded."),
        de=Text("interner Fehler", "Hier ist etwas schiefgegangen; der Fehler wurde aufgezeichnet."),
        at="",
        when="a fault of ours",
    ),
    "busy": Error(
        503,
        en=Text("busy", "Too many changes at the same time. Try again in a moment."),
        de=Text("ausgelastet", "Zu viele gleichzeitige Änderungen. Bitte gleich noch einmal versuchen."),
        at="",
        when="too many changes at the same time; `Retry-After`. The same request may be sent again",
    ),
    "outcome_unknown": Error(
        504,
        en=Text(
            "outcome unknown",
            "No answer of the database came in time. The request may have been carried out, or still may be."
            " Look before you send it again; with its Idempotency-Key it is safe to send it again.",
        ),
        de=Text(
            "Ausgang unbekannt",
            "Die Datenbank hat nicht rechtzeitig geantwortet. Die Anfrage ist vielleicht schon ausgeführt oder wird es"
            " noch. Bitte nachsehen, bevor sie noch einmal gesendet wird; mit ihrem Idempotency-Key darf sie wiederholt"
            " werden.",
        ),
        at="",
        when="no answer of the database came in time; the request may have been carried out, or still may be. Look before"
        " you send it again (an order: `GET /orders`, sorted by `-created_at`); with its `Idempotency-Key` it is safe to"
        " send it again",
    ),
    "gateway_timeout": Error(
        504,
        en=Text("gateway timeout", "No answer in time. The request may have been carried out."),
        de=Text(
            "Zeitüberschreitung",
            "Keine Antwort innerhalb der Zeit. Die Anfrage wurde vielleicht trotzdem ausgeführt.",
        ),
        at="",
        when="no answer in time; the request may have been carried out: send it again with its `Idempotency-Key`",
    ),
}

PHRASES = {
    # malformed_json
    "body_not_json": Said(
        "The body is not valid JSON: {error}.", "Der Body ist kein gültiges JSON: {error}."
    ),
    "row_too_deep": Said(
        "The row is nested deeper than {most} levels.",
        "Die Zeile ist tiefer als {most} Ebenen verschachtelt.",
    ),
    "row_not_json": Said("Not valid JSON: {error}.", "Kein gültiges JSON: {error}."),
    # invalid_parameter
    "parameter_not_unicode": Said(
        "A parameter is no valid Unicode.", "Ein Parameter ist kein gültiges Unicode."
    ),
    "id_too_long": Said("An id has at most {most} characters.", "Eine id hat höchstens {most} Zeichen."),
    "too_many_named": Said(
        "Name at most {most} at once.", "Es können höchstens {most} auf einmal genannt werden."
    ),
    "only_one_named": Said("Only one can be named here.", "Hier kann nur eine genannt werden."),
    "only_one_value": Said("Only one value is possible here.", "Hier ist nur ein Wert möglich."),
    "after_filter": Said("Must be after filter[{first}].", "Muss nach filter[{first}] liegen."),
    "not_included": Said(
        "{name:q} can not be included; {names} can.",
        "{name:q} kann nicht eingeschlossen werden; möglich sind {names}.",
    ),
    "not_sorted": Said(
        "{name:q} is nothing to sort by; {names} are.",
        "Nach {name:q} kann nicht sortiert werden; möglich sind {names}.",
    ),
    "skips_and_notifies": Said(
        "`skip_notification` and `notify_customer` contradict each other.",
        "`skip_notification` und `notify_customer` widersprechen einander.",
    ),
    "include_too_deep": Said(
        "A path of `include` has at most {most} names.", "Ein Pfad von `include` hat höchstens {most} Namen."
    ),
    "too_many_includes": Said(
        "At most {most} paths can be included at once.",
        "Es können höchstens {most} Pfade auf einmal angefordert werden.",
    ),
    "too_many_children": Said(
        "There are more than {most} resources; children can only be told of fewer.",
        "Es gibt mehr als {most} Ressourcen; untergeordnete werden nur bei weniger genannt.",
    ),
    "too_many_beside": Said(
        "These have more than {most} resources, services and customers together; ask for smaller pages.",
        "Diese haben zusammen mehr als {most} Ressourcen, Leistungen und Kunden; bitte kleinere Seiten abfragen.",
    ),
    "too_many_included": Said(
        "These have more than {most} bookings together; ask for smaller pages.",
        "Diese haben zusammen mehr als {most} Buchungen; bitte kleinere Seiten abfragen.",
    ),
    "too_many_days": Said(
        "At most {most} days can be asked for at once.",
        "Es können höchstens {most} Tage auf einmal abgefragt werden.",
    ),
    "too_many_days_of_all": Said(
        "At most {most} days at once, unless filter[resources] says of which resources.",
        "Höchstens {most} Tage auf einmal, außer wenn filter[resources] die Ressourcen nennt.",
    ),
    "too_many_resources": Said(
        "At most {most} resources at once.", "Höchstens {most} Ressourcen auf einmal."
    ),
    "too_many_resources_planned": Said(
        "There are more than {most} resources. Name some of them by resource_id.",
        "Es sind mehr als {most} Ressourcen. Bitte einige davon mit resource_id nennen.",
    ),
    "too_many_planned": Said(
        "There are more than {most} bookings to read. Ask for fewer days, or name some resources by resource_id.",
        "Es wären mehr als {most} Buchungen zu lesen. Bitte weniger Tage abfragen, oder einige Ressourcen mit"
        " resource_id nennen.",
    ),
    "too_many_owners": Said(
        "These are {count} resources and timeslot series; name at most {most} at once.",
        "Das sind {count} Ressourcen und Zeitfenster-Reihen; es können höchstens {most} auf einmal genannt werden.",
    ),
    "too_many_resource_days": Said(
        "It takes {days} days of resources to tell; at most {most} are possible. Name fewer of them, or less time.",
        "Dafür wären {days} Ressourcentage zu lesen; möglich sind höchstens {most}. Bitte weniger Ressourcen oder"
        " weniger Zeit angeben.",
    ),
    "duration_beside_series": Said(
        "A slot of a timeslot series has its own length; leave the duration out.",
        "Ein Zeitfenster einer Reihe hat seine eigene Länge; bitte duration weglassen.",
    ),
    # parameter_required
    "which_by_id": Said("Say which, by id.", "Bitte per id angeben, welche."),
    "when_as_date": Said(
        "Say when, as a date like 2026-04-15.", "Bitte angeben, wann, als Datum wie 2026-04-15."
    ),
    # unauthorized
    "other_organization": Said(
        "This token belongs to another organization.", "Dieses Token gehört zu einer anderen Organisation."
    ),
    "without_scope": Said(
        "This token does not have the scope {scope}.", "Diesem Token fehlt die Berechtigung {scope}."
    ),
    "ends_beyond": Said(
        "A token ends no later than the one that makes it.",
        "Ein Token endet nicht später als der, mit dem er angelegt wird.",
    ),
    "scopes_beyond": Said("Your token does not have {scopes} itself.", "Diesem Token selbst fehlt {scopes}."),
    # invalid_type
    "body_not_object": Said("The body must be a JSON object.", "Der Body muss ein JSON-Objekt sein."),
    "row_not_object": Said("A row is a JSON object.", "Eine Zeile ist ein JSON-Objekt."),
    # unknown_field
    "no_field": Said("There is no field {name:q}.", "Es gibt kein Feld {name:q}."),
    "no_relationship": Said("There is no relationship {name:q}.", "Es gibt keine Beziehung {name:q}."),
}
