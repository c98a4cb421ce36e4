#!/bin/sh
# The standby, by hand. Needs psql and pg_basebackup of the server's version in PATH, passwords in ~/.pgpass or PGPASSWORD.
#   standby.sh make PRIMARY_URL FOLDER   copy the primary into an empty FOLDER, set it up as its standby
#   standby.sh promote STANDBY_URL       make the standby the primary (first make sure that the old one is off: see below)
#   standby.sh away PRIMARY_URL          the standby is gone for longer: let the primary go on alone
#   standby.sh back PRIMARY_URL          the standby is back: wait for it again
#   standby.sh state URL                 who is it, how far behind is the standby
set -eu
verb=${1:?make, promote, away, back or state} url=${2:?address}
ask() { psql "$url" -XAtq -v ON_ERROR_STOP=1 -c "$1"; }
slot=yunshu_standby
case "$verb" in
  make)
    folder=${3:?folder}
    ask "SELECT pg_create_physical_replication_slot('$slot', true) WHERE NOT EXISTS (SELECT 1 FROM pg_replication_slots WHERE slot_name = '$slot')" >/dev/null
    # -R keeps the address, the slot and the name by which the primary waits for it
    PGAPPNAME="$slot" pg_basebackup -d "$url" -D "$folder" -X stream -S "$slot" -R -c fast
    echo "synchronous_standby_names = ''" >> "$folder/postgresql.auto.conf"
    ;;
  promote)
    # Two primaries would each take what the other never sees. Cut the old one's power or network before this line.
    ask "SELECT pg_promote(true, 60)" | grep -qx t
    test "$(ask 'SELECT pg_is_in_recovery()')" = f
    echo "promoted; the application finds it by itself (target_session_attrs=read-write)"
    ;;
  away) ask "ALTER SYSTEM SET synchronous_standby_names = ''" ; ask "SELECT pg_reload_conf()" >/dev/null ; echo "the primary goes on alone" ;;
  back) ask "ALTER SYSTEM SET synchronous_standby_names = 'ANY 1 ($slot)'" ; ask "SELECT pg_reload_conf()" >/dev/null ; echo "commits wait for the standby" ;;
  state)
    ask "SELECT CASE WHEN pg_is_in_recovery() THEN 'standby' ELSE 'primary' END"
    ask "SELECT application_name, state, sync_state, pg_wal_lsn_diff(sent_lsn, flush_lsn) || ' bytes behind' FROM pg_stat_replication"
    ;;
  *) echo "unknown: $verb" >&2; exit 2 ;;
esac
