"""Errors about the catalog: items that are missing, incomplete or cannot be changed."""

from frontdesk.errors.entries import Error, Said, Text


def _not_found(en: str, de: str, without: str, *, at: str) -> Error:
    """Returns a "not found" error for a kind of item.

    `en` is the English name of the kind, and `de` is the German name. `without` is the German word for "no"
    before this name: "kein" for "Token", "keine" for "Leistung".
    """
    return Error(
        422,
        en=Text(f"{en} not found", f"This organization has no {en} {{id:q}}. Check the id."),
        de=Text(
            f"{de} nicht gefunden",
            f"Diese Organisation hat {without} {de} {{id:q}}. Bitte prüfen Sie die ID.",
        ),
        at=f"{at}; no source if the id is in the path",
        when="unknown in the organization, or archived",
        also=(404, 400),
    )


def _required(name: str) -> Error:
    return Error(
        422,
        en=Text(f"{name} required", f"The field '{name}' is required. Send a value for this field."),
        de=Text(
            f"{name} fehlt",
            f"Das Feld '{name}' ist erforderlich. Bitte geben Sie einen Wert für dieses Feld an.",
        ),
        at=f"`A/{name}`",
        when="missing",
    )


# Required attributes of catalog items.
REQUIRED = (
    "code",
    "currency",
    "event",
    "field_type",
    "label",
    "name",
    "price",
    "scopes",
    "slots",
    "tax_rate",
    "timezone",
)

ERRORS = {
    "organization_not_found": Error(
        422,
        en=Text("organization not found", "There is no organization {id:q}. Check the id."),
        de=Text("Organisation nicht gefunden", "Es gibt keine Organisation {id:q}. Bitte prüfen Sie die ID."),
        at="the reference; no source if the id is in the path",
        when="unknown, or not the token's",
        also=(404, 400),
    ),
    "token_not_found": _not_found("token", "Token", "kein", at="the reference"),
    "resource_not_found": _not_found(
        "resource",
        "Ressource",
        "keine",
        at="`P/resource_id`, `P/resource_id/{j}` in an array of several ids, `A/resource_id`, the parameter",
    ),
    "service_not_found": _not_found("service", "Leistung", "keine", at="`P/service_id/{id}`, the parameter"),
    "add_on_not_found": _not_found(
        "add-on", "Zusatzleistung", "keine", at="`B/booking_add_ons/{j}/add_on_id`"
    ),
    "message_rule_not_found": _not_found("message rule", "Nachrichtenregel", "keine", at="the reference"),
    "timeslot_series_not_found": _not_found(
        "timeslot series", "Zeitfenster-Reihe", "keine", at="`B/timeslot_series_id`, the parameter"
    ),
    "customer_not_found": Error(
        422,
        en=Text("customer not found", "{reason}"),
        de=Text("Kunde nicht gefunden", "{reason}"),
        at="`/order_customer_id`, `B/customer_id`; no source if the id is in the path",
        when="unknown in the organization, or archived; in an import, no customer with this email address",
        also=(404,),
    ),
    **{f"{name}_required": _required(name) for name in REQUIRED},
    "read_only": Error(
        422,
        en=Text(
            "read-only field",
            "The field '{name}' is read-only. Leave out this field, or send its current value.",
        ),
        de=Text(
            "schreibgeschütztes Feld",
            "Das Feld '{name}' ist schreibgeschützt. Bitte lassen Sie dieses Feld weg, oder senden Sie den aktuellen Wert.",
        ),
        at="the member",
        when="a read-only field with another value",
    ),
    "fixed": Error(
        422,
        en=Text(
            "field cannot be changed", "The field '{name}' cannot be changed. Create a new item instead."
        ),
        de=Text(
            "Feld nicht änderbar",
            "Das Feld '{name}' lässt sich nicht ändern. Bitte legen Sie stattdessen einen neuen Eintrag an.",
        ),
        at="`A/{name}`",
        when="cannot be changed after creation",
    ),
    "external_id_taken": Error(
        409,
        en=Text(
            "external id taken", "Another item already has this 'external_id'. Choose another 'external_id'."
        ),
        de=Text(
            "external_id vergeben",
            "Ein anderer Eintrag hat diese 'external_id' bereits. Bitte wählen Sie eine andere 'external_id'.",
        ),
        at="`external_id`",
        when="another item of this type has it",
    ),
    "slug_taken": Error(
        409,
        en=Text("slug taken", "Another item already has this slug. Choose another slug."),
        de=Text(
            "Kurzname vergeben",
            "Ein anderer Eintrag hat diesen Kurznamen ('slug') bereits. Bitte wählen Sie einen anderen Kurznamen.",
        ),
        at="`slug`",
        when="another resource, or another service, has it",
    ),
    "email_taken": Error(
        422,
        en=Text("email taken", "{reason}"),
        de=Text("E-Mail-Adresse vergeben", "{reason}"),
        at="`A/email`",
        when="another customer has this address",
    ),
    "code_taken": Error(
        422,
        en=Text(
            "code taken",
            "Another voucher, possibly an archived one, already has this code. Choose another code.",
        ),
        de=Text(
            "Code vergeben",
            "Ein anderer, womöglich archivierter Gutschein hat diesen Code bereits. Bitte wählen Sie einen anderen Code.",
        ),
        at="`A/code`",
        when="another voucher has this code",
    ),
    "last_token": Error(
        409,
        en=Text(
            "last token",
            "This is the last token that can create tokens. First create another token that can create tokens.",
        ),
        de=Text(
            "letztes Token",
            "Dies ist das letzte Token, das Tokens anlegen kann. Bitte legen Sie zuerst ein weiteres Token an, das Tokens "
            "anlegen kann.",
        ),
        at="",
        when="a token revokes itself, and no other token of the organization can create tokens",
    ),
    "too_many_tokens": Error(
        409,
        en=Text(
            "too many tokens",
            "A token can create at most {most} other tokens. Revoke some of these tokens first.",
        ),
        de=Text(
            "zu viele Tokens",
            "Ein Token kann höchstens {most} weitere Tokens anlegen. Bitte widerrufen Sie zuerst einige dieser Tokens.",
        ),
        at="",
        when="the token has 1,000 child tokens",
    ),
    "too_many_descendants": Error(
        409,
        en=Text(
            "too many tokens at once",
            "With 'cascade', this request would revoke more than {most} tokens, and that is too many for one request. First "
            "revoke some of the tokens that were created with this token.",
        ),
        de=Text(
            "zu viele Tokens auf einmal",
            "Mit 'cascade' würde diese Anfrage mehr als {most} Tokens widerrufen, und das sind zu viele für eine Anfrage. "
            "Bitte widerrufen Sie zuerst einige der Tokens, die mit diesem Token angelegt wurden.",
        ),
        at="",
        when="`cascade=true` would revoke more than 2,000 tokens",
    ),
    "parent_within": Error(
        422,
        en=Text(
            "resource within itself",
            "The resource would contain itself, or be nested more than {most} levels deep. Choose another parent.",
        ),
        de=Text(
            "Ressource in sich selbst",
            "Die Ressource würde sich selbst enthalten oder mehr als {most} Ebenen tief liegen. Bitte wählen Sie eine "
            "andere übergeordnete Ressource.",
        ),
        at="`/data/relationships/parent/data`",
        when="a resource that would contain itself",
    ),
}

PHRASES = {
    # unauthorized
    "ends_beyond": Said(
        "A token cannot expire later than the token that creates it. Choose an earlier 'expires_at'.",
        "Ein Token kann nicht länger gelten als das Token, mit dem es angelegt wird. Bitte wählen Sie ein früheres 'expires_at'.",
    ),
    "scopes_beyond": Said(
        "Your own token does not have {scopes}, so it cannot grant them. Leave them out, or use a token that has them.",
        "Ihr eigenes Token hat {scopes} nicht und kann sie daher nicht vergeben. Bitte lassen Sie diese Berechtigungen weg, oder "
        "verwenden Sie ein Token, das sie hat.",
    ),
    # email_taken
    "address_taken": Said(
        "Another customer already has this email address. Use that customer, or another address.",
        "Ein anderer Kunde hat diese E-Mail-Adresse bereits. Bitte verwenden Sie diesen Kunden oder eine andere Adresse.",
    ),
    # customer_not_found
    "no_customer": Said(
        "This organization has no customer {id:q}. Check the id.",
        "Diese Organisation hat keinen Kunden {id:q}. Bitte prüfen Sie die ID.",
    ),
    "no_customer_with_email": Said(
        "No customer has this email address. To create a new customer, set 'create' to true.",
        "Kein Kunde hat diese E-Mail-Adresse. Um einen neuen Kunden anzulegen, setzen Sie 'create' auf true.",
    ),
}
