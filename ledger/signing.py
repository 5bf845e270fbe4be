"""Signatures of tree heads: ES256, compact JWS. A key is named by its thumbprint (RFC 7638).

``python -m ledger.signing`` prints a fresh private key.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

ALGORITHM, CURVE = "ES256", "P-256"
HEAD_TYPE = "tonghui-tree-head"


class BadSignature(ValueError):
    """A token that was not signed with the key, or not as a tree head."""


def new_private_key() -> str:
    """Return a fresh private key as a JWK on one line."""
    key = ECKey.generate_key(CURVE, private=True)
    return json.dumps(key.as_dict(private=True), separators=(",", ":"))


def private_key(text: str) -> ECKey:
    """Return the key that ``text`` writes as PEM or JWK. Raises ValueError for anything but a private P-256 key."""
    try:
        key = ECKey.import_key(json.loads(text) if text.lstrip().startswith("{") else text)
    except (JoseError, ValueError, TypeError) as error:
        raise ValueError("the signing key is neither PEM nor JWK") from error
    if not key.is_private or key.curve_name != CURVE:
        raise ValueError(f"the signing key is not a private key on {CURVE}")
    return key


def key_id(key: ECKey) -> str:
    return key.thumbprint()


def public_jwk(key: ECKey) -> dict[str, Any]:
    """Return what others need to check signatures, as a JWK with its thumbprint for a ``kid``."""
    return {**key.as_dict(private=False), "kid": key_id(key), "alg": ALGORITHM, "use": "sig"}


def sign(payload: Mapping[str, object], *, key: ECKey) -> str:
    """Return ``payload`` as a signed compact JWS."""
    header = {"alg": ALGORITHM, "kid": key_id(key), "typ": HEAD_TYPE}
    body = json.dumps(payload, separators=(",", ":"))
    return jws.serialize_compact(header, body, key, algorithms=[ALGORITHM])


def signed_payload(token: str, *, jwk: Mapping[str, Any]) -> dict[str, Any]:
    """Return what ``token`` says. Raises BadSignature unless this key signed it as a tree head."""
    key = ECKey.import_key({name: str(jwk[name]) for name in ("kty", "crv", "x", "y")})
    try:
        signed = jws.deserialize_compact(token, key, algorithms=[ALGORITHM])
        payload = json.loads(signed.payload)
    except (JoseError, ValueError) as error:
        raise BadSignature(str(error)) from error
    if signed.protected.get("typ") != HEAD_TYPE or signed.protected.get("kid") != key_id(key):
        raise BadSignature("not a tree head of this key")
    return dict(payload)


if __name__ == "__main__":
    print(new_private_key())
