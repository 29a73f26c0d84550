# Signals to PID 1 (K-POD-5): the kernel drops those that it has no handler for.
#= both pid1 | the shell is PID 1
echo $$
#= both pid1 | SIGTERM without a trap is dropped
kill -TERM $$; echo alive; kill -TERM 1; echo still; exit 3
#= both pid1 | SIGINT and SIGHUP too
kill -INT 1; kill -HUP 1; kill -USR1 1; kill -QUIT 1; echo alive
#= both pid1 | SIGKILL from inside too
kill -KILL 1; echo alive
#= both pid1 | a trap handles it
trap 'echo term; exit 5' TERM; kill -TERM 1; echo never
#= both pid1 | a trap of an ignored signal
trap '' TERM; kill 1; echo ignored; trap - TERM; kill 1; echo dropped
#= both pid1 | a child that is not PID 1 dies
sleep infinity & p=$!; kill $p; wait $p; echo $?; sh -c 'kill $$; echo no'; echo $?
#= both pid1 | a child signals PID 1
trap 'echo from child' USR1; sh -c 'kill -USR1 1'; echo end
#= both pid1 | exec keeps PID 1
exec sh -c 'echo $$; kill $$; echo alive'
#= both pid1 | wait is interrupted by a trapped signal only
trap 'echo got' TERM; sleep infinity & p=$!; (kill -INT 1; kill -TERM 1) & wait $p; echo $?; kill -9 $p; wait $p; echo $?
#= both pid1 | a subshell has no handler but is not PID 1
trap 'echo main' TERM; (sh -c 'kill -TERM $PPID'; echo no); echo $?
