ALTER TABLE shield_review DROP COLUMN seal_proposed_at;
ALTER TABLE shield_review DROP COLUMN seal_proposed_by;
