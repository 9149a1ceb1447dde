-- What any audited look-up must do, as one transaction for each request: account, child, involvements with their
-- routes, the audit event with its payload, the head of the log. The same rows as the service reads, found by the
-- child's own id, one statement less than the service needs to find it by its number. Nothing is hashed or decided.
\set account random(1, :accounts)
\set child random(1, :children)
BEGIN;
SELECT account.*, organisation.accredited_until
  FROM account JOIN organisation ON organisation.id = account.organisation_id
  WHERE account.issuer = 'urn:' || 'child-index:' || 'local-issuer' AND account.subject = 'bench-' || CAST(:account AS text);
SELECT child.*, child_pseudonym.pseudonym
  FROM child JOIN child_pseudonym ON child_pseudonym.child_id = child.id WHERE child.id = :child;
SELECT involvement.*, organisation.name, organisation.kind, organisation.sensitive, team.name, team.sensitive,
       practitioner.name, practitioner.job_title, route.*
  FROM involvement
  JOIN organisation ON organisation.id = involvement.organisation_id
  LEFT JOIN team ON team.id = involvement.team_id
  LEFT JOIN practitioner ON practitioner.id = involvement.practitioner_id
  LEFT JOIN route
    ON route.owner_id IN (involvement.organisation_id, involvement.team_id, involvement.practitioner_id)
  WHERE involvement.child_id = :child ORDER BY involvement.number, route.position;
WITH event AS (
  INSERT INTO audit_event (idx, at, action, outcome, reason, strength, children, payload_hash, leaf)
  VALUES (nextval('floor_index'), 1000000, 'child.contacts', 'disclosed', 'early-help', 'two-factor', 1,
          decode(repeat('5a', 32), 'hex'), decode(repeat('5a', :leaf), 'hex'))
  RETURNING idx
)
INSERT INTO audit_payload (idx, salt, body)
  SELECT idx, decode(repeat('5a', 16), 'hex'), decode(repeat('5a', :payload), 'hex') FROM event;
UPDATE audit_head SET size = size + 1, root = decode(repeat('5a', 32), 'hex'), frontier = decode(repeat('5a', 320), 'hex')
  WHERE id = 1;
END;
