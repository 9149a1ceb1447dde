DROP TABLE carer_shield_key;
DROP TABLE carer_shield;
