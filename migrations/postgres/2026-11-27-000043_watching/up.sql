-- How far the rules have looked back, and which reasons accounts state.

ALTER TABLE watch ADD COLUMN looked_back_to BIGINT NOT NULL DEFAULT 0;

-- How many accesses of an account stated which reason on a day; empty where none was stated.
CREATE TABLE watch_reason (
  account_id TEXT NOT NULL,
  day INTEGER NOT NULL,
  reason TEXT NOT NULL,
  accesses BIGINT NOT NULL,
  PRIMARY KEY (account_id, day, reason)
);
CREATE INDEX watch_reason_age ON watch_reason (day);

-- When an account worked in a team of its organisation; kept when it leaves.
CREATE TABLE team_member (
  team_id TEXT NOT NULL REFERENCES team (id),
  account_id TEXT NOT NULL REFERENCES account (id),
  from_at BIGINT NOT NULL,
  until_at BIGINT,
  PRIMARY KEY (team_id, account_id, from_at)
);
