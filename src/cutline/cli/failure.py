"""How a failure reaches whoever typed the command: one message and an exit code, never a traceback."""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import typer

from cutline.errors import CutlineError

WRONG_CALL = next(kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "UsageError")
"""What the parser of arguments raises; Typer exports no name for it, and not every version takes it from the same place."""

INTERRUPTED, STOPPED = 130, "stopped before the end; the stores are as before"


def run_command(app: Callable[..., object], as_json: bool) -> NoReturn:
    """Run the command line to its end; with `as_json` a failure is one JSON object on standard output too.

    Exit codes: 0 done, 1 failed, 2 the call makes no sense, 10 watched money moved (`watch check`), 70 nobody foresaw it, 130 a
    key stopped it.
    """
    try:
        ended = app(standalone_mode=not as_json)
    except CutlineError as error:
        _fail(str(error), error.exit_code, as_json)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        what = f"{error.filename or 'the workspace'}: {error.strerror or type(error).__name__}"
        _fail(f"{what}; expected a place with room that this user may read and write", 1, as_json)
    except MemoryError:
        words = "the machine's memory is used up; expected about 4 GB free; close other programs, or ingest fewer files at once"
        _fail(words, 1, as_json)
    except (typer.Abort, KeyboardInterrupt):
        _fail(STOPPED, INTERRUPTED, as_json)
    except SystemExit as ended_by:  # Typer ends the process itself where a person watches
        if ended_by.code == INTERRUPTED:
            _fail(STOPPED, INTERRUPTED, as_json)
        raise
    except Exception as error:  # noqa: BLE001 # the last stop: what nobody foresaw is told in one line, and quotes no record
        if isinstance(error, WRONG_CALL):
            _fail(_wrong_call(error), 2, as_json)
        what = f"an error nobody foresaw, {type(error).__name__} at {_origin(error)}"
        _fail(f"{what}; the stores are as before; please report it", 70, as_json)
    if ended == INTERRUPTED:
        _fail(STOPPED, INTERRUPTED, as_json)
    sys.exit(ended if isinstance(ended, int) else 0)


def _wrong_call(error: BaseException) -> str:
    said = getattr(error, "format_message", lambda: str(error))()
    context = getattr(error, "ctx", None)
    return f"{said} Try '{context.command_path} --help'." if context is not None else str(said)


def _fail(words: str, exit_code: int, as_json: bool) -> NoReturn:
    if as_json:
        print(json.dumps({"error": words, "exit_code": exit_code}, ensure_ascii=False))
    print(f"cutline: {words}", file=sys.stderr)
    sys.exit(exit_code)


def _origin(error: BaseException) -> str:
    """Name the innermost line of this program that an error passed; its text may quote a record and is not shown."""
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if "cutline" in Path(frame.filename).parts]
    return f"{Path(own[-1].filename).name}:{own[-1].lineno}" if own else "an unknown place"
