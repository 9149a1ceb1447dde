-- The index: organisations and the people in them, children, who is involved, and the audit log.
-- Instants are microseconds since 1970 UTC; identifiers that leave are UUIDs as text; a child's own id never leaves.

CREATE TABLE organisation (
  id TEXT NOT NULL PRIMARY KEY,
  code TEXT NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  area TEXT NOT NULL,
  sensitive BOOLEAN NOT NULL,
  accredited_until DATE,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX organisation_code ON organisation (code);
CREATE INDEX organisation_place ON organisation (area, kind);
CREATE INDEX organisation_name ON organisation (name, id);

CREATE TABLE team (
  id TEXT NOT NULL PRIMARY KEY,
  organisation_id TEXT NOT NULL REFERENCES organisation (id),
  code TEXT NOT NULL,
  name TEXT NOT NULL,
  area TEXT NOT NULL,
  sensitive BOOLEAN NOT NULL,
  version BIGINT NOT NULL
);
CREATE UNIQUE INDEX team_code ON team (organisation_id, code);

CREATE TABLE practitioner (
  id TEXT NOT NULL PRIMARY KEY,
  organisation_id TEXT NOT NULL REFERENCES organisation (id),
  name TEXT NOT NULL,
  job_title TEXT NOT NULL
);
CREATE UNIQUE INDEX practitioner_name ON practitioner (organisation_id, name, job_title);

-- How to reach an organisation, a team or a practitioner: its owner is any of the three.
CREATE TABLE route (
  owner_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  kind TEXT NOT NULL,
  phone TEXT,
  email TEXT,
  hours TEXT NOT NULL,
  PRIMARY KEY (owner_id, position)
) WITHOUT ROWID;

CREATE TABLE account (
  id TEXT NOT NULL PRIMARY KEY,
  issuer TEXT NOT NULL,
  subject TEXT NOT NULL,
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  capabilities TEXT NOT NULL,
  sector TEXT NOT NULL,
  organisation_id TEXT NOT NULL REFERENCES organisation (id),
  area TEXT NOT NULL,
  status TEXT NOT NULL,
  checked_until DATE,
  trained_until DATE,
  certified_until DATE,
  terms_accepted_on DATE,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX account_identity ON account (issuer, subject);
CREATE INDEX account_organisation ON account (organisation_id, id);
CREATE INDEX account_area ON account (area, id);

CREATE TABLE child (
  id INTEGER NOT NULL PRIMARY KEY,
  index_number TEXT NOT NULL,
  status TEXT NOT NULL,
  publication TEXT NOT NULL,
  supplied_by TEXT NOT NULL REFERENCES organisation (id),
  source_key TEXT,
  area TEXT NOT NULL,
  family_name TEXT NOT NULL,
  given_name TEXT NOT NULL,
  date_of_birth DATE,
  expected_on DATE,
  died_on DATE,
  stays_until DATE,
  sex TEXT NOT NULL,
  address_state TEXT NOT NULL,
  address_intent TEXT,
  address_lines TEXT NOT NULL,
  postcode TEXT,
  address_by TEXT NOT NULL,
  address_held BOOLEAN NOT NULL,
  shield TEXT,
  sealed BOOLEAN NOT NULL,
  shielded_at BIGINT,
  shield_reviewed_at BIGINT,
  archived_on DATE,
  merged_into BIGINT REFERENCES child (id),
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX child_index_number ON child (index_number);
CREATE UNIQUE INDEX child_source ON child (supplied_by, source_key) WHERE source_key IS NOT NULL;
CREATE INDEX child_unpublished ON child (publication, id) WHERE publication <> 'published';

CREATE TABLE child_name (
  child_id BIGINT NOT NULL REFERENCES child (id),
  position INTEGER NOT NULL,
  kind TEXT NOT NULL,
  family_name TEXT NOT NULL,
  given_name TEXT NOT NULL,
  supplied_by TEXT NOT NULL,
  PRIMARY KEY (child_id, position)
) WITHOUT ROWID;

CREATE TABLE carer (
  child_id BIGINT NOT NULL REFERENCES child (id),
  position INTEGER NOT NULL,
  name TEXT NOT NULL,
  relationship TEXT NOT NULL,
  parental_responsibility BOOLEAN NOT NULL,
  phone TEXT,
  email TEXT,
  supplied_by TEXT NOT NULL,
  held BOOLEAN NOT NULL,
  PRIMARY KEY (child_id, position)
) WITHOUT ROWID;

-- Never a unique key on the value: two children on one NHS number happens and must be representable.
CREATE TABLE identifier (
  child_id BIGINT NOT NULL REFERENCES child (id),
  position INTEGER NOT NULL,
  system TEXT NOT NULL,
  value TEXT NOT NULL,
  status TEXT NOT NULL,
  supplied_by TEXT NOT NULL,
  PRIMARY KEY (child_id, position)
) WITHOUT ROWID;

-- Clustered by child: who is involved is one contiguous range. Numbers are random within the child.
CREATE TABLE involvement (
  child_id BIGINT NOT NULL REFERENCES child (id),
  number INTEGER NOT NULL,
  service TEXT NOT NULL,
  organisation_id TEXT NOT NULL REFERENCES organisation (id),
  team_id TEXT REFERENCES team (id),
  practitioner_id TEXT REFERENCES practitioner (id),
  started_on DATE NOT NULL,
  ended_on DATE,
  last_confirmed_at BIGINT NOT NULL,
  lead TEXT,
  ground TEXT,
  ground_given_by TEXT,
  ground_on DATE,
  withdrawn_at BIGINT,
  entered_by TEXT,
  entered_under_shield BOOLEAN NOT NULL,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (child_id, number)
) WITHOUT ROWID;
-- At most one current lead professional per child and kind.
CREATE UNIQUE INDEX involvement_lead ON involvement (child_id, lead) WHERE lead IS NOT NULL AND ended_on IS NULL;

-- Keyed hashes of what a child can be found by; the table leaks no names.
CREATE TABLE child_key (
  key BIGINT NOT NULL,
  child_id BIGINT NOT NULL,
  PRIMARY KEY (key, child_id)
) WITHOUT ROWID;

-- Keyed hashes of what a household shares: a carer, an address, a telephone number.
CREATE TABLE household_key (
  key BIGINT NOT NULL,
  child_id BIGINT NOT NULL,
  PRIMARY KEY (key, child_id)
) WITHOUT ROWID;

-- What the management team has open on a child: a shield, a brokered contact, a record held for review.
CREATE TABLE child_case (
  id TEXT NOT NULL PRIMARY KEY,
  child_id BIGINT NOT NULL REFERENCES child (id),
  kind TEXT NOT NULL,
  area TEXT NOT NULL,
  manager_id TEXT REFERENCES account (id),
  involvement INTEGER,
  opened_at BIGINT NOT NULL,
  closed_at BIGINT
);
CREATE INDEX child_case_child ON child_case (child_id);

-- One row a search answer: its random handle names each child in it by position.
CREATE TABLE handle (
  id BLOB NOT NULL PRIMARY KEY,
  account_id TEXT NOT NULL,
  expires_at BIGINT NOT NULL,
  children BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX handle_expiry ON handle (expires_at);

CREATE TABLE idempotency (
  account_id TEXT NOT NULL,
  operation TEXT NOT NULL,
  key TEXT NOT NULL,
  body_hash BLOB NOT NULL,
  outcome TEXT NOT NULL,
  reference TEXT,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (account_id, operation, key)
) WITHOUT ROWID;
CREATE INDEX idempotency_age ON idempotency (created_at);

-- What an account or an organisation has used of a budget in one window of time.
CREATE TABLE budget (
  owner_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  window_start BIGINT NOT NULL,
  used BIGINT NOT NULL,
  PRIMARY KEY (owner_id, kind, window_start)
) WITHOUT ROWID;
CREATE INDEX budget_age ON budget (window_start);

-- Which children an account has been shown on a day, so that each counts once.
CREATE TABLE budget_child (
  account_id TEXT NOT NULL,
  day INTEGER NOT NULL,
  child_id BIGINT NOT NULL,
  PRIMARY KEY (account_id, day, child_id)
) WITHOUT ROWID;
CREATE INDEX budget_child_age ON budget_child (day);

CREATE TABLE setting (
  name TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
);

CREATE TABLE audit_event (
  idx INTEGER NOT NULL PRIMARY KEY,
  at BIGINT NOT NULL,
  action TEXT NOT NULL,
  outcome TEXT NOT NULL,
  reason TEXT,
  strength TEXT NOT NULL,
  children INTEGER NOT NULL,
  payload_hash BLOB NOT NULL,
  leaf BLOB NOT NULL
);

CREATE INDEX audit_event_by_time ON audit_event (at, idx);

CREATE TABLE audit_payload (
  idx INTEGER NOT NULL PRIMARY KEY,
  salt BLOB NOT NULL,
  body BLOB NOT NULL
);

CREATE TABLE audit_tile (
  level INTEGER NOT NULL,
  number BIGINT NOT NULL,
  hashes BLOB NOT NULL,
  PRIMARY KEY (level, number)
) WITHOUT ROWID;

CREATE TABLE audit_head (
  id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  size BIGINT NOT NULL,
  root BLOB NOT NULL,
  frontier BLOB NOT NULL,
  derived_to BIGINT NOT NULL
);

CREATE TABLE audit_by_child (
  pseudonym BLOB NOT NULL,
  idx BIGINT NOT NULL,
  PRIMARY KEY (pseudonym, idx)
) WITHOUT ROWID;

CREATE TABLE audit_by_account (
  account_id TEXT NOT NULL,
  idx BIGINT NOT NULL,
  PRIMARY KEY (account_id, idx)
) WITHOUT ROWID;

CREATE TABLE audit_by_organisation (
  organisation_id TEXT NOT NULL,
  idx BIGINT NOT NULL,
  PRIMARY KEY (organisation_id, idx)
) WITHOUT ROWID;

CREATE TABLE child_pseudonym (
  child_id INTEGER NOT NULL PRIMARY KEY,
  pseudonym BLOB NOT NULL
);
CREATE UNIQUE INDEX child_pseudonym_value ON child_pseudonym (pseudonym);

-- An empty tree: its root is the hash of nothing (RFC 6962).
INSERT INTO audit_head (id, size, root, frontier, derived_to) VALUES (1, 0, x'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', x'', 0);
