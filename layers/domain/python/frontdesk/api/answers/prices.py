"""Answers about prices: amounts, taxes and lines."""

from collections import Counter
from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from frontdesk.api.answers.values import COFFEE, MEETING, Money, Rate, number
from frontdesk.domain.orders import order


class Amounts(TypedDict):
    """Amounts in minor units of the currency: `total` is `net_amount` plus `tax_amount`, with `discount_amount` already deducted."""

    total: Annotated[int, Field(description="The amount with tax, after the discount.", examples=[5500])]
    net_amount: Annotated[
        int, Field(description="The amount without tax, after the discount.", examples=[4669])
    ]
    tax_amount: Annotated[int, Field(description="The tax that `total` contains.", examples=[831])]
    discount_amount: Annotated[int, Field(description="The discount of the voucher.", examples=[0])]


class TaxTotal(TypedDict):
    """The sums of an order at one tax rate."""

    rate: Rate
    net_amount: Annotated[int, Field(examples=[4202])]
    tax_amount: Annotated[int, Field(examples=[798])]
    total: Money


class Line(Amounts):
    """A priced item of a booking."""

    type: Literal["service", "starting_fee", "add_on"]
    reference_id: Annotated[str, Field(description="The id of the service or add-on.", examples=[MEETING])]
    title: Annotated[str, Field(examples=["Meeting"])]
    quantity: Annotated[int, Field(examples=[1])]
    single_amount: Annotated[int, Field(description="The catalog's price of one unit.", examples=[5000])]
    single_net_amount: Annotated[int, Field(examples=[4202])]
    is_net_price: bool
    tax_rate: Rate
    custom_amount: Annotated[
        int | None,
        Field(
            description="The line's share of a price set by hand, which replaces `quantity` times `single_amount`. Null without one."
        ),
    ]
    price_reason: Annotated[str | None, Field(description="The reason for the price set by hand.")]


def _line_example(
    type: str, id: str, title: str, quantity: int, price: int, net: int, rate: int
) -> dict[str, object]:
    total, net_amount = quantity * price, quantity * net
    return {
        "total": total, "net_amount": net_amount, "tax_amount": total - net_amount, "discount_amount": 0,
        "type": type, "reference_id": id, "title": title, "quantity": quantity,
        "single_amount": price, "single_net_amount": net, "is_net_price": False, "tax_rate": rate,
        "custom_amount": None, "price_reason": None,
    }  # fmt: skip


# The lines of the example order: an hour in a meeting room, with two coffees. The amounts of all examples are theirs.
Lines = Annotated[
    list[Line],
    Field(
        examples=[
            [
                _line_example("service", MEETING, "Meeting", 1, 5000, 4202, 19),
                {
                    **_line_example("add_on", COFFEE, "Coffee", 2, 250, 234, 7),
                    "net_amount": 467,
                    "tax_amount": 33,
                },
            ]
        ]
    ),
]
TaxTotals = Annotated[
    list[TaxTotal],
    Field(
        description="The sums by tax rate, the highest rate first.",
        examples=[
            [
                {"rate": 19, "net_amount": 4202, "tax_amount": 798, "total": 5000},
                {"rate": 7, "net_amount": 467, "tax_amount": 33, "total": 500},
            ]
        ],
    ),
]


class SoldAddOnMeta(TypedDict):
    """The quantity of an add-on in a booking."""

    quantity: Annotated[int, Field(ge=1, examples=[2])]


class SoldAddOn(TypedDict):
    """An add-on of a booking."""

    type: Literal["add-ons"]
    id: Annotated[str, Field(examples=[COFFEE])]
    meta: SoldAddOnMeta


class SoldAddOns(TypedDict):
    """The add-ons of a booking, each once."""

    data: list[SoldAddOn]


def amounts(of: order.Amounts | order.Line) -> Amounts:
    """Returns the amounts of a line, or of a sum, as the API shows them."""
    return {
        "total": of.total,
        "net_amount": of.net_amount,
        "tax_amount": of.tax_amount,
        "discount_amount": of.discount_amount,
    }


def tax_total(of: order.TaxTotal) -> TaxTotal:
    """Returns the sums at one tax rate as the API shows them."""
    return {
        "rate": number(of.rate),
        "net_amount": of.net_amount,
        "tax_amount": of.tax_amount,
        "total": of.total,
    }


def line(of: order.Line) -> Line:
    """Returns a line of a booking as the API shows it."""
    return {
        "type": of.kind,
        "reference_id": of.reference,
        "title": of.title,
        "quantity": of.quantity,
        "single_amount": of.unit_price,
        "single_net_amount": of.single_net_amount,
        "is_net_price": of.is_net_price,
        "tax_rate": number(of.tax_rate),
        "custom_amount": of.hand_amount,
        "price_reason": of.by_hand.reason if of.by_hand else None,
        **amounts(of),
    }


def sold(lines: Iterable[order.Line]) -> SoldAddOns:
    """Returns the relationship to the add-ons in a booking's lines, each with its quantity."""
    quantities = Counter[str]()
    for each in lines:
        if each.kind == "add_on":
            quantities[each.reference] += each.quantity
    return {
        "data": [
            {"type": "add-ons", "id": id, "meta": {"quantity": quantity}}
            for id, quantity in quantities.items()
        ]
    }
