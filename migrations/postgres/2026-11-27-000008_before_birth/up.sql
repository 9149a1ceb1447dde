-- Before birth: the mother, in a block of its own, and the records that are purged early.

-- Who the mother of a child recorded before birth is; for maternity, health visiting and social care alone.
CREATE TABLE mother (
  child_id BIGINT NOT NULL PRIMARY KEY REFERENCES child (id),
  family_name TEXT NOT NULL,
  given_name TEXT NOT NULL,
  date_of_birth DATE,
  nhs_number TEXT,
  supplied_by TEXT NOT NULL
);

-- Records that go from every table on a day.
CREATE TABLE child_purge (
  child_id BIGINT NOT NULL PRIMARY KEY REFERENCES child (id),
  due_on DATE NOT NULL
);
CREATE INDEX child_purge_due ON child_purge (due_on);
