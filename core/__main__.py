"""The command line: `python -m core inspect PATH` and `python -m core train PATH`."""

import sys

if __name__ == "__main__":
    try:
        from core.cli import main

        code = main()
    except KeyboardInterrupt:  # while the imports were going on
        code = 130
    sys.exit(code)
