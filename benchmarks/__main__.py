"""`python -m benchmarks [NAME…]`: run the named benchmarks, or all of them; without a name, small sizes."""

from __future__ import annotations

import runpy
import sys

ALL = ("speed.intake", "speed.demo", "speed.patterns", "speed.run", "speed.tracing", "quality.province")


def main(names: list[str]) -> int:
    """Run benchmarks one after the other; an unknown name says which there are."""
    unknown = [name for name in names if name not in ALL]
    if unknown:
        print(f"no benchmark {', '.join(unknown)}; expected some of: {', '.join(ALL)}", file=sys.stderr)
        return 2
    for name in names or ALL:
        sys.argv = [f"benchmarks.{name}"]
        runpy.run_module(f"benchmarks.{name}", run_name="__main__")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
