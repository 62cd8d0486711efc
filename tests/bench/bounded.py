"""Measurements that end: in time, with what they started, and with a sentence where they fail."""

import pathlib
import signal
import subprocess
import sys


class Failure(Exception):
    """Why nothing could be measured."""


def add_limit(parser, seconds):
    parser.add_argument("--limit", type=int, default=seconds, help="seconds, after which it is given up")


def run_bounded(measure, arguments, *failures):
    """Runs measure(arguments); the exit code. `failures` are further exceptions that a user may meet.

    An end from outside is an exception where it meets the measurement, so that its `with` and `finally` are gone
    through. They call `no_more_limit` first: nothing is to disturb what ends processes.
    """
    def give_up(number, _):
        raise Failure(f"not done within {arguments.limit} s" if number == signal.SIGALRM else f"ended by signal {number}")

    for number in (signal.SIGALRM, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, give_up)
    signal.alarm(arguments.limit)
    try:
        measure(arguments)
        return 0
    except KeyboardInterrupt:
        error = "interrupted"
    except subprocess.CalledProcessError as failed:
        said = (failed.stderr or "").strip()
        error = f"{pathlib.Path(str(failed.cmd[0])).name} ended with {failed.returncode}{': ' if said else ''}{said}"
    except (Failure, OSError, subprocess.TimeoutExpired, *failures) as failed:
        error = failed
    finally:
        no_more_limit()
    print(f"{pathlib.Path(sys.argv[0]).name}: {error}", file=sys.stderr)
    return 1


def no_more_limit():
    signal.alarm(0)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
