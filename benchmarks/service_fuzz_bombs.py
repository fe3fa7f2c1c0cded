"""Files made to do harm: what unpacks to much more, claims what is not so, nests without end, or is in no encoding."""

import io
import zipfile
from collections.abc import Callable

_SHEET = "xl/worksheets/sheet1.xml"
_MB = 1_000_000


def bombs(workbook: bytes, table: bytes) -> dict[str, tuple[str, bytes]]:
    """By name: what it claims to be (`xlsx`, `csv`, `json`), and the bytes. `workbook` and `table` are sound files."""
    first_row = b'<row r="2"'
    entities = b"".join(b'<!ENTITY %c "%s">' % (98 + i, b"&%c;" % (97 + i) * 10) for i in range(12))
    laughs = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + entities + b"]>"
    outside = b'<!DOCTYPE x [<!ENTITY m SYSTEM "file:///etc/hostname">]>'
    return {
        "unpacks to 450 MB": ("xlsx", changed(workbook, _SHEET, lambda _: bytes(450 * _MB))),
        "claims to be small": ("xlsx", _understated(changed(workbook, _SHEET, lambda xml: xml + bytes(50 * _MB)))),
        "many parts": ("xlsx", _parts(2_000)),
        "row two thousand million": (
            "xlsx", changed(workbook, _SHEET, lambda xml: xml.replace(first_row, b'<row r="2000000000"'))
        ),
        "blank cells in the last column": ("xlsx", changed(workbook, _SHEET, _last_column)),
        "entities of entities": ("xlsx", changed(workbook, _SHEET, lambda xml: _declared(xml, laughs))),
        "entity of a file": ("xlsx", changed(workbook, _SHEET, lambda xml: _declared(xml, outside))),
        "deep elements": ("xlsx", changed(workbook, _SHEET, lambda _: b"<a>" * 100_000)),
        "a table as a workbook": ("xlsx", table),
        "a workbook as a table": ("csv", workbook),
        "UTF-16": ("csv", table.decode().encode("utf-16")),
        "UTF-7 and bytes beyond UTF-8": ("csv", table + b"+AGE-,\xff\xfe\xc0\x80\xed\xa0\x80\n"),
        "NULs": ("csv", table.replace(b",", b",\0")),
        "NULs alone": ("csv", bytes(_MB)),
        "a line without end": ("csv", table + b"9" * 5 * _MB),
        "a quote without end": ("csv", table + b'"' + table * 2_000),
        "columns without end": ("csv", b"," * 60_000 + b"\n" + table),
        "deep JSON": ("json", b'{"split":' + b"[" * 100_000),
        "deep and closed JSON": ("json", b'{"split":' + b"[" * 5_000 + b"]" * 5_000 + b"}"),
        "a number without end": ("json", b'{"skip_rows":' + b"9" * 100_000 + b"}"),
        "half a character": ("json", b'{"split":"\\ud800"}'),
        "JSON that is not UTF-8": ("json", b'{"split":"\xff"}'),
        "the same name many times": ("json", b"{" + b",".join([b'"split":"a"'] * 50_000) + b"}"),
    }  # fmt: skip


def changed(workbook: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """The workbook with one of its parts changed."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as read, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as written:
        for name in read.namelist():
            content = read.read(name)
            written.writestr(name, change(content) if name == part else content)
    return made.getvalue()


def parts_of(workbook: bytes) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(workbook)) as read:
        return read.namelist()


def _last_column(xml: bytes) -> bytes:
    rows = b"".join(b'<row r="%d"><c r="XFD%d"/></row>' % (n, n) for n in range(1_000, 81_000))
    return xml.replace(b"</sheetData>", rows + b"</sheetData>")


def _declared(xml: bytes, declared: bytes) -> bytes:
    body = xml.partition(b"?>")[2] if xml.startswith(b"<?xml") else xml
    return declared + body.replace(b"<v>", b"<v>&m;", 1)


def _understated(workbook: bytes) -> bytes:
    """Sizes of one kilobyte in the directory, whatever the parts unpack to."""
    content = bytearray(workbook)
    at = content.find(b"PK\x01\x02")
    while at >= 0:
        content[at + 24 : at + 28] = (1_000).to_bytes(4, "little")
        at = content.find(b"PK\x01\x02", at + 4)
    return bytes(content)


def _parts(n: int) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        for i in range(n):
            packed.writestr(f"xl/{i}.xml", b"")
    return made.getvalue()
