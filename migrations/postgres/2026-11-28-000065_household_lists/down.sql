-- The keys in the lists are derived from the rows again, by whatever opens the index next.
INSERT INTO unsettled_load (first_child)
SELECT 1 WHERE EXISTS (SELECT 1 FROM household_list) AND NOT EXISTS (SELECT 1 FROM unsettled_load WHERE first_child = 1);
DROP TABLE household_list;
