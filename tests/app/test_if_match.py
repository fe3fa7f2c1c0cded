"""Which version somebody means to change."""

from __future__ import annotations

import pytest

from app.errors import PreconditionFailed, PreconditionRequired
from app.if_match import require_match


@pytest.mark.parametrize("header", ['"a-2"', "*", " * ", '"a-1", "a-2"', '"a-2" , "a-3"'])
def test_the_version_that_stands_may_be_changed(header):
    require_match(header, '"a-2"', "action a")


@pytest.mark.parametrize("header", ['"a-1"', "a-2", "", '"a-1","a-3"'])
def test_any_other_is_told_with_what_stands_and_since_when(header):
    with pytest.raises(PreconditionFailed, match=r'expected "a-2" of action a, since Jo changed it; read it again'):
        require_match(header, '"a-2"', "action a", "Jo changed it")


def test_nobody_changes_what_they_did_not_name():
    with pytest.raises(PreconditionRequired, match="expected the ETag of action a as you read it"):
        require_match(None, '"a-2"', "action a")
