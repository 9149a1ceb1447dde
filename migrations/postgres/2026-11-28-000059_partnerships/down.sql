DROP TABLE agreement_default;
DROP TABLE agreement;
DROP TABLE partnership_member;
DROP TABLE partnership;
