-- A load that has stored children and not yet what they are found by: their keys are derived from the rows once all are
-- in, and written in the order of their tables. While a row stands here, the index is not served.
CREATE TABLE unsettled_load (
  first_child BIGINT NOT NULL PRIMARY KEY
);

-- Children shielded by such a load: its other children with ids below seen_to are still to be compared with them.
CREATE TABLE unsettled_shield (
  child BIGINT NOT NULL PRIMARY KEY,
  seen_to BIGINT NOT NULL
);
