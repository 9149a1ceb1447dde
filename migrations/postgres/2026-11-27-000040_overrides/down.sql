ALTER TABLE child_case DROP COLUMN closed_by;
ALTER TABLE child_case DROP COLUMN outcome;
DROP TABLE child_override;
