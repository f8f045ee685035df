"""Errors about requests in general: their path, caller, parameters, headers and document. Also internal errors."""

from frontdesk.errors.entries import Error, Said, Text

# API Gateway's own errors. Their texts are in template.yaml, in English only.
GATEWAY = frozenset({"bad_request", "too_many_requests", "gateway_timeout"})

ERRORS = {
    "bad_request": Error(
        400,
        en=Text("bad request", "The request cannot be read."),
        de=Text("ungültige Anfrage", "Die Anfrage ist nicht lesbar."),
        at="",
        when="API Gateway cannot read the request",
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
        en=Text("unknown parameter", "This call does not have a parameter {name:q}. Leave it out."),
        de=Text(
            "unbekannter Parameter", "Dieser Aufruf hat keinen Parameter {name:q}. Bitte lassen Sie ihn weg."
        ),
        at="the parameter",
        when="an unknown query parameter",
    ),
    "invalid_parameter": Error(
        400,
        en=Text("invalid parameter", "{reason}"),
        de=Text("ungültiger Parameter", "{reason}"),
        at="the parameter",
        when="a flag that is not `true`, `1`, `false` or `0`; a page, filter, sort, include, id, date or number that is"
        " invalid or beyond its limit",
    ),
    "parameter_required": Error(
        400,
        en=Text("parameter required", "{reason}"),
        de=Text("Parameter fehlt", "{reason}"),
        at="the parameter",
        when="a required parameter is missing",
    ),
    "invalid_idempotency_key": Error(
        400,
        en=Text(
            "invalid idempotency key",
            "Send an Idempotency-Key of 1 to 255 printable ASCII characters without spaces.",
        ),
        de=Text(
            "ungültiger Idempotency-Key",
            "Bitte senden Sie einen Idempotency-Key aus 1 bis 255 druckbaren ASCII-Zeichen ohne Leerzeichen.",
        ),
        at="`Idempotency-Key`",
        when='see "Idempotency"',
    ),
    "unauthenticated": Error(
        401,
        en=Text("unauthenticated", "Send a valid token: Authorization: Bearer {{token}}."),
        de=Text(
            "nicht angemeldet", "Bitte senden Sie ein gültiges Token mit: Authorization: Bearer {{token}}."
        ),
        at="`Authorization`",
        when="the token is missing, unknown or expired",
    ),
    "unauthorized": Error(
        403,
        en=Text("unauthorized", "{reason}"),
        de=Text("nicht berechtigt", "{reason}"),
        at="`o`, `A/scopes`, `A/expires_at`, `A/events`, `A/staff_emails`, `A/kind`, the field `custom_price`, the field `discount`, "
        "or no source",
        when="your token lacks a scope that the call or this field requires. Three sources mean something else. `o`: your token is not for "
        "the organization that `o` names. `A/scopes`: a token that you create or revoke has a scope that yours lacks. `A/expires_at`: the "
        "new token would expire later than yours",
    ),
    "id_not_yours": Error(
        403,
        en=Text("id not allowed", "The server assigns ids. Leave out the id."),
        de=Text("ID nicht erlaubt", "Der Server vergibt die IDs. Bitte lassen Sie die ID weg."),
        at="`/data/id`",
        when="a new resource may not have an id, because the server assigns ids",
    ),
    "not_found": Error(
        404,
        en=Text("not found", "There is nothing at this address. Check the path."),
        de=Text("nicht gefunden", "Unter dieser Adresse gibt es nichts. Bitte prüfen Sie den Pfad."),
        at="",
        when="no such address",
    ),
    "method_not_allowed": Error(
        405,
        en=Text("method not allowed", "{path} supports only {methods}. Use one of these methods."),
        de=Text(
            "Methode nicht erlaubt",
            "{path} unterstützt nur {methods}. Bitte verwenden Sie eine dieser Methoden.",
        ),
        at="",
        when="the address does not take this method; `Allow` lists those that it takes",
    ),
    "not_acceptable": Error(
        406,
        en=Text("not acceptable", "Answers are available as {types:or}. Accept one of these types."),
        de=Text(
            "Format nicht verfügbar",
            "Antworten gibt es als {types:or}. Bitte akzeptieren Sie einen dieser Typen.",
        ),
        at="`Accept`",
        when='the header `Accept` allows no JSON type; see "Formats and languages"',
    ),
    "type_differs": Error(
        409,
        en=Text("type differs", "At this address, the field 'type' must be '{type}'."),
        de=Text("abweichender type", "Unter dieser Adresse muss im Feld 'type' der Wert '{type}' stehen."),
        at="`/data/type`",
        when="the type is not that of the address",
    ),
    "id_differs": Error(
        409,
        en=Text("id differs", "The body and the address have different ids. Send the id from the address."),
        de=Text(
            "abweichende ID",
            "Der Inhalt der Anfrage und die Adresse haben verschiedene IDs. Bitte senden Sie die ID aus der Adresse.",
        ),
        at="`/data/id`",
        when="the id is not that of the address",
    ),
    "in_progress": Error(
        409,
        en=Text(
            "in progress", "The order with this Idempotency-Key is still being placed. Try again in a moment."
        ),
        de=Text(
            "in Bearbeitung",
            "Der Auftrag zu diesem Idempotency-Key wird gerade angelegt. Bitte versuchen Sie es gleich noch einmal.",
        ),
        at="`Idempotency-Key`",
        when="the key's order is being placed; `Retry-After`",
    ),
    "precondition_failed": Error(
        412,
        en=Text(
            "precondition failed",
            "The resource has changed since you read it. Read it again, then repeat your change.",
        ),
        de=Text(
            "zwischenzeitlich geändert",
            "Der Eintrag wurde seit dem Lesen geändert. Bitte lesen Sie ihn neu und wiederholen Sie die Änderung.",
        ),
        at="`If-Match`",
        when="the resource has changed since the ETag was read",
    ),
    "payload_too_large": Error(
        413,
        en=Text(
            "payload too large", "The body has more than {most} bytes or {values} values. Split the request."
        ),
        de=Text(
            "Anfrage zu groß",
            "Die Anfrage hat mehr als {most} Bytes oder {values} Werte. Bitte teilen Sie sie auf.",
        ),
        at="",
        when="a body over 1,000,000 bytes or 100,000 values",
    ),
    "unsupported_media_type": Error(
        415,
        en=Text("unsupported media type", "Send the body as Content-Type: {type}."),
        de=Text("Medientyp nicht unterstützt", "Bitte senden Sie den Inhalt mit Content-Type: {type}."),
        at="`Content-Type`",
        when="a body that is not `application/vnd.api+json`",
    ),
    "data_required": Error(
        422,
        en=Text("data required", "Send a JSON:API document: {document}."),
        de=Text("data fehlt", "Bitte senden Sie ein JSON:API-Dokument: {document}."),
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
        when="an unknown field or relationship",
    ),
    "idempotency_key_reused": Error(
        422,
        en=Text(
            "idempotency key reused",
            "This Idempotency-Key was already used with another body. Use a new key for a new request.",
        ),
        de=Text(
            "Idempotency-Key wiederverwendet",
            "Dieser Idempotency-Key wurde bereits mit anderem Inhalt verwendet. Bitte verwenden Sie für eine neue Anfrage einen neuen "
            "Idempotency-Key.",
        ),
        at="`Idempotency-Key`",
        when="the key was used with another body",
    ),
    "secret_not_repeated": Error(
        409,
        en=Text(
            "secret not repeated",
            "This Idempotency-Key already created {id:q}. The secret was in the first answer, and is not shown again. If you have lost "
            "the secret of a token, revoke the token, and create another token with a new Idempotency-Key. If you have lost the secret "
            "of a webhook subscription, delete the subscription, and create another subscription with a new Idempotency-Key. If you have "
            "lost the token of a new organization, ask the operator for another token.",
        ),
        de=Text(
            "Geheimnis wird nicht wiederholt",
            "Mit diesem Idempotency-Key wurde {id:q} bereits angelegt. Das Geheimnis stand in der ersten Antwort und wird nicht noch "
            "einmal gezeigt. Ist das Geheimnis eines Tokens verloren, widerrufen Sie das Token bitte, und legen Sie mit einem neuen "
            "Idempotency-Key ein anderes Token an. Ist das Geheimnis eines Webhook-Abonnements verloren, löschen Sie das Abonnement "
            "bitte, und legen Sie mit einem neuen Idempotency-Key ein anderes Abonnement an. Ist das Token einer neuen Organisation "
            "verloren, bitten Sie den Betreiber um ein anderes Token.",
        ),
        at="`Idempotency-Key`",
        when="the key already created a token, an organization or a webhook subscription; `meta.id` is its id",
    ),
    "answer_too_large": Error(
        400,
        en=Text(
            "answer too large",
            "The answer would exceed {most} bytes. Request less: a smaller 'page[size]', fewer paths in 'include', fewer attributes in "
            "'fields', or a shorter period.",
        ),
        de=Text(
            "Antwort zu groß",
            "Die Antwort wäre größer als {most} Bytes. Bitte fordern Sie weniger an: ein kleineres 'page[size]', weniger Pfade in "
            "'include', weniger Attribute in 'fields' oder einen kürzeren Zeitraum.",
        ),
        at="",
        when="the answer to a list is too large; an answer about one order is shortened instead",
    ),
    "too_many_errors": Error(
        422,
        en=Text(
            "too many errors",
            "The request has more errors; only the first {most} are listed. Fix these first.",
        ),
        de=Text(
            "zu viele Fehler",
            "Die Anfrage hat weitere Fehler; nur die ersten {most} werden genannt. Bitte beheben Sie zuerst diese.",
        ),
        at="the body",
        when="the request has more errors than fit into an answer (1,000, or fewer if they are long). "
        "`too_many_errors` is then the last one, with the status of the others",
        also=(400,),
    ),
    "too_many_requests": Error(
        429,
        en=Text("too many requests", "Too many requests. Try again in a moment."),
        de=Text("zu viele Anfragen", "Zu viele Anfragen. Bitte versuchen Sie es gleich noch einmal."),
        at="",
        when="API Gateway's own limit; `Retry-After`",
    ),
    "internal_error": Error(
        500,
        en=Text("internal error", "An internal error occurred and has been logged. Try again later."),
        de=Text(
            "interner Fehler",
            "Ein interner Fehler ist aufgetreten und wurde protokolliert. Bitte versuchen Sie es später noch einmal.",
        ),
        at="",
        when="a bug or outage on the server's side",
    ),
    "busy": Error(
        503,
        en=Text("busy", "Too many changes at the same time. Try again in a moment."),
        de=Text(
            "ausgelastet", "Zu viele gleichzeitige Änderungen. Bitte versuchen Sie es gleich noch einmal."
        ),
        at="",
        when="too many changes at the same time, or the database did not answer in time; `Retry-After`. Send the same request again",
    ),
    "outcome_unknown": Error(
        504,
        en=Text(
            "outcome unknown",
            "The database did not answer in time. The request may have been carried out, or may be carried out soon. Check the result "
            "before you repeat it. With the same Idempotency-Key, you can repeat it safely.",
        ),
        de=Text(
            "Ausgang unbekannt",
            "Die Datenbank hat nicht rechtzeitig geantwortet. Die Anfrage wurde vielleicht schon ausgeführt oder wird gleich noch "
            "ausgeführt. Bitte prüfen Sie das Ergebnis, bevor Sie die Anfrage wiederholen. Mit demselben Idempotency-Key ist eine "
            "Wiederholung gefahrlos.",
        ),
        at="",
        when="the database did not answer in time. The request may have been carried out already, or may be carried out later. See "
        '"After a 504"',
    ),
    "gateway_timeout": Error(
        504,
        en=Text(
            "gateway timeout",
            "There was no answer in time. The request may have been carried out. Check the result before you repeat it.",
        ),
        de=Text(
            "Zeitüberschreitung",
            "Die Antwort kam nicht rechtzeitig. Die Anfrage wurde vielleicht trotzdem ausgeführt. Bitte prüfen Sie das Ergebnis, bevor "
            "Sie die Anfrage wiederholen.",
        ),
        at="",
        when='API Gateway got no answer in time; the request may have been carried out. See "After a 504"',
    ),
}

PHRASES = {
    # malformed_json
    "body_not_json": Said(
        "The body is not valid JSON: {error}.", "Der Inhalt der Anfrage ist kein gültiges JSON: {error}."
    ),
    "row_too_deep": Said(
        "The row is nested deeper than {most} levels.",
        "Die Zeile ist tiefer als {most} Ebenen verschachtelt.",
    ),
    "row_not_json": Said("Not valid JSON: {error}.", "Kein gültiges JSON: {error}."),
    # invalid_parameter
    "parameter_not_unicode": Said(
        "A parameter is not valid Unicode.", "Ein Parameter ist kein gültiges Unicode."
    ),
    "id_too_long": Said(
        "An id can have at most {most} characters.", "Eine ID kann höchstens {most} Zeichen haben."
    ),
    "too_many_named": Said("Send at most {most} values.", "Bitte geben Sie höchstens {most} Werte an."),
    "only_one_named": Said("Send only one id here.", "Bitte geben Sie hier nur eine ID an."),
    "only_one_value": Said("Send only one value here.", "Bitte geben Sie hier nur einen Wert an."),
    "after_filter": Said("Must be after 'filter[{first}]'.", "Muss nach 'filter[{first}]' liegen."),
    "not_included": Said(
        "Cannot include {name:q}. Allowed: {names:q}.",
        "{name:q} ist in 'include' nicht möglich. Möglich sind: {names:q}.",
    ),
    "nothing_further": Said(
        "Cannot include {name:q}. A name in the path stands for an item without relationships. Let the path end there.",
        "{name:q} ist in 'include' nicht möglich. Ein Name im Pfad steht für einen Eintrag ohne Beziehungen. Bitte lassen Sie den Pfad "
        "dort enden.",
    ),
    "not_sorted": Said(
        "Cannot sort by {name:q}. Allowed: {names:q}.",
        "Nach {name:q} lässt sich nicht sortieren. Möglich sind: {names:q}.",
    ),
    "skips_and_notifies": Said(
        "'skip_notification' and 'notify_customer' contradict each other. Send only one of these two.",
        "'skip_notification' und 'notify_customer' widersprechen sich. Bitte senden Sie nur eines von beiden.",
    ),
    "include_too_deep": Said(
        "A path in the parameter 'include' can have at most {most} names.",
        "Ein Pfad im Parameter 'include' kann höchstens {most} Namen haben.",
    ),
    "too_many_includes": Said(
        "The parameter 'include' can have at most {most} paths.",
        "Der Parameter 'include' kann höchstens {most} Pfade haben.",
    ),
    # parameter_required
    "which_by_id": Said("Provide at least one id.", "Bitte geben Sie mindestens eine ID an."),
    "when_as_date": Said(
        "Provide a date such as 2026-04-15.", "Bitte geben Sie ein Datum wie 2026-04-15 an."
    ),
    # unauthorized
    "other_organization": Said(
        "This token does not belong to the organization in the parameter 'o'. Leave out the parameter 'o', or use a token of that "
        "organization.",
        "Dieses Token gehört nicht zu der Organisation im Parameter 'o'. Bitte lassen Sie den Parameter 'o' weg, oder verwenden Sie ein "
        "Token jener Organisation.",
    ),
    "without_scope": Said(
        "This token lacks the scope {scope}. Use a token that has it.",
        "Diesem Token fehlt die Berechtigung {scope}. Bitte verwenden Sie ein Token, das sie hat.",
    ),
    # invalid_type
    "body_not_object": Said(
        "The body must be a JSON object.", "Der Inhalt der Anfrage muss ein JSON-Objekt sein."
    ),
    "row_not_object": Said("A row must be a JSON object.", "Eine Zeile muss ein JSON-Objekt sein."),
    # unknown_field
    "no_field": Said(
        "Unknown field {name:q}. Leave it out.", "Unbekanntes Feld {name:q}. Bitte lassen Sie es weg."
    ),
    "no_relationship": Said(
        "Unknown relationship {name:q}. Leave it out.",
        "Unbekannte Beziehung {name:q}. Bitte lassen Sie sie weg.",
    ),
}
