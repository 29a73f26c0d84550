# for, while, until, break, continue.
#= both | for over words
for i in a b 'c d' $(echo e f); do echo "$i"; done; echo "last $i"
#= both | for over parameters
set -- x 'y z'; for i; do echo "$i"; done; for i do echo $i; done; for i in "$@"; do echo "$i"; done
#= both | while with a counter
i=0; while [ $i -lt 5 ]; do i=$((i+1)); echo $i; done; echo end $i
#= both | until
i=3; until [ $i -eq 0 ]; do echo $i; i=$((i-1)); done
#= both | break and continue
for i in 1 2 3 4 5 6; do [ $i -eq 2 ] && continue; [ $i -eq 5 ] && break; echo $i; done; echo out $i
#= both | break of two levels
for i in 1 2 3; do for j in a b c; do [ $i$j = 2b ] && break 2; echo $i$j; done; done; echo end $i $j
#= both | continue of two levels
for i in 1 2 3; do for j in a b c; do [ $j = b ] && continue 2; echo $i$j; done; echo never; done
#= both | break beyond the loops
for i in 1 2; do while true; do break 99; done; echo never; done; echo end
#= both | break in a condition
while true && echo test; do echo body; break; done; while break; do echo never; done; echo $?
#= both | break status
false; for i in 1; do break; done; echo $?; for i in 1; do false; continue; done; echo $?
#= both | endless loops that end
i=0; while :; do i=$((i+1)); if [ $i -gt 3 ]; then break; fi; done; echo $i; until false; do break; done; echo $?
#= both | break inside case and if
for i in a b c; do case $i in b) break ;; *) echo $i ;; esac; done
#= both | break inside a function called in the loop stays in eval
for i in 1 2 3; do eval '[ $i = 2 ] && break'; echo $i; done
#= both | a loop in a subshell and in a pipeline
(for i in 1 2; do echo $i; done); for i in 3 1 2; do echo $i; done | sort; echo "$i"
#= both | a loop with redirections
for i in 1 2 3; do echo $i; done > out; while read x; do echo "got $x"; done < out
#= both | while read from a pipeline loses variables
n=0; printf 'a\nb\n' | while read x; do n=$((n+1)); done; echo $n
#= both | while read keeps variables with a file
printf 'a\nb\n' > f; n=0; while read x; do n=$((n+1)); done < f; echo $n
#= both | read without a last newline
printf 'a\nb' > f; while read x; do echo "$x"; done < f; echo "left $x"; while read y || [ -n "$y" ]; do echo "[$y]"
done < f
#= both | read splits lines into three
printf 'a b c d\ne\n' | while read p q r; do echo "$p/$q/$r"; done
#= bash | for over an array's keys
a=(x y z); for k in "${!a[@]}"; do echo "$k=${a[$k]}"; done; for ((k=${#a[@]}-1; k>=0; k--)); do echo -n "${a[k]} "
done; echo
#= bash | arithmetic loops with continue and break
for ((i=0; i<10; i++)); do ((i%2)) && continue; ((i>6)) && break; echo $i; done; echo "end $i"
#= bash | while with arithmetic
n=3; while ((n--)); do echo $n; done; until (( ++n > 2 )); do echo "n $n"; done
#= both | nested functions and loops
f() { for i in 1 2 3; do if [ $i = $1 ]; then return $i; fi; done; return 9; }; f 2; echo $?; f 7; echo $?
#= both | return out of a while read
f() { while read x; do [ "$x" = b ] && return 5; done; }; printf 'a\nb\nc\n' > g; f < g; echo $?
#= both | loop variable after the loop
for i in 1 2 3; do :; done; echo $i; for j in; do :; done; echo "[$j]"
#= both | a loop's status is its last command's
for i in 1 2; do [ $i = 1 ]; done; echo $?; i=0; while [ $i -lt 1 ]; do i=1; false; done; echo $?
#= both | loops on one line and on many
for i in 1 2
do

  echo "$i"

done
while [ "$i" -gt 0 ]
do i=$((i-1)); done; echo $i
#= both | a loop in the background of a substitution
x=$(i=0; while [ $i -lt 3 ]; do i=$((i+1)); printf "$i,"; done); echo "${x%,}"
#= both | the article's countdown
JOB_COMPLETION_INDEX=0
if [ "$JOB_COMPLETION_INDEX" = "0" ]; then
  for i in $(seq 10 -1 1)
  do
    echo "Sleeping in $i"
    sleep 1
  done
  exit 1
fi
#= bash | success counter with arithmetic
success_count=0
for i in {1..4}; do
  if [ $((i % 2)) -eq 0 ]; then
    ((success_count++))
  fi
done
if [[ $success_count -eq 2 ]]; then
  echo "half are up"
fi
#= bash | looking for exit files
touch exit7; n=0
while true; do
  for f in ./exit*; do
    if [ -f "$f" ]; then
      code="${f##*exit}"
      if [[ "$code" =~ ^[0-9]+$ ]]; then
        exit "$code"
      fi
    fi
  done
  sleep 1
done
#= both | deep nesting of loops
for a in 1 2; do for b in 1 2; do for c in 1 2; do for d in 1 2; do echo -n; printf $a$b$c$d' '; done; done; done
done; echo
#= both | select by modulo as sharding does
for i in 0 1 2 3 4 5 6 7 8 9; do if [ $((i % 4)) -eq 1 ]; then printf '%s ' "shard-$i"; fi; done; echo
#= both | a stepwise backoff
d=1; for try in 1 2 3 4 5; do echo "wait $d"; sleep $d; d=$((d * 2)); [ $d -gt 8 ] && d=8; done
