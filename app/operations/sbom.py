"""What the service is made of, as CycloneDX: ``python -m app.operations.sbom requirements.lock sbom.json``.

Names, versions, hashes and who needs whom come from the lock, licences from what is installed. Development tools are
listed with the scope `excluded`. Needs the development dependencies.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, metadata, version
from pathlib import Path

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

_PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;]+)(?: ; (?P<marker>.*?))? \\$")
_HASH = re.compile(r"^    --hash=sha256:(?P<digest>[0-9a-f]{64})")
_VIA = re.compile(r"^    # (?:via (?P<only>\S.*)|via|  (?P<one>\S.*))$")
_NAME = re.compile(r"^[A-Za-z0-9._-]+")
_ROOT = "pacesetter"
_UNKNOWN = ("", "UNKNOWN")
_LONGEST_NAME = 100  # of a licence; beyond it, the field holds the text itself


@dataclass(frozen=True, slots=True)
class Locked:
    """A package as the lock has it: `via` those that need it, `digests` of each file that may be installed [hex]."""

    name: str
    version: str
    marker: str | None
    digests: tuple[str, ...]
    via: tuple[str, ...]


def locked(text: str) -> list[Locked]:
    """The packages of a lock made by `uv pip compile --generate-hashes`. Raises `ValueError` for any other line."""
    found: list[Locked] = []
    pin: re.Match[str] | None = None
    digests, via = list[str](), list[str]()

    def close() -> None:
        if pin is not None:
            found.append(Locked(normal(pin["name"]), pin["version"], pin["marker"], tuple(digests), tuple(via)))

    for number, line in enumerate(text.splitlines(), start=1):
        if match := _PIN.match(line):
            close()
            pin, digests, via = match, [], []
        elif match := _HASH.match(line):
            digests.append(match["digest"])
        elif match := _VIA.match(line):
            who = match["only"] or match["one"]
            via += [normal(who.split()[0])] if who else []
        elif line.strip():
            raise ValueError(f"line {number} of the lock is {line!r}: expected a pin, a hash or who needs it")
    close()
    return found


def normal(name: str) -> str:
    """A distribution's name as it is compared (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def needed(packages: Iterable[Locked], first: Iterable[str]) -> set[str]:
    """Names of `first` and of all that these need, directly or not."""
    needs: dict[str, set[str]] = {}
    for package in packages:
        for who in package.via:
            needs.setdefault(who, set()).add(package.name)
    found, waiting = set[str](), [normal(name) for name in first]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += needs.get(name, ())
    return found


def declared(pyproject: str) -> list[str]:
    """What the service itself needs, without its extras."""
    return [match[0] for text in tomllib.loads(pyproject)["project"]["dependencies"] if (match := _NAME.match(text))]


def bom_of(packages: list[Locked], first: Iterable[str]) -> Bom:
    """The bill of materials; `first` is what the service needs directly."""
    bom = Bom()
    root = Component(name=_ROOT, version=version(_ROOT), type=ComponentType.APPLICATION, bom_ref=_ROOT)
    bom.metadata.component = root
    direct = list(first)
    required = needed(packages, direct)
    # A package may be there in two versions, each with a marker of its own.
    made = [(package, _component(package, is_required=package.name in required)) for package in packages]
    named = {normal(name) for name in direct}
    for package, component in made:
        bom.components.add(component)
        bom.register_dependency(component, [other for one, other in made if package.name in one.via])
    bom.register_dependency(root, [component for package, component in made if package.name in named])
    return bom


def _component(package: Locked, *, is_required: bool) -> Component:
    purl = PackageURL("pypi", name=package.name, version=package.version)
    return Component(
        name=package.name,
        version=package.version,
        type=ComponentType.LIBRARY,
        scope=ComponentScope.REQUIRED if is_required else ComponentScope.EXCLUDED,
        purl=purl,
        bom_ref=purl.to_string(),
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest) for digest in package.digests],
        licenses=[LicenseFactory().make_from_string(text) for text in _licence(package.name)],
        properties=[Property(name="pacesetter:marker", value=package.marker)] if package.marker else [],
    )


def _licence(name: str) -> Iterator[str]:
    """What the installed package says of its licence; nothing where it is not installed here or says nothing."""
    try:
        told = metadata(name)
    except PackageNotFoundError:
        return
    expression = (told.get_all("License-Expression") or [""])[0]
    classifiers = [text.rsplit(" :: ", 1)[-1] for text in told.get_all("Classifier") or () if "License ::" in text]
    field = (told.get_all("License") or [""])[0].strip().splitlines()
    if expression not in _UNKNOWN:
        yield expression
    elif field and field[0] not in _UNKNOWN and len(field) == 1 and len(field[0]) <= _LONGEST_NAME:
        yield field[0]
    elif classifiers:
        yield " / ".join(sorted(classifiers))


def document(lock: str, pyproject: str) -> str:
    """The bill of materials as JSON."""
    return JsonV1Dot6(bom_of(locked(lock), declared(pyproject))).output_as_string(indent=2)


if __name__ == "__main__":
    lock = Path(sys.argv[1])
    Path(sys.argv[2]).write_text(document(lock.read_text("utf-8"), (lock.parent / "pyproject.toml").read_text("utf-8")))
