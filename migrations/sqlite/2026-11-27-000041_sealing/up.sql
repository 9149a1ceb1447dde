-- Who has proposed to seal a shielded record, so that another cleared manager may agree.
ALTER TABLE shield_review ADD COLUMN seal_proposed_by TEXT;
ALTER TABLE shield_review ADD COLUMN seal_proposed_at BIGINT;
