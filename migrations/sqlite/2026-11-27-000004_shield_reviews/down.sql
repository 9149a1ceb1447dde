DROP INDEX child_case_open;
DROP TABLE shield_review;
