-- Shields on carers, who are known by keyed hashes alone.
CREATE TABLE carer_shield (
  id TEXT NOT NULL PRIMARY KEY,
  area TEXT NOT NULL,
  ground TEXT NOT NULL,
  since BIGINT NOT NULL,
  confirmed_at BIGINT,
  review_on DATE,
  lift_proposed_by TEXT,
  lift_proposed_at BIGINT
);
-- What leads to a shielded carer: name with contact, name with home, name on a record; telephone, e-mail address, home.
CREATE TABLE carer_shield_key (
  key BIGINT NOT NULL,
  shield_id TEXT NOT NULL REFERENCES carer_shield (id),
  PRIMARY KEY (key, shield_id)
);
CREATE INDEX carer_shield_key_shield ON carer_shield_key (shield_id);
