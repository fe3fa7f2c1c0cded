"""Real calls, published numbers and benchmark instances, in `shared/data` beside the checkout.

They may not be copied into it: a clone on its own has none of them, and passes over the tests that compare with them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

DATA: Final = Path(__file__).parents[2] / "shared" / "data"


def needs(path: Path) -> pytest.MarkDecorator:
    """Passes over a test where `path`, below `DATA`, is not there."""
    return pytest.mark.skipif(not path.exists(), reason=f"{path.relative_to(DATA)} is not in shared/data")
