DROP TABLE past_ground;
ALTER TABLE involvement DROP COLUMN ground_until;
ALTER TABLE involvement DROP COLUMN ground_judged;
