"""A job stands differently in each system."""

from __future__ import annotations

import pytest

from bulk_update.job.standing import names_of, system_of


@pytest.mark.parametrize(
    ("job", "system", "names"),
    [
        ("crm", "acme.thulium.com", ["acme.thulium.com crm", "acme.thulium.com /m.yaml"]),
        ("", "acme.thulium.com", ["acme.thulium.com /m.yaml"]),
        ("crm", "", []),
        ("", "", []),
    ],
)
def test_a_standing_is_remembered_for_its_system_and_before_that_was_known(
    job: str, system: str, names: list[str]
) -> None:
    everywhere = ["crm", "/m.yaml"] if job else ["/m.yaml"]
    assert names_of(job, "/m.yaml", system=system) == (*names, *everywhere)


def test_a_standing_has_a_name_even_if_nothing_is_known() -> None:
    assert names_of("", "", system="") == ("",)


@pytest.mark.parametrize(
    ("base_url", "system"),
    [
        ("https://ACME.thulium.com/api/", "acme.thulium.com"),
        ("http://127.0.0.1:8080", "127.0.0.1:8080"),
        ("https://ana:secret@acme.thulium.com", ""),
        ("nonsense", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_a_system_is_the_host_of_a_valid_base_url(base_url: str | None, system: str) -> None:
    assert system_of(base_url) == system
