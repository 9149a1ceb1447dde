-- Capabilities that take two people: proposed by one, waiting for another. What was agreed or declined stands in the log.
CREATE TABLE capability_proposal (
  id TEXT NOT NULL PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES account (id),
  capability TEXT NOT NULL,
  proposed_by TEXT NOT NULL REFERENCES account (id),
  proposed_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX capability_proposal_open ON capability_proposal (account_id, capability);
