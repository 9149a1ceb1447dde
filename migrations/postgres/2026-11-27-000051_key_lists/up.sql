-- What a load that settles at its end writes in place of child_key: the children under a key in one row, up to 240 of
-- them. After the first each is the distance from the one before, seven bits a byte. Single changes keep to child_key.
CREATE TABLE key_list (
  key BIGINT NOT NULL,
  first_child BIGINT NOT NULL,
  children BYTEA NOT NULL,
  PRIMARY KEY (key, first_child)
);
