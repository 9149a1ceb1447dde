-- What a load that settles at its end writes in place of household_key, as key_list in place of child_key. The pairs that
-- are there stay where they are, and single changes keep to them.
CREATE TABLE household_list (
  key BIGINT NOT NULL,
  first_child BIGINT NOT NULL,
  children BYTEA NOT NULL,
  PRIMARY KEY (key, first_child)
);
