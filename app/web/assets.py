"""Style sheets and scripts: files under an address that changes with them, so that browsers may keep them for ever."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Final

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

_FOLDER: Final = Path(__file__).parent / "static"
_ONE_YEAR_S: Final = 31_536_000


def _version() -> str:
    digest = sha256()
    for file in sorted(_FOLDER.rglob("*")):
        if file.is_file():
            digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()[:12]


PLACE: Final = f"/assets/{_version()}"


def asset(name: str) -> str:
    """Address of the file `name`. Raises `ValueError` where there is none."""
    if not (_FOLDER / name).is_file():
        raise ValueError(f"{name} is no file of the pages: expected one below {_FOLDER.name}/")
    return f"{PLACE}/{name}"


class Assets(StaticFiles):
    """The files, to be kept by browsers and by what stands between."""

    def __init__(self) -> None:
        super().__init__(directory=_FOLDER)

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = f"public, max-age={_ONE_YEAR_S}, immutable"
        return response
