-- Every checkpoint that was signed, as it was published: the note holds all there is, its signatures cover all of it.
CREATE TABLE audit_checkpoint (
  origin TEXT NOT NULL,
  size BIGINT NOT NULL,
  note TEXT NOT NULL,
  PRIMARY KEY (origin, size)
);
