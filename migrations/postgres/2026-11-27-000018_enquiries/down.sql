DROP TABLE enquiry_step;
DROP TABLE enquiry;
DROP TABLE access_point_district;
DROP TABLE access_point;
