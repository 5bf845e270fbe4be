"""An export in a file of its own, and beside it a manifest that says what it has to be."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

from django.utils.translation import gettext_lazy as _

from accounts.refusals import Refused
from ledger import bundle
from ledger.exports.extract import Extract, Row
from ledger.exports.formats import Format
from ledger.months import month_text
from ledger.selectors.seals import last_head

BUNDLE = "bundle"


class NotWritten(Refused):
    code = "export_not_written"
    sentence = _("%(path)s could not be written: %(reason)s. Nothing new stands under that name.")


@dataclass(kw_only=True)
class Manifest:
    """What the file has to be. ``period`` is None for all months; ``fen`` is the sum of the transfers' amounts.

    ``tree_head`` is the last one signed before the rows were read, if any. A bundle counts its rows for itself.
    """

    file: str
    format: str
    period: str | None
    tree_head: dict[str, int | str] | None
    sha256: str = ""
    bytes: int = 0
    transfers: int | None = None
    fen: int | None = None


def save(*, extract: Extract, form: Format, path: Path) -> Manifest:
    """Write an export and its manifest, ``path``.manifest.json; both appear whole or not at all. Raises NotWritten."""
    manifest = _manifest(path, form=form.code, extract=extract)

    def fill(file: IO[bytes]) -> None:
        file.writelines(form.blocks(_counted(extract.rows(), manifest)))

    return _publish(path, manifest=manifest, fill=fill)


def save_bundle(*, extract: Extract, path: Path) -> Manifest:
    """Write a bundle for the standalone verifier, and its manifest, as :func:`save` does. Raises NotWritten."""
    return _publish(
        path,
        manifest=_manifest(path, form=BUNDLE, extract=extract),
        fill=lambda file: bundle.write(Path(file.name), period=extract.period),
    )


def _manifest(path: Path, *, form: str, extract: Extract) -> Manifest:
    head = last_head()
    return Manifest(
        file=path.name,
        format=form,
        period=month_text(extract.period) if extract.period else None,
        tree_head={"number": head.number, "size": head.size, "root": head.root} if head else None,
    )


def _publish(path: Path, *, manifest: Manifest, fill: Callable[[IO[bytes]], None]) -> Manifest:
    """Write file and manifest beside where they belong, then give both their names."""
    partial: list[Path] = []
    try:
        partial.append(_write_beside(path, fill))
        with partial[0].open("rb") as file:
            manifest.sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            manifest.bytes = file.tell()
        text = json.dumps(asdict(manifest), indent=2, ensure_ascii=False) + "\n"
        beside = path.with_name(f"{path.name}.manifest.json")
        partial.append(_write_beside(beside, lambda file: file.writelines([text.encode()])))
        for written, final in zip(partial, (path, beside), strict=True):
            written.replace(final)
    except OSError as error:
        raise NotWritten(path=path, reason=error.strerror or error) from error
    finally:
        for written in partial:
            written.unlink(missing_ok=True)
    return manifest


def _write_beside(path: Path, fill: Callable[[IO[bytes]], None]) -> Path:
    """Write a file next to where it belongs and return it; what could not be finished is removed."""
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        written = Path(file.name)
        try:
            fill(file)
            file.flush()
            os.fsync(file.fileno())
        except BaseException:
            written.unlink()
            raise
    return written


def _counted(rows: Iterable[Row], manifest: Manifest) -> Iterator[Row]:
    manifest.transfers = manifest.fen = 0
    for row in rows:
        manifest.transfers += 1
        manifest.fen += row.fen
        yield row
