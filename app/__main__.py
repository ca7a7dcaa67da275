"""`python -m app`: the dashboard on this computer."""

import sys

from core.base import interrupts

if __name__ == "__main__":
    interrupts.leave_unless_serving()  # before the slower imports

import argparse
import errno
import os
import socket
from pathlib import Path

from app import guarding

ROOT = Path(__file__).resolve().parent.parent
ADDRESS = guarding.LOOPBACK
TRIES = 50


def free_port(wanted: int, address: str = ADDRESS) -> int:
    """The wanted port, or the next one that nobody listens on.

    Raises:
      OSError: none of the next ports is free, or the address is not one of this computer.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    for port in range(wanted, min(wanted + TRIES, 65536)):
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            # As the server will: a port that was just given back counts as free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
            except OSError as error:
                if error.errno in (errno.EADDRINUSE, errno.EACCES):
                    continue
                raise OSError(
                    f"--address is {address}: {error.strerror or error}; expected an address of "
                    "this computer, such as 127.0.0.1, or 0.0.0.0 for all of them"
                ) from None
            return port
    raise OSError(f"no free port from {wanted} on; name another with --port")


def main() -> int:
    """Reads the arguments and serves until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m app", description="The Caseload dashboard.")
    parser.add_argument("--port", type=int, default=8501, help="port to listen on (default 8501)")
    parser.add_argument(
        "--address",
        default=ADDRESS,
        help="address to listen on (default 127.0.0.1: this computer only); everybody who opens "
        "another one needs the token in the link that is printed",
    )
    parser.add_argument("--home", type=Path, help="folder for data sets and runs")
    options = parser.parse_args()
    if not 1 <= options.port <= 65535:
        parser.error(f"--port is {options.port}; expected a number from 1 to 65535")
    if options.home:
        os.environ["CASELOAD_HOME"] = str(options.home.expanduser().resolve())
    # Streamlit looks for .streamlit/config.toml in the working folder.
    os.chdir(ROOT)
    address = options.address.strip().strip("[]") or "0.0.0.0"
    try:
        port = free_port(options.port, address)
        rules = guarding.Rules.of(address, port, os.environ)
    except (OSError, guarding.SettingError) as error:
        print(f"Caseload: {error}", file=sys.stderr)
        return 2
    guarding.use(rules)
    if port != options.port:
        print(f"Port {options.port} is taken, using {port}.", flush=True)
    print(f"Caseload opens at {rules.link()} (Ctrl+C stops it).", flush=True)
    if rules.everywhere:
        print("Other computers put this computer's name in the place of 127.0.0.1.", flush=True)
    if not guarding.is_loopback(address) and not rules.token:
        print(
            f"No token is asked for ({guarding.TOKEN_VARIABLE}=off): a reverse proxy must ask "
            "people to sign in, and nobody else may reach this address.",
            flush=True,
        )
    # Imported late: everything above answers at once.
    from app.main import app

    try:
        app.run(
            config={
                "server.address": address,
                "server.port": port,
                "server.allowedHosts": rules.streamlit_hosts(),
                # It would print addresses without the token, and ask a server on the internet for
                # one of them.
                "logger.hideWelcomeMessage": True,
            }
        )
    except KeyboardInterrupt:
        pass
    except SystemExit as ended:
        if not interrupts.pressed():
            return int(ended.code or 0)
    return interrupts.INTERRUPTED if interrupts.pressed() else 0


if __name__ == "__main__":
    sys.exit(main())
