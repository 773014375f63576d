"""Whether a port is free, and who holds it when it is not."""

import errno
import socket

import click
import psutil


def require_free(host: str, port: int) -> None:
    """Raise a `ClickException` that names the holder of the port and how to choose another."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
            return
        except OSError as error:
            reason = error
    if reason.errno == errno.EADDRINUSE:
        words = f"Port {port} is taken by {holder(port) or 'another program'}. Stop it, or choose another"
    elif reason.errno == errno.EACCES:
        words = f"Port {port} is open to root only. Choose one above 1023"
    else:
        words = f"The address {host}:{port} cannot be used ({reason.strerror}). Choose another"
    raise click.ClickException(f"{words}: --port {port + 1 if port >= 1024 else 8000}")


def holder(port: int) -> str | None:
    """`process 123 (python -m …)` for the process that listens on the port, as far as we may see it."""
    try:
        listening = [
            each.pid
            for each in psutil.net_connections(kind="tcp")
            if each.status == psutil.CONN_LISTEN and each.laddr.port == port and each.pid
        ]
        if not listening:
            return None
        words = " ".join(psutil.Process(listening[0]).cmdline())
    except (psutil.Error, OSError):
        return None
    return f"process {listening[0]} ({words[:80]})"


def is_free(host: str, port: int) -> bool:
    """Whether a program could listen there now."""
    try:
        require_free(host, port)
    except click.ClickException:
        return False
    return True


def free_port(host: str) -> int:
    """A port that nobody listens on."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])
