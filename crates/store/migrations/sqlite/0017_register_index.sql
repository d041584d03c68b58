-- A unit runs one station at a time (reading K56). Once that one has left, was merged or revoked, its code may come again.
CREATE UNIQUE INDEX station_host_uscc ON station (host_uscc) WHERE ended_on IS NULL AND host_uscc <> '';
