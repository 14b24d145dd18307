"""What earlier runs show about a campaign: the records and fields that they updated."""

from __future__ import annotations

from store_runs import ACME, OK, OTHER, REFUSED, Row, send, staged

from bulk_update.ledger import CampaignRecords, Ledger

BODY = b'{"status_id":"3","record_fields":{"miasto":"Gdynia","saldo":"1.50"}}'
WRONG = b'{"record_fields":{"nazwa":"x"}}'


def test_campaigns_are_found_by_the_identifiers_of_their_records(ledger: Ledger) -> None:
    send(
        ledger,
        staged(
            ledger, Row(2, BODY, "a"), Row(3, BODY, "b"), Row(4, BODY, "c", campaign_id="00002")
        ),
        OK,
        OK,
        OK,
    )
    ledger.housekeeping.remember_what_was_sent()
    assert ledger.known_records.campaigns_with(["a", "b", "x"]) == [
        CampaignRecords(ACME, "00001", 2)
    ]
    assert ledger.known_records.campaigns_with(["a", "c"]) == [
        CampaignRecords(ACME, "00001", 1),
        CampaignRecords(ACME, "00002", 1),
    ]
    assert (
        ledger.known_records.campaigns_with(["x"]) == ledger.known_records.campaigns_with([]) == []
    )


def test_only_fields_that_the_service_accepted_are_known(ledger: Ledger) -> None:
    send(ledger, staged(ledger, Row(2, BODY, "a")), OK)
    send(ledger, staged(ledger, Row(2, WRONG, "b")), REFUSED)
    ledger.housekeeping.remember_what_was_sent()
    assert ledger.known_records.confirmed_fields(base_url=ACME, campaign_id="00001") == (
        "miasto",
        "saldo",
    )
    assert ledger.known_records.confirmed_fields(base_url=ACME, campaign_id="00002") == ()
    assert ledger.known_records.confirmed_fields(base_url=OTHER, campaign_id="00001") == ()


def test_the_systems_of_a_campaign_are_known(ledger: Ledger) -> None:
    send(ledger, staged(ledger, Row(2, BODY, "a")), OK)
    ledger.housekeeping.remember_what_was_sent()
    assert ledger.known_records.systems_of("00001") == [ACME]
    assert ledger.known_records.systems_of("00002") == []


def test_an_empty_ledger_knows_nothing(ledger: Ledger) -> None:
    assert ledger.known_records.campaigns_with(["a"]) == []
    assert ledger.known_records.systems_of("00001") == []


def test_the_campaigns_of_a_system_are_known(ledger: Ledger) -> None:
    send(ledger, staged(ledger, Row(2, BODY, "a"), Row(3, BODY, "b", campaign_id="00002")), OK, OK)
    ledger.housekeeping.remember_what_was_sent()
    assert ledger.known_records.campaigns_of(ACME) == ["00001", "00002"]
    assert ledger.known_records.campaigns_of(OTHER) == []
