ALTER TABLE account DROP COLUMN lead_professional_trained_until;
ALTER TABLE account DROP COLUMN information_sharing_trained_until;
