#!/bin/sh
# unit_tap: runs a unit test and writes its skipped tests as TAP wants them, "ok 3 # SKIP NAME".
# cmocka 1.1 writes "not ok 3 # SKIP NAME", which the harness counts as a failure: in a container
# without /dev/net/tun make check would fail. All else, the exit status too, stays as it is.
exec 4>&1
status=$({ { "$@" 3>&- 4>&-; echo $? >&3; } |
    sed -u 's/^not \(ok [0-9][0-9]* # SKIP\)/\1/' >&4; } 3>&1)
exit "$status"
