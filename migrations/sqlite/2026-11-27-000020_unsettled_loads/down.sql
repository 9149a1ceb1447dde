DROP TABLE unsettled_shield;
DROP TABLE unsettled_load;
