UPDATE carer SET relationship = CASE
  WHEN relationship = 'M' THEN 'mother'
  WHEN relationship = 'F' THEN 'father'
  WHEN relationship = 'SM' THEN 'step-mother'
  WHEN relationship = 'SF' THEN 'step-father'
  WHEN relationship = 'AM' THEN 'adoptive mother'
  WHEN relationship = 'AF' THEN 'adoptive father'
  WHEN relationship = 'FC' THEN 'foster carer'
  WHEN relationship = 'GM' THEN 'grandmother'
  WHEN relationship = 'GF' THEN 'grandfather'
  WHEN relationship = 'A' THEN 'aunt'
  WHEN relationship = 'U' THEN 'uncle'
  WHEN relationship = 'G' THEN 'guardian'
  ELSE substr(relationship, 2)
END
WHERE relationship LIKE '=%' OR relationship IN ('M', 'F', 'SM', 'SF', 'AM', 'AF', 'FC', 'GM', 'GF', 'A', 'U', 'G');
UPDATE identifier SET
  status = CASE status
    WHEN 'V' THEN 'verified'
    WHEN 'U' THEN 'unverified'
    WHEN 'S' THEN 'superseded'
    WHEN 'D' THEN 'disputed'
    WHEN 'W' THEN 'withheld-detrimental'
    ELSE status
  END,
  system = CASE system
    WHEN 'N' THEN 'nhs-number'
    WHEN 'P' THEN 'upn'
    WHEN 'L' THEN 'uln'
    ELSE system
  END;
UPDATE involvement SET service = CASE service
    WHEN 'M' THEN 'maternity'
    WHEN 'V' THEN 'health-visiting'
    WHEN 'G' THEN 'gp-practice'
    WHEN 'H' THEN 'family-hub'
    WHEN 'Y' THEN 'early-years-setting'
    WHEN 'S' THEN 'school'
    WHEN 'XS' THEN 'extended-school'
    WHEN 'F' THEN 'further-education'
    WHEN 'HE' THEN 'elective-home-education'
    WHEN 'N' THEN 'school-nursing'
    WHEN 'U' THEN 'integrated-youth-service'
    WHEN 'E' THEN 'early-help'
    WHEN 'FS' THEN 'family-support'
    WHEN 'SEN' THEN 'special-educational-needs'
    WHEN 'EP' THEN 'educational-psychology'
    WHEN 'A' THEN 'attendance'
    WHEN 'VS' THEN 'virtual-school'
    WHEN 'C' THEN 'childrens-social-care'
    WHEN 'DC' THEN 'disabled-childrens-team'
    WHEN 'FA' THEN 'fostering-and-adoption'
    WHEN 'CAF' THEN 'cafcass'
    WHEN 'YJ' THEN 'youth-justice'
    WHEN 'P' THEN 'police'
    WHEN 'PB' THEN 'probation'
    WHEN 'FR' THEN 'fire-and-rescue'
    WHEN 'HO' THEN 'housing'
    WHEN 'PD' THEN 'paediatrics'
    WHEN 'T' THEN 'therapies'
    WHEN 'HS' THEN 'hospital-safeguarding'
    WHEN 'VO' THEN 'voluntary-organisation'
    WHEN 'YC' THEN 'young-carers'
    WHEN 'SH' THEN 'sexual-health'
    WHEN 'MH' THEN 'mental-health'
    WHEN 'SM' THEN 'substance-misuse'
    WHEN 'RD' THEN 'refuge-and-domestic-abuse'
    WHEN 'SA' THEN 'sexual-assault-referral'
    WHEN 'GI' THEN 'gender-identity'
    ELSE service
  END;
