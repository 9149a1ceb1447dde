"""Tokens of the service's local issuer, verified as the service does: once, then remembered for a minute."""

import json
import os
import time
from pathlib import Path

import jwt

KEY = jwt.PyJWK(json.loads(Path(os.environ["PEER_JWKS"]).read_text())["keys"][0])
remembered = {}


def subject_of(authorization):
    """Who a bearer token is of; raises what PyJWT raises."""
    token = authorization.removeprefix("Bearer ")
    subject, until = remembered.get(token, (None, 0))
    now = time.time()
    if now < until:
        return subject
    claims = jwt.decode(token, KEY.key, algorithms=["EdDSA"], audience="urn:child-index:api",
                        issuer="urn:child-index:local-issuer", options={"require": ["exp", "nbf", "iat", "sub"]})
    if len(remembered) > 10_000:
        remembered.clear()
    remembered[token] = (claims["sub"], min(now + 60, claims["exp"]))
    return claims["sub"]
