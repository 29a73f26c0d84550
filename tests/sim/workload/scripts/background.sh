# Background jobs and wait.
#= both | wait for one
(exit 3) & wait $!; echo $?; true & wait $!; echo $?
#= both | wait for all
(echo a > f) & wait; cat f; wait; echo $?
#= both | status of several
(exit 1) & a=$!; (exit 2) & b=$!; (exit 0) & c=$!; wait $b; echo $?; wait $a; echo $?; wait $c; echo $?
#= both | wait for many gives the last
(exit 1) & a=$!; (exit 4) & b=$!; wait $a $b; echo $?
#= both | wait for a stranger
wait 99999999 2>/dev/null; echo $?
#= both noisy | a killed job
sleep infinity & p=$!; kill $p; wait $p; echo $?; sleep infinity & p=$!; kill -9 $p; wait $p; echo $?
#= both | a background function
f() { echo "f $1" > out; return 4; }; f x & wait $!; echo $?; cat out
#= both | a background group and a pipeline
{ echo g > out; exit 5; } & wait $!; echo $?; echo p | cat > out2 & wait; cat out out2
#= both | background variables do not come back
x=1; x=2 & wait; echo $x; { x=3; } & wait; echo $x
#= both | the status of starting a job
false; true & echo $?; wait; ! true & echo $?; wait
#= both | dollar bang survives
true & p=$!; true; [ "$p" = "$!" ] && echo same; wait
#= both | workers in a loop
for i in 1 2 3; do (echo "worker $i" > w$i) & done; wait; cat w1 w2 w3
#= both | collecting failures
fails=0; pids=; for i in 0 1 2 3; do (exit $((i % 2))) & pids="$pids $!"; done; for p in $pids
do wait $p || fails=$((fails + 1)); done; echo "$fails failed"
#= bash | wait -n
(exit 3) & wait -n; echo $?; wait -n 2>/dev/null; echo $?
#= both | a job with redirections
{ echo out; echo err >&2; } > log 2>&1 & wait; cat log
#= both | an and-or list in the background
true && (exit 6) & wait $!; echo $?; false || exit 2 & wait $!; echo $?
#= both | a background job reads nothing
cat & wait $!; echo $?; read x & wait $!; echo $?
#= both noisy | a trap interrupts wait
trap 'got=yes' USR1; sleep infinity & p=$!
while :; do kill -USR1 $$; done & k=$!
wait $p; s=$?; kill -9 $k; kill $p; echo "$s $got"
#= both noisy | the usual term handler of an entry point
child=; trap 'trap "" TERM; kill -9 $k; kill -9 $child; wait $child; echo stopping; exit 0' TERM
sleep infinity & child=$!
while :; do kill -TERM $$; done & k=$!
wait $child; echo never
#= both | background inside a subshell
(true & wait; echo inner); echo outer
#= both | a job of a job
{ { echo deep > f; } & wait; echo mid >> f; } & wait; cat f
#= both | wait in a function
f() { (exit 8) & wait $!; return $?; }; f; echo $?
#= both | errexit and a failed job
set -e; (exit 3) & p=$!; wait $p || echo "failed $?"; false & echo still; wait; echo end
#= both | exit does not wait for jobs
sleep infinity & echo main; exit 4
#= bash noisy | jobs by number
sleep infinity & kill %1; wait %1 2>/dev/null; echo $?
#= both noisy | kill of several
sleep infinity & a=$!; sleep infinity & b=$!; kill $a $b; wait $a; echo $?; wait $b; echo $?
