DROP TABLE brokered_contact;
