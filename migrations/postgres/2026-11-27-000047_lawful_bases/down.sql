ALTER TABLE organisation DROP COLUMN lawful_basis;
