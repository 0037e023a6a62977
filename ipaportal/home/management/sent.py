"""What commands say and read of payment files after a restore."""

from collections.abc import Iterator
from pathlib import Path

from django.core.management.base import CommandParser, OutputWrapper

from capitation.formats.nacha_sent import Sent, is_payment_file
from ipaportal.core.encryption import EncryptionFailed
from ipaportal.core.files import all_stored, open_stored, read_stored
from ipaportal.core.words import dollars_text


def add_bank_files(parser: CommandParser) -> None:
    """Let a command be told of payment files that do not lie in the data folder."""
    parser.add_argument(
        "--bank-file",
        type=Path,
        action="append",
        default=[],
        help="a payment file from the bank's side, where the data folder was lost too",
    )


def payment_files(given: list[Path], stderr: OutputWrapper) -> Iterator[tuple[str, bytes]]:
    """The payment files in the data folder, whether a row names them or not, and those given."""
    for sha256 in all_stored():
        try:
            if is_payment_file(next(open_stored(sha256), b"")):
                yield sha256[:12], read_stored(sha256)
        except EncryptionFailed as failure:
            stderr.write(f"Look at this file yourself: {failure}")
    for path in given:
        yield path.name, path.read_bytes()


def say_held(lost: list[Sent], stdout: OutputWrapper) -> None:
    """Name what the bank was sent and the books do not know."""
    for one in lost:
        amount = dollars_text(one.amount_cents)
        stdout.write(f"HELD  {one.trace_number}  {amount}  {one.name}  ({one.file})")
    if lost:
        total = dollars_text(sum(one.amount_cents for one in lost))
        stdout.write(
            f"{len(lost)} payments of {total} went to the bank and are not in the books. Their "
            "payees are held; release each hold only with the bank's answer."
        )
