-- On what lawful basis an organisation takes part. Those that were accredited before keep on by what is usual for their
-- kind, as a bulk load has it; an administrator puts it right where it is another.
ALTER TABLE organisation ADD COLUMN lawful_basis TEXT;
UPDATE organisation SET lawful_basis = CASE
  WHEN kind IN ('early-years-setting', 'housing', 'voluntary-organisation', 'refuge') THEN 'recognised-legitimate-interest'
  ELSE 'public-task'
END WHERE accredited_until IS NOT NULL;
