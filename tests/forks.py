"""
Commands as processes of their own, without starting Python and Django anew for each.

One process reads everything that a command needs and then waits; each command runs in a fork of
it: with its own words, folder, stdin, stdout, stderr and exit code, but a sixth of the time.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from ipaportal.core import embedded

WAITING = """
import gc, json, os, sys
sys.path.insert(0, {project!r})
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ipaportal.settings")
import django
django.setup()
import manage
from django.core.checks import run_checks
from django.core.management import get_commands, load_command_class
for name, app in get_commands().items():
    if app.startswith("ipaportal"):
        load_command_class(app, name)
run_checks()  # which read the addresses and their pages, as those of each command do
gc.freeze()
asked, answers = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), "w")
for line in iter(asked.readline, ""):
    words, folder, files = json.loads(line)
    child = os.fork()
    if child == 0:
        os.chdir(folder)
        for number, name in enumerate(files):
            os.dup2(os.open(name, os.O_RDWR), number)
        asked.close()
        answers.close()
        sys.argv = [{manage!r}, *words]
        sys.exit(manage.main())
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), file=answers, flush=True)
"""


class Forks:
    """Runs `manage.py` in forks of one process, which knows this environment."""

    def __init__(self, env: dict[str, str]) -> None:
        project = embedded.PROJECT
        program = WAITING.format(project=str(project), manage=str(project / "manage.py"))
        self.waiting = subprocess.Popen(
            [sys.executable, "-c", program],
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str, cwd: Path, given: bytes = b"") -> subprocess.CompletedProcess:
        """Run one command, as `subprocess.run` does with its output captured."""
        with tempfile.TemporaryDirectory() as folder:
            files = [Path(folder) / name for name in ("stdin", "stdout", "stderr")]
            for file, content in zip(files, (given, b"", b""), strict=True):
                file.write_bytes(content)
            asked = json.dumps([words, str(cwd), [str(file) for file in files]])
            print(asked, file=self.waiting.stdin, flush=True)
            code = int(self.waiting.stdout.readline())
            output, errors = (file.read_bytes() for file in files[1:])
        return subprocess.CompletedProcess(words, code, output, errors)

    def end(self) -> None:
        """Let the process end, which must not have failed."""
        self.waiting.stdin.close()
        self.waiting.stdout.close()
        assert self.waiting.wait(timeout=30) == 0
