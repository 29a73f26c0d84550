# Signals to PID 1 (K-POD-5): the kernel drops those that it has no handler for.
#= both pid1 | the shell is PID 1
echo $$
#= both pid1 | SIGTERM without a trap is dropped
kill -TERM $$; echo alive; kill -TERM 1; echo still; exit 3
#= both pid1 | SIGHUP and others too
kill -HUP 1; kill -USR1 1; kill -ALRM 1; kill -QUIT 1; echo alive
#= both pid1 | SIGKILL from inside too
kill -KILL 1; echo alive
#= both pid1 | a trap handles it
trap 'echo term; exit 5' TERM; kill -TERM 1; echo never
#= both pid1 | a trap of an ignored signal
trap '' TERM; kill 1; echo ignored; trap - TERM; kill 1; echo dropped
#= both pid1 noisy | a child that is not PID 1 dies
sleep infinity & p=$!; kill $p; wait $p; echo $?; sh -c 'kill $$; echo no'; echo $?
#= both pid1 | a child signals PID 1
trap 'echo from child' USR1; sh -c 'kill -USR1 1'; echo end
#= both pid1 | exec keeps PID 1
exec sh -c 'echo $$; kill $$; echo alive'
#= both pid1 noisy | wait is interrupted by a trapped signal only
trap 'got=yes' TERM; sleep infinity & p=$!
while :; do kill -HUP 1; kill -TERM 1; done & k=$!
wait $p; s=$?; kill -9 $k; kill -9 $p; echo "$s $got"
#= both pid1 noisy | a subshell has no handler but is not PID 1
trap 'echo main' TERM; (sh -c 'kill -TERM $PPID'; echo no); echo $?
#= bash pid1 | SIGINT is dropped by bash
kill -INT 1; echo alive
#= dash pid1 | SIGINT ends sh -c of dash
trap 'echo bye' EXIT; kill -INT 1; echo never
#= dash pid1 | and so without a trap
kill -INT 1; echo never
#= bash pid1 | bash with a trap on EXIT is ended by SIGTERM
trap 'echo "bye $?"' EXIT; kill -TERM 1; echo never
#= dash pid1 | dash with a trap on EXIT is not
trap 'echo "bye $?"' EXIT; kill -TERM 1; kill -HUP 1; echo alive; exit 3
#= bash pid1 | not so by SIGQUIT, nor while another trap is there
trap 'echo bye' EXIT; trap 'echo term' TERM; kill -QUIT 1; kill -TERM 1; echo alive
#= bash pid1 | and it cannot choose its exit code then
trap 'echo bye; exit 0' EXIT; kill -HUP 1; echo never
#= bash pid1 | nor can one that reset the trap
trap 'echo bye' EXIT; trap - EXIT; kill -USR1 1; echo never
