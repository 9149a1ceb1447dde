DROP INDEX child_area;
DROP TABLE past_lead;
DROP TABLE lead_term;
DROP TABLE lead_proposal;
