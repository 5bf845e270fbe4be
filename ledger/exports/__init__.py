"""The ledger as files that other people's programs read, check and add up."""

from ledger.exports.extract import Extract, Row, UnknownPeriod, extract
from ledger.exports.formats import FORMATS, Format
from ledger.exports.saving import NotWritten, save

__all__ = ["FORMATS", "Extract", "Format", "NotWritten", "Row", "UnknownPeriod", "extract", "save"]
