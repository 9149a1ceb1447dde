DROP TABLE verification_code;
