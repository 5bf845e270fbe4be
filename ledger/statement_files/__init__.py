"""A statement to take away: the same figures as a PDF to sign, a workbook and a table for programs."""

from ledger.statement_files.document import Document, Row, RowKind, Section, document
from ledger.statement_files.formats import FORMATS, Format
from ledger.statement_files.pdf import NoPango

__all__ = ["FORMATS", "Document", "Format", "NoPango", "Row", "RowKind", "Section", "document"]
