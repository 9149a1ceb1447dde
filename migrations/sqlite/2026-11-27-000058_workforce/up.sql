-- Training beyond the use of the index, which gates access: in sharing information, and as lead professional.
ALTER TABLE account ADD COLUMN information_sharing_trained_until DATE;
ALTER TABLE account ADD COLUMN lead_professional_trained_until DATE;
