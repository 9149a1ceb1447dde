DROP TABLE child_purge;
DROP TABLE mother;
