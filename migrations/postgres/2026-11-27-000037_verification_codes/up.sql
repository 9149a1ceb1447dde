-- Codes that callers say on the telephone: a keyed hash of each, gone once it is used.
CREATE TABLE verification_code (
  account_id TEXT NOT NULL REFERENCES account (id),
  hash BYTEA NOT NULL,
  expires_at BIGINT NOT NULL,
  wrong_guesses INTEGER NOT NULL,
  PRIMARY KEY (account_id, hash)
);
CREATE INDEX verification_code_expires ON verification_code (expires_at);
