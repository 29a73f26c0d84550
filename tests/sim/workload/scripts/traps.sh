# trap, kill, exit handlers.
#= both | a trap on EXIT
trap 'echo bye' EXIT; echo hello
#= both | a trap on EXIT keeps the exit code
trap 'echo "status $?"' EXIT; exit 7
#= both | a trap on EXIT can change it
trap 'exit 3' EXIT; exit 7
#= both | a trap runs once
trap 'echo once; exit 2' EXIT TERM; exit 1
#= both | traps are not kept in subshells
trap 'echo main' EXIT; (echo sub); (trap 'echo inner' EXIT; echo in)
#= both | trap and reset
trap 'echo a' EXIT; trap - EXIT; echo none; trap 'echo b' 0
#= both | the last trap wins
trap 'echo 1' EXIT; trap 'echo 2' EXIT
#= both | a signal from oneself
trap 'echo got term' TERM; kill -TERM $$; echo after; kill -s TERM $$; echo end
#= both | a trapped signal by number and by name
trap 'echo usr1' USR1; trap 'echo hup' 1; kill -10 $$; kill -USR1 $$; kill -HUP $$; kill -s HUP $$; echo end
#= both | an ignored signal
trap '' TERM; kill $$; echo alive; trap - TERM; trap 'echo now' TERM; kill $$
#= both | a signal without trap ends the shell
echo a; kill -TERM $$; echo b
#= both | SIGKILL ends it
trap 'echo no' TERM EXIT; kill -9 $$; echo never
#= both | a trap that exits
trap 'echo cleaning; exit 0' TERM INT; echo start; kill -INT $$; echo never
#= both | $? in and after a trap
trap 'false' TERM; true; kill $$; echo $?; trap 'echo "in $?"' USR1; (exit 4); kill -USR1 $$
#= both | a trap calls a function
cleanup() { echo "cleanup $1"; rm -f lock; }; trap 'cleanup arg' EXIT; touch lock; [ -f lock ] && echo locked
#= both | a trap with quotes inside
x=5; trap "echo $x" EXIT; trap 'echo "$x"' USR1; x=6; kill -USR1 $$
#= both | a trap in a function is the shell's
f() { trap 'echo from f' EXIT; }; f; echo end
#= both | EXIT trap in a substitution
x=$(trap 'echo inner' EXIT; echo a); echo "[$x]"
#= both | EXIT trap after a syntax error or an unset parameter
trap 'echo trapped' EXIT; set -u; echo $nothing
#= both | exit in a function with a trap
trap 'echo "code $?"' EXIT; f() { exit 5; }; f
#= both | a subshell killed by a signal
(kill -TERM $$; echo x) > /dev/null; echo never
#= both noisy | a child shell that is killed
sh -c 'kill -TERM $$; echo no'; echo $?; sh -c 'kill -9 $$'; echo $?; sh -c 'trap "exit 9" TERM; kill $$; exit 1'
echo $?
#= both | exec drops traps but ignored signals stay
trap 'echo no' EXIT; exec echo replaced
#= both | nested traps change each other
trap 'trap "echo second" EXIT; echo first; exit 1' TERM; kill $$
#= both | a trap sets a flag for a loop
stop=0; trap 'stop=1' TERM; i=0; while [ $stop -eq 0 ]; do i=$((i+1)); [ $i -eq 3 ] && kill $$; done
echo "stopped at $i"
#= both noisy | kill -0 tells whether it lives
kill -0 $$ && echo alive; sleep infinity & p=$!; kill -0 $p && echo up; kill $p; wait $p; echo $?
kill -0 $p 2>/dev/null || echo gone
#= bash | traps are listed
trap 'echo "a b"' TERM; trap '' INT; trap 'echo' EXIT; trap; trap -p TERM; trap - EXIT
#= both | kill -l names signals
kill -l 15; kill -l 9; kill -l 137
#= both | a wrong signal name
trap 'echo' NOSUCH 2>/dev/null; [ $? -ne 0 ] && echo wrong; kill -NOSUCH $$ 2>/dev/null || echo no
#= bash | a signal that ends bash runs its EXIT trap
trap 'echo "bye $?"' EXIT; (exit 2); kill -TERM $$; echo never
#= dash | dash dies without its EXIT trap
trap 'echo bye' EXIT; kill -TERM $$; echo never
#= bash noisy | a killed subshell runs its own EXIT trap only
trap 'echo main' EXIT; (trap 'echo in' EXIT; kill -HUP $BASHPID; echo no); echo $?; (kill -TERM $BASHPID; echo no)
echo $?
#= bash | a simple command in a pipeline has the trap on EXIT until its words are expanded
trap 'echo "end $?"' EXIT; echo $((08)) | cat; echo x | cat $((08)); echo $?; x=$((08)) | cat; true | x=1; false | cat
(exit 3) | cat; exit 4 | cat; { echo $((08)); } | cat; echo x | ((08)); (echo $((08))) | cat; set -u
echo $none | cat; echo x | cat $none; echo $?; echo x | x=$none; echo $?; { echo $none; } | cat; eval 'echo $none' | cat
cat < $none | cat; : < $none | cat; echo x | cat < $none; echo $?; echo x | { cat; } < $none; echo $?
f() { :; }; f $none | cat; echo x | f < $none; echo $?; echo ${none?no} | cat; echo on
#= bash | a simple command in the background has the trap on EXIT until its words are expanded
trap 'echo "end $?"; exit 9' EXIT; echo $((08)) & wait $!; echo $?; set -u; echo $none & wait $!; echo $?
{ echo $none; } & wait $!; echo $?; true & wait $!; echo $?
#= bash | a subshell's part of a pipeline runs the subshell's trap
(trap 'echo "end $?"' EXIT; set -u; echo x | cat $none; echo $?); trap 'echo no' EXIT; (set -u; echo x | cat $none)
trap - EXIT
#= both | the trap on EXIT sees the variables of the function that exits
a=1; trap 'echo $a' EXIT; f() { local a=in; exit 3; }; f
#= bash | the trap on EXIT sees the variables of the function that an error left, in a subshell
a=1; (trap 'echo $a' EXIT; f() { local a=in; echo ${none?no}; }; f); echo $?
(trap 'echo $a' EXIT; set -e; f() { local a=in; false; }; f)
(trap 'echo $a' EXIT; set -e; f() { local a=in; return 3; }; f)
(trap 'echo $a' EXIT; f() { local a=in; echo $((08)); }; f)
trap 'echo $a' EXIT; set -u; f() { local a=in; echo $none; }; f
#= bash | the trap on EXIT does not see the variables of the function that set -e left
a=1; trap 'echo $a' EXIT; set -e; f() { local a=in; false; }; f
#= bash | the trap on EXIT sees the variables of the function that a signal left
a=1; trap 'echo $a' EXIT; f() { local a=in; kill -TERM $$; sleep 1; echo never; }; f
#= dash | with set -e a function that returns a failure ends the shell within
a=1; trap 'echo $a' EXIT; f() { local a=in; return 3; }; set -e; f || echo "no $?"; f
