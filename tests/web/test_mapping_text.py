"""The answers about a file as a mapping."""

from __future__ import annotations

import pytest

from bulk_update.cells.numbers import Negative
from bulk_update.cells.typed_cells import CellType
from bulk_update.mapping import Duplicates, Mapping, load_mapping
from bulk_update.proposals import Reading, SourceOption
from bulk_update.web.answers import ColumnAnswer, ColumnValues, Goal, ValueAnswers
from bulk_update.web.mapping_text import MappingAnswers, job_name, mapping_text

IDENTIFIER = {"ID": ColumnAnswer(Goal.IDENTIFIER)}


def loaded(
    columns: dict[str, ColumnAnswer],
    values: ValueAnswers | None = None,
    *,
    source: tuple[SourceOption, ...] = (),
    job: str = "crm",
) -> Mapping:
    answers = MappingAnswers(
        "made by a test",
        job,
        IDENTIFIER | columns,
        values or ValueAnswers(),
        campaign="00001",
        source=source,
    )
    return load_mapping(mapping_text(answers).encode(), path="m.yaml")


def rule(columns: dict[str, ColumnAnswer], values: ColumnValues | None = None) -> dict[str, object]:
    """Return what the mapping's only field sets explicitly."""
    (name,) = columns
    answers = ValueAnswers({name: values} if values else {})
    ((_, found),) = loaded(columns, answers).update.rules()
    return found.model_dump(exclude_unset=True, exclude={"column"})


def test_everything_is_written_that_was_answered() -> None:
    text = mapping_text(
        MappingAnswers(
            "made by a test",
            "crm",
            {
                "Saldo": ColumnAnswer(Goal.FIELD, "saldo", Reading(CellType.DECIMAL, decimal=",")),
                "Status": ColumnAnswer(Goal.STATUS_LOOKUP),
                "Uwagi": ColumnAnswer(Goal.UNUSED, "uwagi"),
                **IDENTIFIER,
            },
            ValueAnswers(
                {
                    "Status": ColumnValues({"Kontakt": "3", "Nie": "4"}, left_out=("Odmowa",)),
                    "ID": ColumnValues(padded="8", blanks=("NULL",)),
                },
                Duplicates.LAST,
            ),
            campaign="00001",
            host="acme.thulium.com",
            source=(SourceOption("encoding", "cp1250"), SourceOption("header_row", 3)),
        )
    )
    assert text.splitlines() == [
        "# made by a test",
        "version: 1",
        "name: crm",
        "host: acme.thulium.com",
        "source:",
        "  encoding: cp1250",
        "  header_row: 3",
        'campaign: "00001"',
        'identifier: {column: ID, blanks: ["NULL"], pad: 8}',
        "update:",
        "  status_id:",
        "    column: Status",
        "    lookup:",
        "      Kontakt: 3",
        "      Nie: 4",
        "  record_fields:",
        '    saldo: {column: Saldo, type: decimal, decimal: ","}',
        "where:",
        "  - {column: Status, not_in: [Odmowa]}",
        "duplicates: last",
        "live: true",
    ]
    assert load_mapping(text.encode(), path="m.yaml").campaign == "00001"


@pytest.mark.parametrize(
    ("goal", "key"),
    [
        (Goal.STATUS_NAME, "status"),
        (Goal.STATUS_LOOKUP, "status_id"),
        (Goal.STATUS_ID, "status_id"),
        (Goal.AGENT, "agent_login"),
        (Goal.AGENT_LOOKUP, "agent_login"),
        (Goal.NEXT_CALL, "next_call_date"),
        (Goal.FIELD, "record_fields.pole"),
    ],
)
def test_each_goal_has_its_key(goal: Goal, key: str) -> None:
    values = ValueAnswers({"A": ColumnValues({"x": "1"})})
    mapping = loaded({"A": ColumnAnswer(goal, "pole", Reading())}, values)
    assert [".".join(map(str, path)) for path, _ in mapping.update.rules()] == [key]


def test_every_goal_is_tested() -> None:
    (mark,) = test_each_goal_has_its_key.pytestmark  # type: ignore[attr-defined]
    tested = {goal for goal, _ in mark.args[1]}
    assert set(Goal) - tested == {Goal.UNUSED, Goal.CAMPAIGN, Goal.IDENTIFIER}


def test_the_campaign_may_be_in_a_column() -> None:
    columns = {"K": ColumnAnswer(Goal.CAMPAIGN), "A": ColumnAnswer(Goal.FIELD, "a", Reading())}
    campaign = loaded(columns).campaign
    assert not isinstance(campaign, str)
    assert campaign.column == "K"


@pytest.mark.parametrize(
    ("reading", "expected"),
    [
        (Reading(), {}),
        (Reading(CellType.INTEGER, grouping=" "), {"type": "integer", "grouping": " "}),
        (Reading(CellType.DECIMAL, decimal="."), {"type": "decimal"}),
        (Reading(CellType.DECIMAL, decimal=","), {"type": "decimal", "decimal": ","}),
        (
            Reading(CellType.DECIMAL, decimal=",", grouping=".", negative=Negative.TRAILING),
            {"type": "decimal", "decimal": ",", "grouping": ".", "negative": "trailing"},
        ),
        (Reading(CellType.BOOLEAN), {"type": "boolean"}),
        (Reading(CellType.DATE, ("%d.%m.%Y",)), {"type": "date", "formats": ("%d.%m.%Y",)}),
        (Reading(CellType.DATETIME), {"type": "datetime"}),
    ],
)
def test_each_reading_has_its_keys(reading: Reading, expected: dict[str, object]) -> None:
    assert rule({"A": ColumnAnswer(Goal.FIELD, "a", reading)}) == expected


@pytest.mark.parametrize(
    ("answer", "values", "expected"),
    [
        (
            ColumnAnswer(Goal.NEXT_CALL, "", Reading(CellType.DATE, ("%d.%m.%Y",))),
            ColumnValues(time="09:00", removed="-"),
            {"type": "datetime", "formats": ("%d.%m.%Y",), "time": "09:00"},
        ),
        (
            ColumnAnswer(Goal.FIELD, "vip", Reading(CellType.BOOLEAN)),
            ColumnValues(true_words=("tak",), false_words=("nie", "n"), removed="-"),
            {"type": "boolean", "true_words": ("tak",), "false_words": ("nie", "n")},
        ),
        (
            ColumnAnswer(Goal.FIELD, "telefon", Reading()),
            ColumnValues(removed=" -()", blanks=("brak",), time="09:00", true_words=("x",)),
            {"remove": " -()", "blanks": ("brak",)},
        ),
        (
            ColumnAnswer(Goal.STATUS_NAME),
            ColumnValues({"Odmowa": "Refusal"}, removed="-"),
            {"lookup": {"Odmowa": "Refusal"}},
        ),
    ],
)
def test_answers_about_values_count_where_they_apply(
    answer: ColumnAnswer, values: ColumnValues, expected: dict[str, object]
) -> None:
    assert rule({"A": answer}, values) == expected


def test_no_field_is_ever_erased_by_a_blank_cell() -> None:
    for goal in Goal:
        text = mapping_text(
            MappingAnswers("t", "j", {"A": ColumnAnswer(goal, "a", Reading())}, ValueAnswers())
        )
        assert "on_blank" not in text


HOSTILE_TEXTS = (
    "<script>alert(1)</script>", "{{ 7 * 7 }}", "{%", "a: b", "# a", "- a", "~", "null", "yes",
    "no", "0123", "12:30:45", "1e5", "'", '"', "\\", "a\nb", "a\tb", "\u202eabc", "\u00ad", "&a",
    "*a", "!a", "%a", "@a", "`a", "|", ">", "[", "{", "]", "}", ",", "<<", "=",
    "\U0001f600", "\ufeffx",
)  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE_TEXTS)
def test_texts_of_a_file_stay_what_they_are(text: str) -> None:
    answers = ValueAnswers(
        {
            "A": ColumnValues({text: "3"}, left_out=(text,)),
            "B": ColumnValues({"x": text}, blanks=(text,)),
        }
    )
    columns = {"A": ColumnAnswer(Goal.STATUS_LOOKUP), "B": ColumnAnswer(Goal.AGENT_LOOKUP)}
    mapping = loaded(columns, answers)
    (_, status), (_, agent) = mapping.update.rules()
    assert (status.lookup, agent.lookup) == ({text: "3"}, {"x": text})
    assert mapping.where[0].excluded == agent.blanks == (text,)


@pytest.mark.parametrize(
    "name", ["{A}", "a: b", "#a", "- a", "yes", "<b>", "a\"b'", "{{ a }}", "a, b", "&a", "*a", "%a"]
)
def test_names_of_columns_and_fields_stay_what_they_are(name: str) -> None:
    mapping = loaded({name: ColumnAnswer(Goal.FIELD, name, Reading())})
    assert [(path, each.column) for path, each in mapping.update.rules()] == [
        (("record_fields", name), name)
    ]


def test_a_sheet_that_is_called_like_a_number_stays_a_name() -> None:
    columns = {"A": ColumnAnswer(Goal.FIELD, "a", Reading())}
    source = (SourceOption("sheet", "2"), SourceOption("delimiter", "\t"))
    found = loaded(columns, source=source).source
    assert (found.sheet, found.delimiter) == ("2", "\t")


@pytest.mark.parametrize(
    ("file_name", "job"),
    [
        ("klienci.xlsx", "klienci"),
        ("klienci 2026-11.csv", "klienci 2026-11"),
        (".csv", ".csv"),
        ("a\u202eb.csv", "a\\u202eb"),
        ("x" * 200 + ".csv", "x" * 60),
        (" ", "web"),
    ],
)
def test_a_job_is_called_like_the_file(file_name: str, job: str) -> None:
    assert job_name(file_name) == job
    assert loaded({"A": ColumnAnswer(Goal.FIELD, "a", Reading())}, job=job_name(file_name)).name
