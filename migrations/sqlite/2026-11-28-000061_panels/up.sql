-- Panels of an area: who sits on each, when it meets, and which children it decides about, by codes alone.
CREATE TABLE panel (
  id TEXT NOT NULL PRIMARY KEY,
  area TEXT NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  chair_id TEXT NOT NULL REFERENCES account (id),
  version BIGINT NOT NULL
);
CREATE INDEX panel_area ON panel (area, name);

CREATE TABLE panel_member (
  panel_id TEXT NOT NULL REFERENCES panel (id),
  account_id TEXT NOT NULL REFERENCES account (id),
  PRIMARY KEY (panel_id, account_id)
) WITHOUT ROWID;
CREATE INDEX panel_member_account ON panel_member (account_id);

CREATE TABLE panel_meeting (
  id TEXT NOT NULL PRIMARY KEY,
  panel_id TEXT NOT NULL REFERENCES panel (id),
  meets_on DATE NOT NULL,
  state TEXT NOT NULL,
  version BIGINT NOT NULL
);
CREATE INDEX panel_meeting_panel ON panel_meeting (panel_id, meets_on);

-- Numbers are random within the meeting, so that gaps count nothing.
CREATE TABLE panel_item (
  meeting_id TEXT NOT NULL REFERENCES panel_meeting (id),
  number INTEGER NOT NULL,
  child_id BIGINT NOT NULL REFERENCES child (id),
  added_by TEXT NOT NULL REFERENCES account (id),
  decision TEXT,
  receiver_id TEXT REFERENCES organisation (id),
  service TEXT,
  decided_on DATE,
  version BIGINT NOT NULL,
  PRIMARY KEY (meeting_id, number),
  CHECK ((decision IS NULL) = (decided_on IS NULL)),
  CHECK ((receiver_id IS NULL) = (service IS NULL))
) WITHOUT ROWID;
CREATE UNIQUE INDEX panel_item_child ON panel_item (meeting_id, child_id);
CREATE INDEX panel_item_of_child ON panel_item (child_id);
