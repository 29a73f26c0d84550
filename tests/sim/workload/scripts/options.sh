# set -e, -u, -x, -o pipefail.
#= both | errexit ends the shell
set -e; echo a; false; echo b
#= both | errexit takes the failing status
set -e; (exit 7); echo b
#= both | errexit spares conditions
set -e; if false; then :; fi; false || echo 1; false && echo no; ! true; while false; do :; done; until true; do :
done; echo end
#= both | errexit and the left of a list
set -e; false && true; echo survived; true && false; echo no
#= both | errexit in a function called as a condition is off
set -e; f() { false; echo still; }; if f; then echo yes; fi; f || echo no; f; echo never
#= both | errexit in a function
set -e; f() { echo in; false; echo no; }; f; echo never
#= both | errexit in a subshell
set -e; (false; echo no) || echo failed; (echo x; false); echo never
#= both | errexit and pipelines
set -e; false | true; echo 1; true | false; echo never
#= both | errexit and negation
set -e; ! true; echo 1; ! false; echo 2
#= both | errexit and substitutions
set -e; echo $(false); x=$(false) || true; echo here; y=$(false); echo never
#= both | errexit and local hides the status
set -e; f() { local x=$(false); echo reached; }; f; echo end
#= both | errexit in a loop
set -e; for i in 1 2 3; do echo $i; [ $i -lt 2 ]; done; echo never
#= both | errexit and case and groups
set -e; case a in a) true ;; esac; { true; false || true; }; echo ok; { false; }; echo never
#= both | errexit switched off again
set -e; set +e; false; echo on; set -e; set -o errexit; false; echo never
#= bash | errexit inside a command substitution is off in bash
set -e; x=$(false; echo in); echo "$x"
#= dash | errexit inside a command substitution holds in dash
set -e; x=$(false; echo in) || echo "failed [$x]"; echo "$x"; y=$(false; echo in); echo never
#= both unknown | errexit and unknown commands
set -e; no-such-program 2>/dev/null; echo never
#= both | errexit and a trap
set -e; trap 'echo "exit $?"' EXIT; (exit 4); echo never
#= both | errexit in the last of and
set -e; true && true && false; echo never
#= both | errexit with a failing test
set -e; [ a = b ]; echo never
#= bash | errexit with arithmetic and conditions
set -e; x=0; [[ a == b ]] || echo 1; ((x)) || echo 2; ((x++)); echo never
#= bash | errexit and pipefail
set -eo pipefail; false | true; echo never
#= bash | strict mode
set -euo pipefail; x=${1:-none}; echo "$x"; y="${nothing:-}"; echo "[$y]"; set -- ; echo "$#" "$@"
echo "$unset_variable"; echo never
#= both | nounset
set -u; x=; echo "[$x]" "${y-}" "${y:-d}" "${y+set}"; (echo $y) 2>/dev/null; [ $? -ne 0 ] && echo unbound
echo "$#" "$*" "$@"
#= both | nounset ends the shell
set -u; echo a; echo "$nothing"; echo b
#= both | nounset and positional parameters
set -u; set -- a; echo $1; (echo $2) 2>/dev/null || echo none
#= bash | nounset in arithmetic
set -u; x=1; echo $((x+1)); (echo $((nothing + 1))) 2>/dev/null || echo unbound
#= bash | nounset and arrays
set -u; a=(); echo "${#a[@]}" "${a[@]}"; b=(x); echo "${b[0]}"; (echo "${b[3]}") 2>/dev/null || echo unbound
#= both noash trace | xtrace of simple commands
set -x
echo a 'b c' "d"
x=1
y=$x$x
echo $x "$y" ''
set +x
#= both noash trace | xtrace of the countdown
set -x
for i in $(seq 2 -1 1)
do
  echo "Sleeping in $i"
  sleep 1
done
exit 1
#= bash trace | xtrace of conditions
set -x
if [[ "$HOME" == "/home" ]]; then echo yes; fi
[[ -n x && ! -z y ]]
[ a = b ] || echo no
((1 + 2)); ((i = 3))
case a in a) echo A ;; esac
[[ a =~ ^a$ ]]; [[ 3 -gt 2 || -f x ]]
#= bash trace | xtrace of functions, substitutions and subshells
set -x
f() { echo "$1"; }
f x
y=$(f z)
(echo sub)
a=(1 "2 3"); echo "${a[1]}"
#= dash noash trace | xtrace of dash
set -x
f() { echo "$1"; }
f 'x y'
y=$(f z)
(echo sub)
case a in a) echo A ;; esac
while [ "$y" != z ]; do :; done
#= both trace | xtrace with PS4
PS4='> '; set -x; echo a; true
#= both noash trace | xtrace of temporary assignments and redirections
set -x
A=1 B='2 3' true
echo a > f
cat < f
: "${C:=d}"
#= bash trace | xtrace quotes what is odd
set -x
echo "it's" '$x' 'a*' $'a\nb' '~' 'a=b' -n '#' ';' ':' '%' '@' '{}' '[a]' '!' '^' ','
#= bash trace | xtrace of eval and loops
set -x
eval 'echo "a b"'
for ((i=0; i<2; i++)); do :; done
while ((i-- > 0)); do :; done
i=5; unset i; export E='a b'; local_test() { local v=1; }; local_test
#= both | set without arguments for positional ones
set -- a b; set -e; echo "$@"; set -- ; echo $#; set x y; echo $1; set -- -x; echo $1
#= both | dollar minus shows options
set -e; case $- in *e*) echo on ;; esac; set +e; case $- in *e*) echo still ;; *) echo off ;; esac
#= bash | allexport
set -a; V=1; set +a; W=2; bash -c 'echo "[$V][$W]"'
#= bash | trap on ERR
trap 'echo "err $?"' ERR; false; true; (exit 3); false || true; if false; then :; fi; echo end
#= bash | trap on ERR with errexit
set -e; trap 'echo failed' ERR; trap 'echo "bye $?"' EXIT; false; echo never
#= bash | nullglob
shopt -s nullglob; for f in *.none; do echo $f; done; echo "[$(echo *.none)]"
#= dash | nounset is not for arithmetic in dash
set -u; x=1; echo $((x + nothing)); (echo $nothing) 2>/dev/null || echo unbound
#= bash | nounset with errexit has another exit code
(set -u; echo $a) 2>/dev/null; echo $?; bash -c 'set -u; echo $a' 2>/dev/null; echo $?
bash -euc 'echo $a' 2>/dev/null; echo $?
