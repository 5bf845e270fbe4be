"""An export in a file of its own, and beside it a manifest that says what it has to be."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

from django.utils.translation import gettext_lazy as _

from accounts.refusals import Refused
from ledger.exports.extract import Extract, Row
from ledger.exports.formats import Format
from ledger.months import month_text


class NotWritten(Refused):
    code = "export_not_written"
    sentence = _("%(path)s could not be written: %(reason)s. Nothing new stands under that name.")


@dataclass(kw_only=True)
class Manifest:
    """What the file has to be: ``fen`` is the sum of the transfers' amounts, ``period`` None for all months."""

    file: str
    format: str
    period: str | None
    sha256: str = ""
    bytes: int = 0
    transfers: int = 0
    fen: int = 0


def save(*, extract: Extract, form: Format, path: Path) -> Manifest:
    """Write an export and its manifest, ``path``.manifest.json; both appear whole or not at all. Raises NotWritten."""
    period = month_text(extract.period) if extract.period else None
    manifest = Manifest(file=path.name, format=form.code, period=period)
    blocks = _measured(form.blocks(_counted(extract.rows(), manifest)), manifest)
    partial: list[Path] = []
    try:
        partial.append(_write_beside(path, blocks))
        beside = path.with_name(f"{path.name}.manifest.json")
        text = json.dumps(asdict(manifest), indent=2, ensure_ascii=False) + "\n"
        partial.append(_write_beside(beside, [text.encode()]))
        for written, final in zip(partial, (path, beside), strict=True):
            written.replace(final)
    except OSError as error:
        raise NotWritten(path=path, reason=error.strerror or error) from error
    finally:
        for written in partial:
            written.unlink(missing_ok=True)
    return manifest


def _write_beside(path: Path, blocks: Iterable[bytes]) -> Path:
    """Write a file next to where it belongs and return it; what could not be finished is removed."""
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        written = Path(file.name)
        try:
            for block in blocks:
                file.write(block)
            file.flush()
            os.fsync(file.fileno())
        except BaseException:
            written.unlink()
            raise
    return written


def _counted(rows: Iterable[Row], manifest: Manifest) -> Iterator[Row]:
    for row in rows:
        manifest.transfers += 1
        manifest.fen += row.fen
        yield row


def _measured(blocks: Iterable[bytes], manifest: Manifest) -> Iterator[bytes]:
    digest = hashlib.sha256()
    for block in blocks:
        digest.update(block)
        manifest.bytes += len(block)
        yield block
    manifest.sha256 = digest.hexdigest()
