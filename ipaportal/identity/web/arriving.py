"""What is uploaded lies sealed while it arrives: no name, no clear text, gone with the process."""

import io
import os
import secrets
from tempfile import TemporaryFile

from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CTR
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler

BLOCK = 16
COUNTERS = 1 << 128


class SealedFile(io.RawIOBase):
    """
    A temporary file without a name, encrypted under a key that only this process ever has.

    AES in counter mode, so that it can be read from anywhere; each byte is written once.
    """

    def __init__(self) -> None:
        self.file = TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR, buffering=0)  # noqa: SIM115
        self.key, self.first = secrets.token_bytes(32), secrets.randbits(128)
        self.position = 0

    def readable(self) -> bool:
        return True

    writable = seekable = readable

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self.position = self.file.seek(offset, whence)
        return self.position

    def tell(self) -> int:
        return self.position

    def readinto(self, buffer: bytearray | memoryview) -> int:
        data = self.file.read(len(buffer))
        buffer[: len(data)] = self._from_here().update(data)
        self.position += len(data)
        return len(data)

    def write(self, data: bytes | memoryview) -> int:
        assert self.position == os.fstat(self.file.fileno()).st_size, "each byte is written once"
        written = self.file.write(self._from_here().update(bytes(data)))
        self.position += written
        return written

    def close(self) -> None:
        self.file.close()
        super().close()

    def _from_here(self) -> CipherContext:
        """The cipher from where the file stands; it is the same in both directions."""
        block, inside = divmod(self.position, BLOCK)
        counter = ((self.first + block) % COUNTERS).to_bytes(BLOCK, "big")
        stream = Cipher(AES256(self.key), CTR(counter)).encryptor()
        stream.update(bytes(inside))
        return stream


class SealedUploadHandler(FileUploadHandler):
    """Take what is too large for memory into a sealed file."""

    def new_file(self, *args: object, **kwargs: object) -> None:
        super().new_file(*args, **kwargs)
        self.file = io.BufferedRandom(SealedFile())

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.file.write(raw_data)

    def file_complete(self, file_size: int) -> UploadedFile:
        self.file.seek(0)
        return UploadedFile(
            file=self.file,
            name=self.file_name,
            content_type=self.content_type,
            size=file_size,
            charset=self.charset,
            content_type_extra=self.content_type_extra,
        )

    def upload_interrupted(self) -> None:
        if hasattr(self, "file"):
            self.file.close()
