"""The ledger as files that other people's programs read, check and add up."""

from ledger.exports.extract import Extract, Row, UnknownPeriod, extract
from ledger.exports.formats import FORMATS, Format
from ledger.exports.saving import BUNDLE, NotWritten, save, save_bundle

__all__ = [
    "BUNDLE",
    "FORMATS",
    "Extract",
    "Format",
    "NotWritten",
    "Row",
    "UnknownPeriod",
    "extract",
    "save",
    "save_bundle",
]
