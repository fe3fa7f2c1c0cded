"""Canonical JSON, keys and signatures: what must hold, and what must be noticed."""

import base64
import json
import stat

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.certificates.canonical import canonical, digest
from app.certificates.keys import KeyProblem, public_text, signing_key
from app.certificates.seal import fault, signature
from app.settings import Settings

SEED = bytes(range(32))
KEY = Ed25519PrivateKey.from_private_bytes(SEED)
DOCUMENT = {"roster": "r1", "tiers": {"service": 3, "people": 4.5}, "duties": [{"handler": "H1"}], "note": "Zoë – ok"}

numbers = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
documents = st.recursive(
    st.none() | st.booleans() | numbers | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(documents)
def test_canonical_json_survives_storing_and_reading(document):
    try:
        text = canonical(document)
    except ValueError:  # a lone surrogate is no text
        return
    assert canonical(json.loads(text)) == text


def test_order_of_keys_and_sign_of_zero_do_not_matter():
    assert canonical({"b": -0.0, "a": 1}) == canonical({"a": 1, "b": 0.0}) == b'{"a":1,"b":0.0}'


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_a_number_that_json_has_no_word_for_is_refused(value):
    with pytest.raises(ValueError, match="expected a finite number"):
        digest({"x": [value]})


def sealed():
    return DOCUMENT | {"signature": signature(DOCUMENT, KEY)}


def test_what_was_signed_holds():
    document = json.loads(json.dumps(sealed()))
    assert fault(document, None) is None
    assert fault(document, public_text(KEY.public_key())) is None


def test_signing_again_changes_nothing():
    assert signature(sealed(), KEY) == signature(DOCUMENT, KEY)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda d: d["tiers"].update(service=2), "was changed"),
        (lambda d: d.update(extra=1), "was changed"),
        (lambda d: d.pop("note"), "was changed"),
        (lambda d: d.pop("signature"), "not signed"),
        (lambda d: d.update(signature="x"), "not signed"),
        (lambda d: d["signature"].update(value="%%"), "can't be read"),
        (lambda d: d["signature"].update(public_key="AAAA"), "3 bytes, expected 32"),
        (lambda d: d["signature"].update(value=base64.b64encode(bytes(64)).decode()), "was changed"),
    ],
)
def test_every_change_is_noticed(change, told):
    document = json.loads(json.dumps(sealed()))
    change(document)
    assert told in fault(document, None)


def test_another_key_is_noticed_only_where_one_is_named():
    other = Ed25519PrivateKey.generate()
    document = DOCUMENT | {"signature": signature(DOCUMENT, other)}
    assert fault(document, None) is None
    assert "expected" in fault(document, public_text(KEY.public_key()))


def test_a_key_is_made_once_for_its_owner_alone(tmp_path):
    made = Settings(data_dir=tmp_path / "data")
    first = signing_key(made)
    assert signing_key(made).private_bytes_raw() == first.private_bytes_raw()
    [file] = (tmp_path / "data").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_key_from_outside_is_taken(tmp_path):
    given_key = Settings(data_dir=tmp_path, certificate_key=base64.b64encode(SEED).decode())
    assert signing_key(given_key).private_bytes_raw() == SEED
    assert "AAEC" not in repr(given_key)


@pytest.mark.parametrize(("text", "told"), [("%%", "no base64"), ("AAAA", "3 bytes, expected 32")])
def test_a_key_that_is_none_is_named(tmp_path, text, told):
    with pytest.raises(KeyProblem, match=told):
        signing_key(Settings(data_dir=tmp_path, certificate_key=text))
