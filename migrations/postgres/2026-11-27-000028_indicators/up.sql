-- Key indicators: what was published of a period is kept as published and never made anew; and figures from outside, as
-- sourced aggregates by period and locality.

CREATE TABLE indicator_period (
  area TEXT NOT NULL,
  period TEXT NOT NULL,
  frozen_at BIGINT NOT NULL,
  PRIMARY KEY (area, period)
);

CREATE TABLE indicator_cell (
  area TEXT NOT NULL,
  period TEXT NOT NULL,
  indicator TEXT NOT NULL,
  locality TEXT NOT NULL,
  cell TEXT NOT NULL,
  definition INTEGER NOT NULL,
  PRIMARY KEY (area, period, indicator, locality)
);

CREATE TABLE imported_cell (
  area TEXT NOT NULL,
  period TEXT NOT NULL,
  indicator TEXT NOT NULL,
  locality TEXT NOT NULL,
  cell TEXT NOT NULL,
  source TEXT NOT NULL,
  imported_at BIGINT NOT NULL,
  PRIMARY KEY (area, period, indicator, locality)
);
