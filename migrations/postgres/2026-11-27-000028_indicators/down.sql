DROP TABLE imported_cell;
DROP TABLE indicator_cell;
DROP TABLE indicator_period;
