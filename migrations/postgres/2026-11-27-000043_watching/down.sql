DROP TABLE team_member;
DROP TABLE watch_reason;
ALTER TABLE watch DROP COLUMN looked_back_to;
