import pytest

from cutline.errors import SourceError
from cutline.model.entities import ROLES
from cutline.rings.roles import parse_signatures, read_owners, read_signatures
from cutline.typologies.catalogue import load_catalogue


def test_every_role_has_a_signature():
    assert {s.role for s in read_signatures()} == set(ROLES)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("roles: {boss: [{finding: x, weight: 0.5}]}", r"roles\.yaml, boss, line 1: 'boss'; expected a known role"),
        ("roles: {mule: [{findings: x, weight: 0.5}]}", r"'findings'"),
        ("roles: {mule: [{kinds: [acount], weight: 0.5}]}", r"mule, line 1: 'acount'"),
        ("roles: {mule: [{measures: {payerz: {least: 1}}, weight: 0.5}]}", r"'payerz'"),
        ("roles: {mule: [{measures: {payers: {over: 1}}, weight: 0.5}]}", r"'over'"),
        ("roles: {mule: [{finding: x, weight: 1.5}]}", r"weight 1.5; expected a number between 0 and 1"),
        ("roles: {mule: [{finding: x}]}", r"weight None"),
        ("roles: [", r"(?s)roles\.yaml: .*; expected YAML"),
        ("- mule", r"no list of roles"),
    ],
)
def test_a_wrong_signature_is_named(text, message):
    with pytest.raises(SourceError, match=message):
        parse_signatures(text, "roles.yaml")


def test_the_owner_of_a_boxs_cards_is_a_farmer_of_cards():
    assert read_owners()["sim_box_keeper"] == "card_farmer"
    assert set(read_owners().values()) <= set(ROLES)


def test_what_warns_a_victim_is_never_evidence_of_a_role():
    warnings = {typology.id for typology in load_catalogue().typologies if typology.warning}
    assert "call-line-hand-over" in warnings
    assert not warnings & {signature.finding for signature in read_signatures()}
