"""Machines of their own for tests: network namespaces, each with a cable to this one, and a way to the database."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress


def can_have_machines() -> bool:
    """Whether this machine lets the tests make namespaces: root, and iproute2."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        return False
    made = subprocess.run(["ip", "netns", "add", f"pace-try-{os.getpid()}"], capture_output=True, check=False)
    if made.returncode == 0:
        ip("netns", "del", f"pace-try-{os.getpid()}")
    return made.returncode == 0


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


@contextmanager
def machine(number: int) -> Iterator[tuple[str, str]]:
    """A namespace: its name, and the address at which it reaches this machine. Its cable has the same name."""
    name, net = f"pace{number}-{os.getpid()}"[:15], f"10.231.{number}"
    with ExitStack() as stack:
        ip("netns", "add", name)
        stack.callback(ip, "netns", "del", name)
        ip("link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", name)
        ip("addr", "add", f"{net}.1/30", "dev", name)
        ip("link", "set", name, "up")
        ip("-n", name, "addr", "add", f"{net}.2/30", "dev", "eth0")
        ip("-n", name, "link", "set", "eth0", "up")
        yield name, f"{net}.1"


@contextmanager
def forwarded(host: str, path: str) -> Iterator[int]:
    """A TCP port at `host` behind which the Unix socket `path` answers."""
    with socket.create_server((host, 0)) as server:
        threading.Thread(target=_accept, args=(server, path), daemon=True).start()
        yield int(server.getsockname()[1])


def _accept(server: socket.socket, path: str) -> None:
    with suppress(OSError):  # closed: the end
        while True:
            near, _ = server.accept()
            far = socket.socket(socket.AF_UNIX)
            far.connect(path)
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=_copy, args=(one, other), daemon=True).start()


def _copy(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    for end in (source, sink):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
