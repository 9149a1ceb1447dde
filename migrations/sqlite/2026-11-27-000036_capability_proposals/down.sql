DROP TABLE capability_proposal;
