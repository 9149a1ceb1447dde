DROP TABLE panel_item;
DROP TABLE panel_meeting;
DROP TABLE panel_member;
DROP TABLE panel;
