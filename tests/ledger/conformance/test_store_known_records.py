"""What earlier runs show about a campaign: the records and fields that they updated."""

from __future__ import annotations

from store_runs import ACME, LOST, OK, OTHER, REFUSED, Row, send, staged

from bulk_update.job.store import Store
from bulk_update.ledger import CampaignRecords

BODY = b'{"status_id":"3","record_fields":{"miasto":"Gdynia","saldo":"1.50"}}'
WRONG = b'{"record_fields":{"nazwa":"x"}}'


def test_campaigns_are_found_by_the_identifiers_of_their_records(store: Store) -> None:
    send(
        store,
        staged(store, Row(2, BODY, "a"), Row(3, BODY, "b"), Row(4, BODY, "c", campaign_id="00002")),
        OK,
        OK,
        OK,
    )
    store.housekeeping.remember_what_was_sent()
    assert store.known_records.campaigns_with(["a", "b", "x"]) == [
        CampaignRecords(ACME, "00001", 2)
    ]
    assert store.known_records.campaigns_with(["a", "c"]) == [
        CampaignRecords(ACME, "00001", 1),
        CampaignRecords(ACME, "00002", 1),
    ]
    assert store.known_records.campaigns_with(["x"]) == store.known_records.campaigns_with([]) == []


def test_only_fields_that_the_service_accepted_are_known(store: Store) -> None:
    send(store, staged(store, Row(2, BODY, "a")), OK)
    send(store, staged(store, Row(2, WRONG, "b")), REFUSED)
    store.housekeeping.remember_what_was_sent()
    assert store.known_records.confirmed_fields(base_url=ACME, campaign_id="00001") == (
        "miasto",
        "saldo",
    )
    assert store.known_records.confirmed_fields(base_url=ACME, campaign_id="00002") == ()
    assert store.known_records.confirmed_fields(base_url=OTHER, campaign_id="00001") == ()


def test_the_systems_of_a_campaign_are_known(store: Store) -> None:
    send(store, staged(store, Row(2, BODY, "a")), OK)
    store.housekeeping.remember_what_was_sent()
    assert store.known_records.systems_of("00001") == [ACME]
    assert store.known_records.systems_of("00002") == []


def test_an_empty_ledger_knows_nothing(store: Store) -> None:
    assert store.known_records.campaigns_with(["a"]) == []
    assert store.known_records.systems_of("00001") == []


def test_the_campaigns_of_a_system_are_known(store: Store) -> None:
    send(store, staged(store, Row(2, BODY, "a"), Row(3, BODY, "b", campaign_id="00002")), OK, OK)
    store.housekeeping.remember_what_was_sent()
    assert store.known_records.campaigns_of(ACME) == ["00001", "00002"]
    assert store.known_records.campaigns_of(OTHER) == []


def test_fields_that_were_never_confirmed_are_not_known_until_they_are(store: Store) -> None:
    """A null among the known values means that a request without success may have set the field."""
    send(store, staged(store, Row(2, WRONG, "a")), LOST)
    store.housekeeping.remember_what_was_sent()
    assert store.known_records.confirmed_fields(base_url=ACME, campaign_id="00001") == ()
    names = b'{"record_fields":{"z":"1","\xc5\x82":"1","B":"1","a":"1"}}'
    send(store, staged(store, Row(2, names, "a")), OK)
    store.housekeeping.remember_what_was_sent()
    fields = store.known_records.confirmed_fields(base_url=ACME, campaign_id="00001")
    assert fields == ("B", "a", "z", "\N{LATIN SMALL LETTER L WITH STROKE}")
