DROP INDEX involvement_practitioner;
DROP TABLE child_restriction;
