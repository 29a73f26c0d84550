# Pipelines, redirections and the commands that scripts use.
#= both | simple pipelines
echo b a c | tr ' ' '\n' | sort | head -n 2; printf '3\n1\n2\n' | sort -rn | tail -1; echo abc | cat | cat | wc -c
#= both | grep
printf 'foo 1\nbar 2\nfoobar 3\n' > f; grep foo f; grep -v foo f; grep -c foo f; grep -q bar f; echo $?
grep -q none f; echo $?
grep -i FOO f | wc -l; grep -n bar f; grep -o 'o*' f | head -1; grep -E '^(foo|bar) ' f; grep -w foo f
grep -e 1 -e 2 f; grep -F 'o 1' f
#= both | sed
printf 'a=1\nb=2\nc=3\n' > f; sed 's/=/: /' f; sed -n '2p' f; sed '1d' f; sed -e 's/a/A/' -e 's/b/B/' f
sed 's/[0-9]/<&>/g' f
sed -n '/b/,$p' f; sed '$d' f; sed -E 's/([a-z])=([0-9])/\2=\1/' f; sed 's|=|/|' f; sed -n 's/^b=//p' f
echo aaa | sed 's/a/b/2'; echo Hello | sed 's/h/j/I'
#= both | sed in place
echo 'x: old' > f; sed -i 's/old/new/' f; cat f
#= both | awk of columns
printf 'a 1 x\nb 2 y\n' > f; awk '{print $1}' f; awk '{print $2, $3}' f; awk -F: '{print $1}' /dev/null
echo a:b:c | awk -F: '{print $2}'; awk '{ print $NF }' f
#= both | cut
echo a:b:c:d > f; cut -d: -f2 f; cut -d: -f2-3 f; cut -d: -f1,4 f; cut -c1-3 f; cut -d: -f3- f
echo abcdef | cut -c 2,4; echo 'x y' | cut -d' ' -f1
#= both | tr
echo hello | tr a-z A-Z; echo hello | tr -d l; echo aabbcc | tr -s a-c; echo 'a,b,c' | tr , '\n'
echo abc123 | tr -cd 0-9; echo; echo x-y_z | tr '_-' '..'; echo AbC | tr '[:upper:]' '[:lower:]'
#= both | sort and uniq
printf 'b\na\nb\nc\na\n' > f; sort f; sort -u f; sort f | uniq -c | sed 's/^ *//'; sort -r f
printf '10\n9\n2\n' | sort; printf '10\n9\n2\n' | sort -n; printf 'x 2\ny 1\n' | sort -k2; sort f | uniq -d
#= both | head and tail
seq 10 > f; head -3 f; tail -2 f; head -n 1 f; tail -n +9 f; head -c 4 f; seq 5 | head -n -3; seq 3 | tail -c 2
#= both | wc
printf 'one two\nthree\n' > f; wc -l < f; wc -w < f; wc -c < f; cat f | wc -l; wc -l f
#= both | tee
echo hi | tee f; cat f; echo more | tee -a f > /dev/null; cat f
#= both | basename, dirname, expr
basename /a/b/c.txt; basename /a/b.txt .txt; dirname /a/b/c; dirname x; expr 2 + 3; expr 7 \* 6; expr 10 / 3
expr length hello; expr abc : 'a\(.\)c'; expr 1 = 2; echo $?
#= both | files
mkdir -p a/b/c; touch a/x; cp a/x a/y; mv a/y a/z; ls a; rm a/x; ls a | wc -l; rm -rf a; [ -d a ] || echo gone
rm none 2>/dev/null; echo $?; rm -f none; echo $?
#= both | redirections
echo a > f; echo b >> f; cat f; cat < f | wc -l; echo c > f; cat f; : > f; [ -s f ] || echo empty
#= both | standard error
echo out; echo err >&2; { echo o; echo e >&2; } 2>/dev/null; { echo o2; echo e2 >&2; } > f 2>&1; cat f
ls /no/such 2>/dev/null || echo "failed"
#= both | order of redirections
f() { echo out; echo err >&2; }; x=$(f 2>&1); echo "$x"; y=$(f 2>&1 >/dev/null); echo "[$y]"; f > /dev/null 2>&1
f >f1 2>f2; cat f2 f1
#= bash | both streams
{ echo o; echo e >&2; } &> f; cat f; { echo o2; echo e2 >&2; } &>> f; cat f; { echo o3; echo e3 >&2; } |& sort
#= both | numbered descriptors
exec 3> f; echo three >&3; echo more >&3; exec 3>&-; cat f; exec 4< f; read x <&4; read y <&4; echo "$x $y"; exec 4<&-
#= both | a redirection that fails
echo x > /no/such/dir/f 2>/dev/null || echo "no $?" | sed 's/[12]/n/'; (cat < /no/such) 2>/dev/null || echo no
{ echo y; } 2>/dev/null > /no/such/f || echo no2
#= both | swapping descriptors
{ echo out; echo err >&2; } 3>&1 1>&2 2>&3 3>&- 2>/dev/null | cat
#= both | exec redirects the shell
exec 5>&1; exec > f; echo hidden; exec >&5; echo shown; cat f
#= both | a group in a pipeline
{ echo a; echo b; } | { read x; read y; echo "$y$x"; }; (echo 1; echo 2) | (while read n; do echo $((n*n)); done)
#= both | early end of a reader
seq 100000 | head -1; yes | head -3; while true; do echo x; done | head -2
#= both | grep -q ends a writer
seq 1000 | grep -q 5 && echo found
#= both | date in a format is of digits
date +%Y | grep -cE '^[0-9]{4}$'; date -u +%H:%M:%S | grep -cE '^[0-9:]{8}$'; date +%s | grep -cE '^[0-9]+$'
date -Iseconds | grep -c T
#= both | hostname prints one line
hostname | wc -l
#= both | cat of many
echo a > x; echo b > y; cat x y; echo c | cat x - y; cat none 2>/dev/null; echo $?; cat -n x | tr -s ' \t' ' '
#= both | env and printenv
A=1 env | grep '^A='; env B=2 sh -c 'echo $B'; export C=3; printenv C; env -i D=4 /bin/sh -c 'echo "[$C]$D"'
#= both | test in pipelines and true in the path
/bin/true; echo $?; /bin/echo path; /usr/bin/printf '%s\n' x; env true; echo $?; env false; echo $?
#= both | timeout of what ends
timeout 10 true; echo $?; timeout 10 sh -c 'exit 3'; echo $?; timeout 5 echo in time
#= both | nohup, nice and time-like wrappers
nice echo nice; nice -n 5 echo nicer; stdbuf -oL echo buffered
#= both | arithmetic on command output
n=$(printf 'a\nb\nc\n' | wc -l); echo $((n + 1)); [ "$(ls | wc -l)" -eq 0 ] && echo empty
#= both | reading a file in a substitution
printf 'k1=v1\nk2=v2\n' > conf; while IFS='=' read -r k v; do echo "$k -> $v"; done < conf
v=$(grep k2 conf | cut -d= -f2); echo $v
#= both | writing results and a marker
mkdir -p out; for i in 0 1; do echo "part $i" > out/part-$i.txt; done; cat out/*.txt > all; touch out/_SUCCESS
ls out; wc -l < all
#= both | nproc and seq for workers
[ "$(nproc)" -ge 1 ] && echo some; for w in $(seq 0 2); do echo "start $w"; done
#= bash | counting and sorting in substitutions
x=$(printf 'b\na\n' | sort); echo "$x"; diff_count=$(printf 'a\n' | grep -c b); echo $diff_count
#= bash | printf into a variable
printf -v x '%03d' 7; echo $x; printf -v y '%s-' a b; echo "$y"
#= both | rev and tac
printf '1\n2\n3\n' | tac; echo abc | rev
#= both | mktemp makes a file
f=$(mktemp); [ -f "$f" ] && echo made; d=$(mktemp -d); [ -d "$d" ] && echo dir; rm -r "$f" "$d"
#= both | true and false take arguments
true x y; echo $?; false --help; echo $?; : a b; echo $?
#= both | pwd and cd
cd /; pwd; cd /tmp; cd - > /dev/null; pwd; cd /usr; cd ../var; pwd; echo $PWD $OLDPWD; (cd /tmp && pwd); pwd
#= both | printing an environment's names
A_B=1; export A_B; env | grep -c '^A_B='; unset A_B; env | grep -c '^A_B='; echo $?
#= both | large data through a pipe
seq 1 20000 | tail -1; seq 20000 | wc -l; x=$(seq 3000); echo "$x" | wc -l
#= both | comparison of lists
a='1 2 3'; b='2 3 4'; for i in $a; do case " $b " in *" $i "*) echo "both $i" ;; esac; done
