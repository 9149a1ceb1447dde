"""A peer: the audited look-up as FastAPI with asyncpg would do it. The event is committed before the answer leaves; there
is no policy, no tree and no budget."""

import json
import os
from contextlib import asynccontextmanager

import asyncpg
from fastapi import FastAPI, Header, HTTPException

from tokens import subject_of

ACCOUNT = """
SELECT account.id, account.status, account.organisation_id, organisation.accredited_until
FROM account JOIN organisation ON organisation.id = account.organisation_id
WHERE account.issuer = 'urn:child-index:local-issuer' AND account.subject = $1"""
CHILD = """
SELECT id, index_number, family_name, given_name, date_of_birth, sex, shield FROM child WHERE index_number = $1"""
INVOLVEMENTS = """
SELECT involvement.number, involvement.service, involvement.started_on, involvement.last_confirmed_at,
       organisation.id AS organisation_id, organisation.name AS organisation, practitioner.name AS practitioner,
       practitioner.job_title, route.kind, route.phone, route.email, route.hours
FROM involvement
JOIN organisation ON organisation.id = involvement.organisation_id
LEFT JOIN practitioner ON practitioner.id = involvement.practitioner_id
LEFT JOIN route ON route.owner_id IN (involvement.organisation_id, involvement.team_id, involvement.practitioner_id)
WHERE involvement.child_id = $1 AND involvement.withdrawn_at IS NULL
ORDER BY involvement.number, route.position"""
EVENT = """
WITH event AS (
  INSERT INTO audit_event (idx, at, action, outcome, reason, strength, children, payload_hash, leaf)
  VALUES (nextval('floor_index'), (extract(epoch FROM clock_timestamp()) * 1000000)::bigint, 'child.contacts',
          'disclosed', $1, 'two-factor', 1, sha256($2), $2) RETURNING idx)
INSERT INTO audit_payload (idx, salt, body) SELECT idx, $3, $2 FROM event"""
HEAD = "UPDATE audit_head SET size = size + 1 WHERE id = 1"


@asynccontextmanager
async def lifespan(app):
    app.state.pool = await asyncpg.create_pool(os.environ["PEER_DATABASE"], min_size=4, max_size=8)
    yield
    await app.state.pool.close()


app = FastAPI(lifespan=lifespan)


@app.get("/v1/children/{number}/contacts")
async def read_contacts(number: str, authorization: str = Header(), access_reason: str = Header()):
    try:
        subject = subject_of(authorization)
    except Exception as refused:
        raise HTTPException(401) from refused
    async with app.state.pool.acquire() as conn, conn.transaction():
        account = await conn.fetchrow(ACCOUNT, subject)
        if account is None or account["status"] != "active":
            raise HTTPException(403)
        child = await conn.fetchrow(CHILD, number.replace("-", ""))
        if child is None:
            raise HTTPException(404)
        rows = await conn.fetch(INVOLVEMENTS, child["id"]) if child["shield"] is None else []
        said = json.dumps({"account": account["id"], "organisation": account["organisation_id"], "child": child["id"],
                           "operation": "read_contacts", "shown": ["identity", "involvements"]}).encode()
        await conn.execute(EVENT, access_reason, said, os.urandom(16))
        await conn.execute(HEAD)
    involvements = {}
    for row in rows:
        entry = involvements.setdefault(row["number"], {
            "number": row["number"], "service": row["service"], "started_on": row["started_on"],
            "organisation": {"id": row["organisation_id"], "name": row["organisation"]},
            "practitioner": {"name": row["practitioner"], "job_title": row["job_title"]} if row["practitioner"] else None,
            "last_confirmed_at": row["last_confirmed_at"], "routes": []})
        if row["kind"]:
            entry["routes"].append({name: row[name] for name in ("kind", "phone", "email", "hours")})
    return {"child": {"child_id": child["index_number"], "date_of_birth": child["date_of_birth"], "sex": child["sex"],
                      "name": {"family": child["family_name"], "given": child["given_name"]}},
            "involvements": list(involvements.values())}
