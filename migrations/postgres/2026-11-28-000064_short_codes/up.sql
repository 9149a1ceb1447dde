-- Short codes in the columns that most rows have, in place of words of eleven letters: of services, of the usual systems
-- and the states of identifiers, and of the usual words for a carer. They are those of store/short_codes.rs.
-- Each table is written once from end to end. PostgreSQL keeps the old rows until they are vacuumed, so that tables and
-- indexes are twice as large for a time; the service does not run beside a migration.
UPDATE involvement SET service = CASE service
    WHEN 'maternity' THEN 'M'
    WHEN 'health-visiting' THEN 'V'
    WHEN 'gp-practice' THEN 'G'
    WHEN 'family-hub' THEN 'H'
    WHEN 'early-years-setting' THEN 'Y'
    WHEN 'school' THEN 'S'
    WHEN 'extended-school' THEN 'XS'
    WHEN 'further-education' THEN 'F'
    WHEN 'elective-home-education' THEN 'HE'
    WHEN 'school-nursing' THEN 'N'
    WHEN 'integrated-youth-service' THEN 'U'
    WHEN 'early-help' THEN 'E'
    WHEN 'family-support' THEN 'FS'
    WHEN 'special-educational-needs' THEN 'SEN'
    WHEN 'educational-psychology' THEN 'EP'
    WHEN 'attendance' THEN 'A'
    WHEN 'virtual-school' THEN 'VS'
    WHEN 'childrens-social-care' THEN 'C'
    WHEN 'disabled-childrens-team' THEN 'DC'
    WHEN 'fostering-and-adoption' THEN 'FA'
    WHEN 'cafcass' THEN 'CAF'
    WHEN 'youth-justice' THEN 'YJ'
    WHEN 'police' THEN 'P'
    WHEN 'probation' THEN 'PB'
    WHEN 'fire-and-rescue' THEN 'FR'
    WHEN 'housing' THEN 'HO'
    WHEN 'paediatrics' THEN 'PD'
    WHEN 'therapies' THEN 'T'
    WHEN 'hospital-safeguarding' THEN 'HS'
    WHEN 'voluntary-organisation' THEN 'VO'
    WHEN 'young-carers' THEN 'YC'
    WHEN 'sexual-health' THEN 'SH'
    WHEN 'mental-health' THEN 'MH'
    WHEN 'substance-misuse' THEN 'SM'
    WHEN 'refuge-and-domestic-abuse' THEN 'RD'
    WHEN 'sexual-assault-referral' THEN 'SA'
    WHEN 'gender-identity' THEN 'GI'
    ELSE service
  END;
UPDATE identifier SET
  system = CASE system
    WHEN 'nhs-number' THEN 'N'
    WHEN 'upn' THEN 'P'
    WHEN 'uln' THEN 'L'
    ELSE system
  END,
  status = CASE status
    WHEN 'verified' THEN 'V'
    WHEN 'unverified' THEN 'U'
    WHEN 'superseded' THEN 'S'
    WHEN 'disputed' THEN 'D'
    WHEN 'withheld-detrimental' THEN 'W'
    ELSE status
  END;
-- Relationships are words of anybody's; what would be read as a code stands behind a sign.
UPDATE carer SET relationship = CASE
  WHEN relationship = 'mother' THEN 'M'
  WHEN relationship = 'father' THEN 'F'
  WHEN relationship = 'step-mother' THEN 'SM'
  WHEN relationship = 'step-father' THEN 'SF'
  WHEN relationship = 'adoptive mother' THEN 'AM'
  WHEN relationship = 'adoptive father' THEN 'AF'
  WHEN relationship = 'foster carer' THEN 'FC'
  WHEN relationship = 'grandmother' THEN 'GM'
  WHEN relationship = 'grandfather' THEN 'GF'
  WHEN relationship = 'aunt' THEN 'A'
  WHEN relationship = 'uncle' THEN 'U'
  WHEN relationship = 'guardian' THEN 'G'
  ELSE '=' || relationship
END
WHERE relationship LIKE '=%'
  OR relationship IN ('mother', 'father', 'step-mother', 'step-father', 'adoptive mother', 'adoptive father', 'foster carer', 'grandmother', 'grandfather', 'aunt', 'uncle', 'guardian',
    'M', 'F', 'SM', 'SF', 'AM', 'AF', 'FC', 'GM', 'GF', 'A', 'U', 'G');
