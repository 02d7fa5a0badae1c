-- Rights of the role that programs use day by day: it can add to the trail, and neither change nor remove a line.
-- Run once by the owner of the tables, after the first start or after the numbered files:
--   psql "$OWNER_URL" --set role=tsequence_app --file grants.sql
grant usage on schema tsequence to :"role";
grant select on tsequence.migrations to :"role";
grant select, insert on tsequence.trail to :"role";
grant select, insert, update on tsequence.trail_head, tsequence.leases, tsequence.login to :"role";
grant select, insert, update, delete on tsequence.owners, tsequence.answers, tsequence.login to :"role";
