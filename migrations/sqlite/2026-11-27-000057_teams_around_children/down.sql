DROP TABLE team_attendance;
DROP TABLE team_meeting;
DROP TABLE child_team_link;
DROP TABLE child_team;
