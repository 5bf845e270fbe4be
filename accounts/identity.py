"""Id numbers at rest: validated, encrypted for the value, hashed with a key for the look-up.

An unkeyed hash of an 18-digit number falls in seconds, so the look-up is an HMAC. The value is AES-256-GCM
bound to the resident it belongs to, with the key's version in front so that keys can be rotated.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from datetime import date
from functools import cache

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from stdnum.cn import ric
from stdnum.iso7064 import mod_37_36

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
#: Each of the 256 bytes names one of the 32 characters, each character by eight bytes: no bias.
CHARACTER_OF_BYTE = (ALPHABET * 8).encode()
NONCE_BYTES = 12
ID_NUMBER = re.compile(r"\d{17}[\dX]|\d{15}", re.ASCII)


def is_id_number(text: str) -> bool:
    """Return whether ``text`` is a well-formed 18-digit number: date and check digit (GB 11643-1999)."""
    return len(ric.compact(text)) == 18 and ric.is_valid(text)


def looks_like_id_number(text: str) -> bool:
    """Return whether ``text`` is written like an id number, of 18 or of 15 characters, be it valid or mistyped."""
    return bool(ID_NUMBER.fullmatch(ric.compact(text)))


def born_on(id_number: str) -> date:
    """Return the day of birth that a valid id number carries."""
    return ric.get_birth_date(id_number)


def public_number(*, prefix: str, length: int) -> str:
    """Return a fresh unguessable number with an ISO 7064 check character at its end."""
    body = prefix + secrets.token_bytes(length).translate(CHARACTER_OF_BYTE).decode()
    return body + mod_37_36.calc_check_digit(body)


def is_public_number(text: str) -> bool:
    """Return whether the check character of a resident or voucher number fits."""
    return bool(mod_37_36.is_valid(text))


def mask_id_number(id_number: str) -> str:
    """Return what may be shown: 310***********1234."""
    return f"{id_number[:3]}{'*' * 11}{id_number[-4:]}"


def id_number_hash(id_number: str) -> str:
    """Return the keyed hash that finds a resident by id number without storing it."""
    return hmac.new(_hash_key(), ric.compact(id_number).encode(), hashlib.sha256).hexdigest()


def encrypt_id_number(id_number: str, *, resident_number: str) -> bytes:
    """Return the key's version, a nonce and the sealed number, bound to this resident."""
    version, key = max(_keys().items())
    nonce = secrets.token_bytes(NONCE_BYTES)
    sealed = AESGCM(key).encrypt(nonce, ric.compact(id_number).encode(), resident_number.encode())
    return bytes([version]) + nonce + sealed


def decrypt_id_number(value: bytes, *, resident_number: str) -> str:
    """Return the id number; "" when none is stored. Raises InvalidTag when the row was tampered with."""
    if not value:
        return ""
    nonce, sealed = value[1 : 1 + NONCE_BYTES], value[1 + NONCE_BYTES :]
    return AESGCM(_keys()[value[0]]).decrypt(nonce, sealed, resident_number.encode()).decode()


def is_of_newest_key(value: bytes) -> bool:
    """Return whether ``value`` was encrypted with the key that encrypts now."""
    return value[0] == max(_keys())


@cache
def _keys() -> dict[int, bytes]:
    """The encryption keys by version, 32 bytes each, from the setting FIELD_ENCRYPTION_KEYS."""
    return dict(settings.FIELD_ENCRYPTION_KEYS)


@cache
def _hash_key() -> bytes:
    return bytes(settings.FIELD_HASH_KEY)
