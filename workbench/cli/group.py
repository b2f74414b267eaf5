"""The command ``workbench`` itself: its workspace, and what happens when something is wrong.

Exit status: 0 done, 2 the request was wrong, with one line that says what to do.
"""

from __future__ import annotations

import os
import sys
import traceback
from math import isfinite
from pathlib import Path

import click

from workbench import __version__
from workbench.errors import WorkbenchError

INTERNAL = 70  # EX_SOFTWARE of sysexits.h: neither an answer nor the user's mistake

BY = click.option(
    "--by", "--author", "by", default=lambda: os.environ.get("USER", ""), show_default="$USER", help="Who you are."
)


def finite(_context: click.Context, _parameter: click.Parameter, given: float | None) -> float | None:
    """Refuse what is no number and what is infinite: both pass for lying within any range."""
    if given is not None and not isfinite(given):
        raise click.BadParameter(f"{given} is not a number that can be compared with")
    return given


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option(
    "-w",
    "--workspace",
    type=click.Path(path_type=Path),
    default=lambda: Path(os.environ.get("WORKBENCH", "workspace")),
    show_default="$WORKBENCH, else ./workspace",
    help="The workspace folder.",
)
@click.version_option(__version__, prog_name="workbench")
@click.pass_context
def cli(context: click.Context, workspace: Path) -> None:
    """Error analysis on production LLM traces."""
    context.obj = workspace


def main() -> None:
    """Run the command line; errors become one line on stderr and exit status 2."""
    try:
        status = cli.main(standalone_mode=False)  # what ``context.exit`` says comes back as a number
        sys.exit(status if isinstance(status, int) else 0)
    except click.Abort:
        sys.exit(130)
    except (WorkbenchError, click.ClickException) as error:
        sys.exit(_fail(error))
    except BrokenPipeError:
        sys.stderr.close()
    except OSError as error:  # no right to write, no space left: names a path, never what is in the file
        if error.strerror is None:
            sys.exit(_confess(error))
        sys.exit(_fail(WorkbenchError(f"{error.filename or 'a file'}: {error.strerror}. Put that right and try again")))
    except Exception as error:  # a bug; its own message may quote trace text, so it is not shown
        if os.environ.get("WORKBENCH_DEBUG"):
            raise
        sys.exit(_confess(error))


def _confess(error: Exception) -> int:
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "workbench" in Path(frame.filename).parts] or frames
    place = f"{Path(ours[-1].filename).name} line {ours[-1].lineno}"
    click.echo(
        f"workbench: a mistake of the workbench itself ({type(error).__name__} in {place}). Please report it;"
        " WORKBENCH_DEBUG=1 shows the whole traceback, which may quote your data",
        err=True,
    )
    return INTERNAL


def _fail(error: WorkbenchError | click.ClickException) -> int:
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(error.format_message(), err=True)
        return 2
    message = error.format_message() if isinstance(error, click.ClickException) else str(error)
    if isinstance(error, click.UsageError) and error.ctx is not None:
        message = f"{message.rstrip('.')}. See: {error.ctx.command_path} --help"
    click.echo(" ".join(f"workbench: {message}".split()), err=True)
    return 2
