-- On PostgreSQL identifiers stay text and days dates: its rows are read by others, and no file of it is short of room.
SELECT 1;
