-- The auditors' desk: look-ups by kind of event and by token, alerts, and questions put to those who looked.

CREATE TABLE audit_by_kind (
  kind TEXT NOT NULL,
  idx BIGINT NOT NULL,
  PRIMARY KEY (kind, idx)
);

CREATE TABLE audit_by_token (
  token BYTEA NOT NULL,
  idx BIGINT NOT NULL,
  PRIMARY KEY (token, idx)
);

-- All look-up tables are filled anew from the log.
DELETE FROM audit_by_child;
DELETE FROM audit_by_account;
DELETE FROM audit_by_organisation;
UPDATE audit_head SET derived_to = 0;

-- Something that a rule noticed, about an account, on one occasion.
CREATE TABLE alert (
  id TEXT NOT NULL PRIMARY KEY,
  rule TEXT NOT NULL,
  occasion TEXT NOT NULL,
  account_id TEXT NOT NULL,
  organisation_id TEXT NOT NULL,
  area TEXT NOT NULL,
  protected BOOLEAN NOT NULL,
  status TEXT NOT NULL,
  outcome TEXT,
  measure BIGINT NOT NULL,
  threshold BIGINT NOT NULL,
  raised_at BIGINT NOT NULL,
  reviewed_by TEXT,
  reviewed_at BIGINT,
  closed_at BIGINT,
  version BIGINT NOT NULL
);
CREATE UNIQUE INDEX alert_occasion ON alert (account_id, rule, occasion);
CREATE INDEX alert_area ON alert (area, id);

-- The events that an alert stands on.
CREATE TABLE alert_event (
  alert_id TEXT NOT NULL REFERENCES alert (id),
  idx BIGINT NOT NULL,
  PRIMARY KEY (alert_id, idx)
);

-- Up to which event the rules have looked.
CREATE TABLE watch (
  id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  watched_to BIGINT NOT NULL
);
INSERT INTO watch (id, watched_to) VALUES (1, 0);

-- How many children an account was shown on a day, to compare it with its peers.
CREATE TABLE watch_day (
  account_id TEXT NOT NULL,
  day INTEGER NOT NULL,
  accesses BIGINT NOT NULL,
  PRIMARY KEY (account_id, day)
);
CREATE INDEX watch_day_age ON watch_day (day);

-- Records that stand for nobody: whoever opens one was browsing.
CREATE TABLE decoy (
  child_id BIGINT NOT NULL PRIMARY KEY,
  marked_at BIGINT NOT NULL
);

-- An account is asked why it opened a record.
CREATE TABLE justification (
  id TEXT NOT NULL PRIMARY KEY,
  account_id TEXT NOT NULL,
  idx BIGINT NOT NULL,
  asked_at BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  answer TEXT,
  answered_at BIGINT,
  escalated BOOLEAN NOT NULL
);
CREATE UNIQUE INDEX justification_event ON justification (idx);
CREATE INDEX justification_account ON justification (account_id, id);
CREATE INDEX justification_due ON justification (due_at) WHERE answer IS NULL AND NOT escalated;
