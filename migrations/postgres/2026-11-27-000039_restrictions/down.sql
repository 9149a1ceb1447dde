DROP TABLE child_restriction;
