"""The command line: `python -m core inspect PATH` and `python -m core train PATH`."""

import sys

from core.base import interrupts

if __name__ == "__main__":
    interrupts.leave_at_once()
    from core.cli.main import INTERRUPTED, main

    code = INTERRUPTED
    try:
        interrupts.raise_once()
        code = main()
    except KeyboardInterrupt:  # before `main` could catch it
        pass
    interrupts.end(code)
    sys.exit(code)
