"""A transfer in a process of its own, to be killed: ``python moving.py SOURCE TARGET DIARY CHUNK_ROWS``."""

import sys
from pathlib import Path

from tests.tables import people

from yunshu.lib.tables import relay
from yunshu.lib.tables.postgres import PostgresSource
from yunshu.lib.tables.transfer import Options, Progress, Transfer


def main() -> None:
    """Run it, writing each step into the diary before going on."""
    source, target, diary, chunk_rows = sys.argv[1:]
    with relay.connect(source) as connection:
        extract = people.extract(connection, **people.MASKS)
    options = Options(chunk_rows=int(chunk_rows))
    transfer = Transfer("killed", PostgresSource(source, extract), target, ("public", "resident"), options=options)
    with Path(diary).open("a", buffering=1) as file:

        def note(progress: Progress) -> None:
            file.write(f"{progress.step} {progress.chunk}\n")

        tally = transfer.run(progress=note)
        file.write(f"tally {tally.rows} {tally.root}\n")


if __name__ == "__main__":
    main()
