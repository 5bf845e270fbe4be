"""A statement as a tagged PDF (PDF/UA-1) that screen readers can read, in either language."""

from __future__ import annotations

from typing import Any, cast

from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.refusals import Refused
from ledger.statement_files.document import Document

INSTALL = "sudo apt-get install --yes libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk"


class NoPango(Refused):
    code = "pdf_needs_pango"
    sentence = _("No PDF can be made here: the server lacks Pango. Whoever looks after it has to type: %(command)s")


def pdf_file(document: Document) -> bytes:
    """Return the statement as a PDF. Raises NoPango."""
    language = "zh-Hans" if (get_language() or "").startswith("zh") else "en"
    text = render_to_string("ledger/statements/pdf.html", {"document": document, "language": language})
    return cast("bytes", engine().HTML(string=text).write_pdf(pdf_variant="pdf/ua-1"))


def engine() -> Any:
    """Return WeasyPrint, which looks for the machine's Pango when it is imported. Raises NoPango."""
    try:
        import weasyprint
    except OSError as error:
        raise NoPango(command=INSTALL) from error
    return weasyprint
