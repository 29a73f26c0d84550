# $?, exit codes, lists, functions, conditions.
#= both | status of simple commands
true; echo $?; false; echo $?; (exit 3); echo $?; ! true; echo $?; ! false; echo $?
#= both | exit in the middle
echo a; exit 5; echo b
#= both | exit takes the last status
false; exit
#= both | exit codes wrap
(exit 256); echo $?; (exit 257); echo $?; (exit 511); echo $?
#= bash | negative exit code
(exit -1); echo $?
#= both unknown | an unknown command
no-such-command-here 2>/dev/null; echo $?; /no/such/file 2>/dev/null; echo $?
#= both | and, or
true && echo 1; false && echo 2; true || echo 3; false || echo 4; false && echo 5 || echo 6; true || echo 7 && echo 8
false || false; echo $?; true && false; echo $?
#= both | groups and subshells
{ echo a; false; }; echo $?; (echo b; exit 4); echo $?; x=1; (x=2); echo $x; { x=3; }; echo $x
#= both | if branches
if false; then echo 1; elif true; then echo 2; else echo 3; fi
if false; then echo 4; fi; echo $?; if true; then false; fi; echo $?
if ! false; then echo 5; fi; if (exit 1) || true; then echo 6; fi
#= both | case
for x in a b1 c '' 'd e'
do case $x in a) echo A ;; b[0-9]) echo B ;; c|d*) echo CD ;; '') echo empty ;; *) echo other ;; esac; done
case x in y) ;; esac; echo $?; case x in (x) false ;; esac; echo $?
#= bash | case that falls through
case a in a) echo 1 ;& b) echo 2 ;; c) echo 3 ;; esac
case a in a) echo 1 ;;& [a-z]) echo 2 ;;& b) echo 3 ;; *) echo 4 ;; esac
#= both | functions and return
f() { echo "f $1 $#"; return 3; echo no; }; f x y; echo $?
g() { f "$@"; }; g 1 2 3; echo $?; h() { true; return; }; h; echo $?; k() { false; return; }; k; echo $?
#= both | function arguments do not leak
set -- o p; f() { set -- 1 2 3; shift; echo "$*"; }; f; echo "$*"
#= both | recursion
fact() { if [ $1 -le 1 ]; then echo 1; else echo $(( $1 * $(fact $(($1 - 1))) )); fi; }; fact 10
#= both | local variables
x=global; f() { local x=local y; y=1; echo $x; g; }; g() { echo "g sees $x"; }; f; echo $x "[$y]"
#= both | a function in a pipeline and in a substitution
f() { echo out; return 2; }; f | cat; echo $?; x=$(f); echo "$? $x"
#= both | redefinition and a function within one
f() { f() { echo second; }; echo first; }; f; f
#= both | a command after a failed cd
cd /no/such 2>/dev/null || echo "cannot $?"; pwd | grep -c .
#= both | a pipeline's status is its last
true | false; echo $?; false | true; echo $?; ! false | false; echo $?
#= bash | pipefail and PIPESTATUS
false | true | (exit 3); echo "${PIPESTATUS[@]}"; set -o pipefail; (exit 2) | true; echo $?; false | (exit 3) | true
echo $?
#= both | status after assignments
false; x=1; echo $?; false; x=$?; echo $x
#= both | status in a loop that did not run
false; for i in; do :; done; echo $?; false; while false; do :; done; echo $?
#= both | eval
x='echo hi; false'; eval "$x"; echo $?; eval; echo $?; eval 'y=5'; echo $y; eval "z=\$y"; echo $z; eval echo '"a  b"' c
#= both | eval sees functions and variables
f() { eval 'echo "$1-$v"'; }; v=7; f q; n=v; eval "echo \$$n"
#= both | the shell builtin command
f() { echo mine; }; command echo theirs; command -v f; command -v echo; command -v no-such >/dev/null
[ $? -ne 0 ] && echo none
#= both | source a file
echo 'x=5; echo "in $x"; false' > lib; . ./lib; echo "$? $x"
#= both | return from a sourced file
printf 'echo a\nreturn 4\necho b\n' > lib; . ./lib; echo $?
#= both | exec replaces the shell
echo a; exec echo b; echo c
#= both | exec of a shell with a script
exec sh -c 'echo "$0 $1"; exit 6' name arg
#= both | sh -c has its own variables and status
x=1; sh -c 'echo "[$x]"; x=2; exit 9'; echo "$? $x"
#= bash | bash -c with options
bash -ec 'false; echo no'; echo $?; bash -uc 'echo $nothing; echo no' 2>/dev/null; echo $?; bash -c 'exit 3'; echo $?
#= both | a syntax error in eval
(eval 'if') 2>/dev/null; [ $? -ne 0 ] && echo failed
#= both | a syntax error ends the script at its line
echo before
if; then
echo after
#= bash | a syntax error is seen before its line runs
echo a; done
#= both | missing fi
echo one
if true; then echo two
#= both | unterminated quote
echo start
echo "never closed
#= both | negation in lists
! false && echo 1; ! true || echo 2; if ! [ a = b ]; then echo 3; fi
#= both | nested conditions
for i in 1 2 3 4 5 6; do if [ $((i % 2)) -eq 0 ]; then if [ $i -gt 3 ]; then echo "$i big"; else echo "$i small"; fi
fi; done
#= both | getopts
f() { OPTIND=1; while getopts 'ab:c' o
do case $o in a) echo A ;; b) echo "B=$OPTARG" ;; c) echo C ;; *) echo bad ;; esac; done; shift $((OPTIND - 1))
echo "rest $*"; }
f -a -b val x y; f -acb v2 z; f -- -a
#= both | shift
set -- 1 2 3 4; shift; echo $*; shift 2; echo $* $#; while [ $# -gt 0 ]; do shift; done; echo $#
#= both | an argument loop
set -- --name x --force file1 file2
while [ $# -gt 0 ]; do case $1 in --name) name=$2; shift 2 ;; --force) force=1; shift ;; -*) echo bad
exit 2 ;; *) files="$files $1"; shift ;; esac; done
echo "$name $force$files"
#= both | retry until it works
n=0; until [ $n -ge 3 ] && echo worked; do n=$((n + 1)); echo "try $n"; sleep 1; done
#= both | retry with a limit
try() { [ $1 -gt 2 ]; }; max=5; i=1; while ! try $i; do if [ $i -ge $max ]; then echo gave up; exit 1; fi; i=$((i+1))
sleep 2; done; echo "after $i"
#= both | wait for a file that is there
touch /tmp/twin-none 2>/dev/null; touch ready; while [ ! -f ready ]; do sleep 1; done; echo ready
#= both | exit in a function, a subshell and a substitution
f() { exit 3; }; (f; echo no); echo $?; x=$(f; echo no); echo "$? [$x]"; f; echo never
#= both noash | an error in a here-document is the command's
cat <<END
$((08))
END
echo "after $?"
cat <<END || echo "no $?"
$((1 / 0))
END
(set -u; cat <<END
$none
END
echo "after $?"; nosuch <<END
$none
END
echo "after $?"); echo $?
echo x | cat <<END
$((08))
END
echo $?; set -e; cat <<END
$((08))
END
echo never
#= bash | an error in an external command's redirection is the command's, a builtin's drops the line
cat < $((08)); echo "same $?"; (cat) > $((08)); echo "same $?"; : < $((08)); echo never
{ cat; } < $((08)); echo never
f() { cat; }; f < $((08)); echo never
read x <<< "$((08))"; echo never
x=1 > $((08)); echo never
echo "$x on"; (set -u; cat < $none; echo "after $?"; : < $none; echo never); echo $?; set -u; cat < $none; echo "after $?"
(cat) < $none; echo "after $?"; : < $none; echo never
#= bash | what an external command's redirection assigns is its own
cat <<END
${x:=a} $((y = 2))
END
echo "[$x$y]"; (cat; echo "$x") <<< "${x:=b}"; echo "[$x]"; : <<< "${x:=c}"; echo "[$x]"
#= dash | what a redirection assigns remains
cat <<END
${x:=a} $((y = 2))
END
echo "[$x$y]"
#= dash noash | an error in a here-document ends only a special builtin's shell
read x <<END
$((08))
END
echo $?; { cat; } <<END
$((08))
END
echo $?; (cat) <<END
$((08))
END
echo $?; f() { cat; }; f <<END
$((08))
END
echo $?; x=1 <<END
$((08))
END
echo "$? [$x]"; (: <<END
$((08))
END
echo never); echo $?; (eval cat <<END
$((08))
END
echo never); echo $?
#= dash noash | an error in the name of a file ends the shell
(cat < $((08)); echo never); echo $?; (set -u; cat < $none; echo never); echo $?; (: < none; echo never); echo $?
cat < none; echo $?
