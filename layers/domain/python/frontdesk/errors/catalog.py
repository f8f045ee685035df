"""Errors about the catalog: items that are missing, incomplete or cannot be changed."""

from frontdesk.errors.entries import Error, Said, Text


def _not_found(en: str, de: str, without: str, *, at: str) -> Error:
    """Returns a "not found" error. `en` and `de` are the item's names, `without` the German for "no such"."""
    return Error(
        422,
        en=Text(f"{en} not found", f"There is no {en} {{id:q}} in this organization."),
        de=Text(f"{de} nicht gefunden", f"In dieser Organisation gibt es {without} {de} {{id:q}}."),
        at=f"{at}; of an address none",
        when="none with this id in the organization, or archived",
        also=(404, 400),
    )


def _required(name: str) -> Error:
    return Error(
        422,
        en=Text(f"{name} required", f"{name} is required."),
        de=Text(f"{name} fehlt", f"{name} ist erforderlich."),
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
    "organization_not_found": _not_found("organization", "Organisation", "keine", at="the place"),
    "token_not_found": _not_found("token", "Token", "kein", at="the place"),
    "resource_not_found": _not_found(
        "resource",
        "Ressource",
        "keine",
        at="`P/resource_id` (of several `/{j}`), `A/resource_id`, the parameter",
    ),
    "service_not_found": _not_found("service", "Leistung", "keine", at="`P/service_id/{id}`, the parameter"),
    "add_on_not_found": _not_found(
        "add-on", "Zusatzleistung", "keine", at="`B/booking_add_ons/{j}/add_on_id`"
    ),
    "message_rule_not_found": _not_found("message rule", "Nachrichtenregel", "keine", at="the place"),
    "timeslot_series_not_found": _not_found(
        "timeslot series", "Zeitfenster-Reihe", "keine", at="`B/timeslot_series_id`, the parameter"
    ),
    "customer_not_found": Error(
        422,
        en=Text("customer not found", "{reason}"),
        de=Text("Kunde nicht gefunden", "{reason}"),
        at="`/order_customer_id`, `B/customer_id`; of an address none",
        when="none with this id in the organization, or archived; in an import, none with this e-mail address",
        also=(404,),
    ),
    **{f"{name}_required": _required(name) for name in REQUIRED},
    "read_only": Error(
        422,
        en=Text("read only", "{name} is not for you to set."),
        de=Text("nur lesbar", "{name} kann nicht gesetzt werden."),
        at="the member",
        when="not the client's to set, and sent otherwise than it is",
    ),
    "fixed": Error(
        422,
        en=Text("fixed", "{name} can not be changed; make a new one."),
        de=Text("unveränderlich", "{name} kann nicht geändert werden; bitte neu anlegen."),
        at="`A/{name}`",
        when="can't be changed once it is there",
    ),
    "external_id_taken": Error(
        409,
        en=Text("external id taken", "Another one has this external_id."),
        de=Text("external_id vergeben", "Diese external_id hat schon ein anderer Eintrag."),
        at="`external_id`",
        when="another item of its kind has it",
    ),
    "email_taken": Error(
        422,
        en=Text("e-mail taken", "Another customer has this e-mail address."),
        de=Text("E-Mail-Adresse vergeben", "Ein anderer Kunde hat diese E-Mail-Adresse."),
        at="`A/email`",
        when="another customer's",
    ),
    "code_taken": Error(
        422,
        en=Text("code taken", "Another voucher has this code, archived or not."),
        de=Text("Code vergeben", "Ein anderer Gutschein hat diesen Code, archiviert oder nicht."),
        at="`A/code`",
        when="another voucher's",
    ),
    "last_token": Error(
        409,
        en=Text("last token", "This is the last token that can make tokens; make another one first."),
        de=Text(
            "letzter Token",
            "Dies ist der letzte Token, mit dem Tokens angelegt werden können; bitte zuerst einen anderen anlegen.",
        ),
        at="",
        when="a token revokes itself, and no other in the organization can make tokens",
    ),
    "too_many_tokens": Error(
        409,
        en=Text("too many tokens", "A token makes at most {most} others; revoke some of them first."),
        de=Text(
            "zu viele Tokens", "Ein Token legt höchstens {most} andere an; bitte zuerst einige widerrufen."
        ),
        at="",
        when="1,000 that a token has made are there",
    ),
    "parent_within": Error(
        422,
        en=Text("parent within", "It would be a part of itself, or more than {most} levels deep."),
        de=Text("Teil seiner selbst", "Es wäre ein Teil seiner selbst oder mehr als {most} Ebenen tief."),
        at="`/data/relationships/parent/data`",
        when="a resource as a part of itself",
    ),
}

PHRASES = {
    # customer_not_found
    "no_customer": Said(
        "There is no customer {id:q} in this organization.",
        "In dieser Organisation gibt es keinen Kunden {id:q}.",
    ),
    "no_customer_with_email": Said(
        "No customer has this e-mail address. Set create to make one.",
        "Kein Kunde hat diese E-Mail-Adresse. Mit create wird einer angelegt.",
    ),
}
