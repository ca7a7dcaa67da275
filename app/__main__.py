"""`python -m app`: the dashboard on this computer."""

import argparse
import os
import socket
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ADDRESS = "127.0.0.1"
TRIES = 50


def free_port(wanted: int) -> int:
    """The wanted port, or the next one that nobody listens on.

    Raises:
      OSError: none of the next ports is free.
    """
    for port in range(wanted, min(wanted + TRIES, 65536)):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            # As the server will: a port that was just given back counts as free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((ADDRESS, port))
            except OSError:
                continue
            return port
    raise OSError(f"no free port from {wanted} on; name another with --port")


def main() -> int:
    """Reads the arguments and serves until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m app", description="The Caseload dashboard.")
    parser.add_argument("--port", type=int, default=8501, help="port to listen on (default 8501)")
    parser.add_argument("--home", type=Path, help="folder for data sets and runs")
    options = parser.parse_args()
    if not 1 <= options.port <= 65535:
        parser.error(f"--port is {options.port}; expected a number from 1 to 65535")
    if options.home:
        os.environ["CASELOAD_HOME"] = str(options.home.expanduser().resolve())
    # Streamlit looks for .streamlit/config.toml in the working folder.
    os.chdir(ROOT)
    try:
        port = free_port(options.port)
    except OSError as error:
        print(f"Caseload: {error}", file=sys.stderr)
        return 2
    if port != options.port:
        print(f"Port {options.port} is taken, using {port}.", flush=True)
    print(f"Caseload opens at http://{ADDRESS}:{port} (Ctrl+C stops it).", flush=True)
    # Imported late: everything above answers at once.
    from app.main import app

    app.run(config={"server.address": ADDRESS, "server.port": port})
    return 0


if __name__ == "__main__":
    sys.exit(main())
