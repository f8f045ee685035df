"""The table in memory refuses what DynamoDB refuses, according to its documentation."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.simulation.engine import MAX_ACTIONS, TOKEN_SECONDS, Engine

KIB = 1024


def put(name: str, **more: Any) -> dict[str, Any]:
    return {"Put": {"Item": {"pk": {"S": name}, "sk": {"S": "it"}, **more}}}


def update(
    name: str, expression: str, condition: str = "attribute_exists (pk)", **values: Any
) -> dict[str, Any]:
    return {
        "Update": {
            "Key": {"pk": {"S": name}, "sk": {"S": "it"}},
            "UpdateExpression": expression,
            "ConditionExpression": condition,
            "ExpressionAttributeNames": {"#n": "n", "#m": "m", "#x": "x", "#y": "y"},
            "ExpressionAttributeValues": {f":{each}": value for each, value in values.items()},
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
    }


def send(engine: Engine, *actions: dict[str, Any], token: str = "", now: int = 0) -> None:
    engine.transact(
        {"TransactItems": list(actions), "ClientRequestToken": token or f"{len(engine.commits)}"}, now, 0
    )


def item(engine: Engine, name: str = "a") -> Any:
    return engine.get((name, "it"))


def refused(*actions: dict[str, Any], engine: Engine | None = None) -> dict[str, Any]:
    engine = engine or Engine()
    before = dict(engine.items)
    with pytest.raises(ClientError) as error:
        send(engine, *actions)
    assert engine.items == before, "all or nothing"
    answer: Any = error.value.response
    return {
        "code": answer["Error"]["Code"],
        "reasons": [r["Code"] for r in answer.get("CancellationReasons", [])],
    }


INVALID = {"code": "ValidationException", "reasons": []}


def test_a_transaction_has_a_hundred_actions_each_on_an_item_of_its_own() -> None:
    engine = Engine()
    send(engine, *(put(f"{number}") for number in range(MAX_ACTIONS)))

    assert len(engine.items) == MAX_ACTIONS
    assert refused(*(put(f"{number}") for number in range(MAX_ACTIONS + 1))) == INVALID
    assert refused(put("a"), update("a", "SET #n = :one", one={"N": "1"})) == INVALID


def test_an_item_has_400_kilobytes_and_a_transaction_4_megabytes_in_utf8() -> None:
    nearly = {"S": "ä" * (200 * KIB - 10)}
    send(Engine(), put("a", body=nearly))

    assert refused(put("a", body={"S": nearly["S"] + "ä" * 10}))["reasons"] == ["ValidationError"]
    assert refused(*(put(f"{number}", body=nearly) for number in range(11))) == INVALID


def test_an_expression_has_4_kilobytes_and_300_operators() -> None:
    engine = Engine()
    send(engine, put("a", n={"N": "1"}))
    crowded = " AND ".join(["#n = :one"] * 150)
    send(engine, update("a", "SET #n = :one", crowded, one={"N": "1"}))

    assert (
        refused(update("a", "SET #n = :one", crowded + " AND #n = :one", one={"N": "1"}), engine=engine)
        == INVALID
    )
    long = "SET " + ", ".join(f"#attribute{number} = :one" for number in range(200))
    assert refused(update("a", long, one={"N": "1"}), engine=engine) == INVALID


def test_what_a_condition_stands_against_is_told_and_nothing_is_written() -> None:
    engine = Engine()
    send(engine, put("a", n={"N": "1"}))

    assert refused(put("b"), update("a", "SET #n = :two", "#n > :two", two={"N": "2"}), engine=engine) == {
        "code": "TransactionCanceledException",
        "reasons": ["None", "ConditionalCheckFailed"],
    }


def test_an_update_sees_the_item_as_it_was() -> None:
    engine = Engine()
    send(engine, put("a", n={"N": "9"}, m={"M": {"x": {"N": "10"}}}))
    before = item(engine)

    send(engine, update("a", "SET #n = #m.#x - :one, #m.#y = #n + :one REMOVE #m.#x", one={"N": "1"}))

    assert item(engine) == before | {"n": {"N": "9"}, "m": {"M": {"y": {"N": "10"}}}}
    assert before["m"] == {"M": {"x": {"N": "10"}}}, "whoever has read it keeps it as it was"


@pytest.mark.parametrize("expression", ["SET #n.#x = :one", "SET #n = #x + :one", "REMOVE #x.#y"])
def test_an_update_of_what_is_not_there_cancels_the_transaction(expression: str) -> None:
    engine = Engine()
    send(engine, put("a", m={"M": {}}))

    assert refused(update("a", expression, one={"N": "1"}), engine=engine)["reasons"] == ["ValidationError"]


def test_paths_that_overlap_are_no_update() -> None:
    engine = Engine()
    send(engine, put("a", m={"M": {}}))

    assert refused(update("a", "SET #m = :one, #m.#x = :one", one={"N": "1"}), engine=engine) == INVALID


def test_a_token_stands_for_its_transaction_for_ten_minutes_from_its_success() -> None:
    engine, count = Engine(), update("a", "SET #n = #n + :one", "#n < :four", one={"N": "1"}, four={"N": "4"})
    send(engine, put("a", n={"N": "4"}))
    with pytest.raises(ClientError):
        send(engine, count, token="t")
    send(engine, put("a", n={"N": "1"}), token="another")

    for now in (0, TOKEN_SECONDS - 1):
        send(engine, count, token="t", now=now)
    assert item(engine)["n"] == {"N": "2"}

    send(engine, count, token="t", now=TOKEN_SECONDS)
    assert item(engine)["n"] == {"N": "3"}
    with pytest.raises(ClientError, match="IdempotentParameterMismatch"):
        send(engine, put("b"), token="t", now=TOKEN_SECONDS + 1)


def test_a_page_ends_where_its_limit_is_and_goes_on_after_that_either_way() -> None:
    engine = Engine({("p", sk): {"pk": {"S": "p"}, "sk": {"S": sk}} for sk in "abc"} | {("q", "a"): {}})

    def keys(start: Any, *, forward: bool = True) -> list[str]:
        page = engine.page("p", start, 2, forward=forward)
        found = [raw["sk"]["S"] for raw in page["Items"]]
        return (
            found + keys(page["LastEvaluatedKey"], forward=forward) if "LastEvaluatedKey" in page else found
        )

    assert keys(None) == ["a", "b", "c"]
    assert keys(None, forward=False) == ["c", "b", "a"]
    assert "LastEvaluatedKey" in engine.page("p", None, 3), "as DynamoDB's, which looks no further"
    assert engine.page("p", {"pk": {"S": "p"}, "sk": {"S": "c"}}, 3) == {"Items": []}


def test_a_version_is_there_to_be_read_late() -> None:
    engine = Engine()
    for number in "123":
        send(engine, put("a", n={"N": number}))

    assert [item(engine)["n"]["N"], *((engine.get(("a", "it"), n) or {}).get("n", {}).get("N") for n in (1, 2, 3, 4))] == [
        "3", "2", "1", None, None,
    ]  # fmt: skip


def test_a_set_has_each_once_and_is_not_there_when_it_is_empty() -> None:
    engine = Engine()
    send(engine, put("a"))
    send(engine, update("a", "ADD #x :ab", ab={"SS": ["b", "a"]}))
    send(engine, update("a", "ADD #x :b, #n :two", b={"SS": ["b", "c"]}, two={"N": "2"}))
    assert (item(engine)["x"], item(engine)["n"]) == ({"SS": ["a", "b", "c"]}, {"N": "2"})

    send(engine, update("a", "DELETE #x :b ADD #n :two", b={"SS": ["b"]}, two={"N": "2"}))
    assert (item(engine)["x"], item(engine)["n"]) == ({"SS": ["a", "c"]}, {"N": "4"})
    send(engine, update("a", "DELETE #x :all", all={"SS": ["a", "c", "d"]}))
    assert "x" not in item(engine)
    assert refused(update("a", "ADD #n :b", b={"SS": ["b"]}), engine=engine)["reasons"] == ["ValidationError"]


@pytest.mark.parametrize(
    ("expression", "holds"),
    [
        ("begins_with(pk, :a)", True),
        ("begins_with(#n, :a)", False),
        ("contains(#x, :a)", True),
        ("NOT contains(#x, :z)", True),
        ("contains(#y, :a)", False),
        ("pk BETWEEN :a AND :z AND attribute_exists(sk)", True),
        ("pk BETWEEN :z AND :a", False),
        ("(NOT pk = :z OR pk = :z) AND NOT (#y = :a)", True),
    ],
)
def test_conditions_are_read_as_they_are_meant(expression: str, holds: bool) -> None:
    engine = Engine()
    send(engine, put("abc", n={"N": "1"}, x={"SS": ["a", "b"]}))
    change = update("abc", "SET #m = :a", expression, a={"S": "a"}, z={"S": "z"})

    if holds:
        send(engine, change)
    else:
        assert refused(change, engine=engine)["reasons"] == ["ConditionalCheckFailed"]


def test_an_index_has_what_has_its_keys_in_the_order_of_its_sort_keys() -> None:
    engine = Engine(indexes={"lists": ("n", "m")})
    for name, of, at in (("a", "p", "2"), ("b", "p", "1"), ("c", "q", "1"), ("d", "p", "3")):
        send(engine, put(name, n={"S": of}, m={"S": at}, body={"S": "long"}))
    send(engine, put("e", n={"S": "p"}), put("a", n={"S": "p"}, m={"S": "4"}))
    send(engine, {"Delete": {"Key": {"pk": {"S": "d"}, "sk": {"S": "it"}}}})

    page = engine.page("p", None, 1, index="lists")
    assert page["Items"] == [{"pk": {"S": "b"}, "sk": {"S": "it"}, "n": {"S": "p"}, "m": {"S": "1"}}]
    rest = engine.page("p", page["LastEvaluatedKey"], None, index="lists")
    assert [raw["pk"]["S"] for raw in rest["Items"]] == ["a"]
    assert "LastEvaluatedKey" not in rest


def test_a_page_has_a_megabyte() -> None:
    engine = Engine()
    for number in range(5):
        send(
            engine,
            {"Put": {"Item": {"pk": {"S": "p"}, "sk": {"S": f"{number}"}, "body": {"S": "x" * 300 * KIB}}}},
        )

    page = engine.page("p", None, None)
    assert len(page["Items"]) == 4
    assert len(engine.page("p", page["LastEvaluatedKey"], None)["Items"]) == 1


def test_a_change_of_one_item_is_refused_by_its_condition() -> None:
    engine, request = Engine(), update("a", "SET #n = :one", "#n < :one", one={"N": "1"})["Update"]
    with pytest.raises(ClientError, match="ConditionalCheckFailedException"):
        engine.change("Update", request)
    send(engine, put("a", n={"N": "0"}))
    engine.change("Update", request)
    assert item(engine)["n"] == {"N": "1"}
    with pytest.raises(ClientError) as error:
        engine.change("Update", request)
    assert error.value.response["Item"] == item(engine)  # type: ignore[typeddict-item]
    engine.change("Delete", {"Key": {"pk": {"S": "a"}, "sk": {"S": "it"}}})
    assert item(engine) is None
