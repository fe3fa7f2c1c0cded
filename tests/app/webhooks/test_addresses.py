"""Where messages may go: public addresses, and what is named; never what only the service can reach."""

from __future__ import annotations

import ipaddress
import socket

import pytest

from app.webhooks.addresses import Refused, is_permitted, networks_of, resolved, target_of

OWN = networks_of("10.20.0.0/16, fd00:20::/32")


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "127.255.255.254", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
     "169.254.169.254", "100.64.0.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "192.0.2.1",
     "198.18.0.1", "::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1",
     "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::a00:1",
     "64:ff9b:1:a00:1::808:808", "2002:7f00:1::1", "2001:db8::1", "fec0::1", "feff::1"],
)  # fmt: skip
def test_what_is_not_public_is_refused(address):
    assert not is_permitted(ipaddress.ip_address(address), [])
    with pytest.raises(Refused):
        target_of(f"https://[{address}]/" if ":" in address else f"https://{address}/", [])


@pytest.mark.parametrize(
    "address",
    ["126.255.255.255", "128.0.0.1", "9.255.255.255", "11.0.0.0", "172.15.255.255", "172.32.0.1", "169.253.255.255",
     "100.63.255.255", "100.128.0.0", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"],
)  # fmt: skip
def test_their_public_neighbours_are_not(address):
    assert is_permitted(ipaddress.ip_address(address), [])
    assert not is_permitted(ipaddress.ip_address(address), [], "http")


@pytest.mark.parametrize(
    ("address", "permitted"),
    [("10.20.0.0", True), ("10.20.255.255", True), ("10.19.255.255", False), ("10.21.0.0", False), ("fd00:20::1", True),
     ("fd00:21::1", False), ("::ffff:10.20.0.1", True), ("127.0.0.1", False)],
)  # fmt: skip
def test_networks_that_are_named_open_no_others(address, permitted):
    assert is_permitted(ipaddress.ip_address(address), OWN, "http") is permitted
    assert is_permitted(ipaddress.ip_address(address), OWN, "https") is permitted


@pytest.mark.parametrize(
    "url",
    ["http://example.org/", "ftp://example.org/", "//example.org", "https://", "https:///x", "https://a:b@example.org/",
     "https://me@example.org/", "https://example.org/#x", "https://example.org:0/", "https://example.org:65536/",
     "https://example.org/a b", "https://example.org/\r\nHost: x", "https://exämple.org/", "https://[::1",
     "javascript:x", "https://localhost/", "https://a.localhost:8999/", "https://example.org\\@127.0.0.1/",
     "https://[fe80::1%25eth0]/",
     "file:///etc/passwd", "https://%31%32%37.0.0.1/", ""],
)  # fmt: skip
def test_what_is_no_address_is_refused(url):
    with pytest.raises(Refused):
        target_of(url, [])


def test_an_address_is_taken_apart():
    target = target_of("https://Hooks.example.org:8443/in?a=1", [])
    assert (target.host, target.port, target.path, target.authority) == (
        "hooks.example.org", 8443, "/in?a=1", "hooks.example.org:8443"
    )  # fmt: skip
    assert target_of("https://example.org", []).authority == "example.org"
    assert target_of("http://example.org", OWN).port == 80
    assert target_of("https://[2606:4700::1111]:444/", []).authority == "[2606:4700::1111]:444"


def answers(monkeypatch, *addresses):
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)


def test_a_name_is_judged_by_every_address_it_has(monkeypatch):
    target = target_of("https://hooks.example.org/", [])
    answers(monkeypatch, "8.8.8.8", "8.8.4.4")
    assert f"{resolved(target, [])}" == "8.8.8.8"
    for inside in ("127.0.0.1", "169.254.169.254", "10.20.0.1", "fe80::1%eth0"):
        answers(monkeypatch, "8.8.8.8", inside)
        with pytest.raises(Refused, match="may not be reached"):
            resolved(target, [])
    answers(monkeypatch, "10.20.0.1", "8.8.8.8")
    assert f"{resolved(target, OWN)}" == "10.20.0.1"
    answers(monkeypatch)
    with pytest.raises(Refused, match="no address"):
        resolved(target, [])


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "0177.0.0.1", "127.1"])
def test_other_spellings_of_this_machine_are_found_when_they_are_looked_up(host):
    with pytest.raises(Refused):
        resolved(target_of(f"https://{host}/", []), [])
